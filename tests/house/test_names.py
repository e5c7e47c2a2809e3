"""Names and first sentences: the glossary's words, and none of those that it says are not used; plain at once.

A docstring's first sentence is what a newcomer reads of a thing. An image, a reason, an exception may come afterwards.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house.source import PRODUCT, ROOT, nodes, python_files

GLOSSARY = ROOT / "docs" / "glossary.md"
NOT_USED = "## Not used"
"""The heading over the glossary's list of words that have given way to another."""
MOST_WORDS = 32
"""In a first sentence, up to its full stop or its colon."""
POINTS_ELSEWHERE = re.compile(r"(See|As|Like|The same as|For|Of)\W*(`[^`]+`|:\w+:\S+)\W*")
"""A first sentence that only names where another one stands."""
NAMED_BY_OTHERS = {"Meta"}
"""Classes that a library wants by this name; it says what they are."""
MIGRATIONS = Path("portal/migrations/versions")
"""Released ones stay as they are."""


@cache
def not_used() -> dict[str, str]:
    """The words that are not used, and what is said instead."""
    rows = GLOSSARY.read_text(encoding="utf-8").partition(NOT_USED)[2].partition("\n## ")[0]
    found = re.findall(r"^\| ([a-z_, ]+) \| ([^|]+) \|$", rows, re.MULTILINE)
    return {word: instead for words, instead in found if words != "not" for word in words.split(", ")}


def sources() -> list[Path]:
    return [path for path in python_files(*PRODUCT) if MIGRATIONS not in path.parents]


def names(path: Path) -> Iterator[str]:
    """What a file names itself: its module, classes, functions, arguments, values."""
    yield path.stem
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def words_of(name: str) -> set[str]:
    """`_ShownRows` and `shown_rows` have the same two; the whole name is one too."""
    return {name.lower().strip("_"), *(part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name))}


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """The docstrings of a file's module, classes and functions, each with whose it is."""
    for node in nodes(path):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "name", path.stem), ast.get_docstring(node) or ""


def first_sentence(docstring: str) -> str:
    """As far as its full stop or its colon."""
    return re.split(r"(?<=[.!?:])\s|\n\n", docstring.strip(), maxsplit=1)[0]


def test_the_glossary_says_what_is_not_used() -> None:
    assert len(not_used()) > 20
    assert {"customer", "coupon", "utils"} <= not_used().keys()


def test_no_name_is_made_of_a_word_that_is_not_used() -> None:
    wrong = {
        f"{path}: {name}: not {word} but {not_used()[word]}"
        for path in sources()
        for name in names(path)
        for word in words_of(name) & not_used().keys()
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_no_docstring_says_a_word_that_is_not_used() -> None:
    wrong = {
        f"{path}: {whose}: not {word} but {not_used()[word]}"
        for path in sources()
        for whose, docstring in docstrings(path)
        for word in set(re.findall(r"\w+", docstring.lower())) & not_used().keys()
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_a_first_sentence_is_plain() -> None:
    """It is there for each module and public class, short, ends, and says something itself."""
    wrong = [
        f"{path}: {whose}: {fault}"
        for path in sources()
        for whose, docstring in docstrings(path)
        if not whose.startswith("_") and (fault := fault_of(whose, docstring))
    ]
    assert not wrong, "\n".join(wrong)


def fault_of(whose: str, docstring: str) -> str:
    """What is wrong with a first sentence, or nothing."""
    if not docstring:
        return "says nothing" if whose[0].isupper() and whose not in NAMED_BY_OTHERS else ""
    sentence = first_sentence(docstring)
    if not sentence.endswith((".", "!", "?", ":")):
        return f"has no end: {sentence[-40:]!r}"
    if POINTS_ELSEWHERE.fullmatch(sentence):
        return f"points elsewhere: {sentence!r}"
    count = len(sentence.split())
    return f"{count} words before the first stop" if count > MOST_WORDS else ""


def test_what_is_not_plain_is_found() -> None:
    """So that finding nothing says something."""
    assert fault_of("Payout", "") == "says nothing"
    assert fault_of("pay", "") == "", "a short function's name may say all"
    assert fault_of("pay", "Pay it\n\nand more.").startswith("has no end")
    assert fault_of("pay", "See `payouts.pay`.").startswith("points elsewhere")
    assert fault_of("pay", "word " * (MOST_WORDS + 1) + "end.").startswith(str(MOST_WORDS + 2))
    assert fault_of("pay", "Pay a statement. " + "word " * MOST_WORDS) == ""
    assert words_of("_CustomerRow") == {"customerrow", "customer", "row"}
