"""How any rule says no: a code for machines, facts for the sentence, and no prose.

The words belong to the face that shows them (a page, the partner API, a command line), which look up
the code and fill in the facts in the reader's language.
"""


class Refusal(Exception):
    """A rule's no: ``code`` names the rule that was hit, ``facts`` what it was hit with.

    An answer, not an error in the program, hence no "Error" in its name. Two refusals are equal
    when code and facts are, so a test can state the whole answer.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Refusal):
            return NotImplemented
        return self.code == other.code and self.facts == other.facts

    def __hash__(self) -> int:
        return hash((self.code, frozenset(self.facts)))  # the facts' values need not be hashable

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value!r}" for name, value in self.facts.items())])

    def __repr__(self) -> str:
        return f"Refusal({', '.join([repr(self.code), *(f'{k}={v!r}' for k, v in self.facts.items())])})"

    def __reduce__(self) -> tuple[object, ...]:
        return rebuild, (self.code, self.facts)  # so that a worker process can hand it back


def rebuild(code: str, facts: dict[str, object]) -> Refusal:
    """The refusal that another process gave, by its parts."""
    return Refusal(code, **facts)
