"""What one can hold in mind: so many arguments a function, so many names a page. More is a value that wants a name."""

import ast
from collections.abc import Iterator

from tests.house.source import PRODUCT, functions, python_files

MOST_ARGUMENTS = 7

WIDE_FOR_A_REASON = {
    "portal/services/accounts/sign_in.py::sign_in": "what the house asks of a sign-in stands beside who tries it",
    "portal/services/messages/mails.py::enqueue": "a mail, letter by letter",
}
"""A function, as `path::name` → why it takes more. The table only shrinks."""


def test_no_function_takes_more_arguments_than_one_can_hold() -> None:
    """`(session, actor, now)` and four more. What belongs together beyond that is one frozen value."""
    wide = {name: len(arguments) for name, arguments in _functions() if len(arguments) > MOST_ARGUMENTS}
    assert {name: count for name, count in wide.items() if name not in WIDE_FOR_A_REASON} == {}
    assert WIDE_FOR_A_REASON.keys() - wide.keys() == set(), "no longer wide"


def _functions() -> Iterator[tuple[str, list[str]]]:
    for path in python_files(*PRODUCT):
        for function in functions(path):
            given: ast.arguments = function.args
            named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
            stars = [one.arg for one in (given.vararg, given.kwarg) if one is not None]
            yield f"{path}::{function.name}", [one for one in (*named, *stars) if one not in ("self", "cls")]
