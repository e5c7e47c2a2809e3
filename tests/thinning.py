"""Which tests of a service run on which database, when all of them run.

A race, a trigger, an error of the database, a statement of its own: there the database decides, and such a test runs
on both at every run. Where services are asked one after another, the same statements are tried by dozens of tests;
each of these runs on one of the two, always the same, so that every room is seen on both. A run that names a file
tries both, and so does the night.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zlib import crc32

import pytest

from tests.databases import DIALECTS
from tests.nightly import NIGHTLY

ASKS_THE_DATABASE_ITSELF = re.compile(
    r"\b(IntegrityError|DBAPIError|OperationalError|ProgrammingError|exec_driver_sql|text\(|dialect|begin_nested|"
    r"\w*(damage|tamper|trigger|unique|constraint|migrat|sqlite|postgres))"
)
"""In a test, or in what it names of its file: it stays on both."""

SEVERAL_AT_ONCE = re.compile(
    r"Thread|Barrier|Process|race|racing|rivals|together|at_once|meanwhile|lock|kill|die[sd]?\b|crash|snapshot|"
    r"whole_or_not|failed_transaction",
    re.IGNORECASE,
)
"""In a test with a database of its own: somebody else may be at it, or half of it is undone, and it stays on both."""


def thinned(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of `items` what this run leaves to the other database."""
    if NIGHTLY or any(".py" in argument for argument in config.args):
        return
    left = [item for item in items if _is_for_the_other(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


def _is_for_the_other(item: pytest.Item) -> bool:
    dialect = item.callspec.params.get("dialect") if isinstance(item, pytest.Function) and _varied(item) else None
    if dialect is None or not {"session", "ledger_world", "database"} & set(item.fixturenames):
        return False
    deciding = _deciding(item.path, "database" in item.fixturenames)
    if deciding & {item.originalname, *item.fixturenames}:
        return False
    name = item.nodeid.replace(dialect, "")
    return DIALECTS.index(dialect) != crc32(name.encode()) % len(DIALECTS)


def _varied(item: pytest.Function) -> bool:
    """Whether the test exists for each of the databases."""
    own = {mark.args[0] for mark in item.iter_markers("parametrize")}
    return hasattr(item, "callspec") and "dialect" not in own


@cache
def _deciding(path: Path, alone: bool) -> frozenset[str]:
    """What in a file lets the database decide: functions and values that say so, or name one that does."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    said: dict[str, str] = {}
    for node in _statements(ast.parse(text)):
        names = [node.name] if isinstance(node, ast.FunctionDef) else []
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        for name in names:
            said[name] = said.get(name, "") + "\n".join(lines[node.lineno - 1 : node.end_lineno])
    marks = [ASKS_THE_DATABASE_ITSELF, SEVERAL_AT_ONCE] if alone else [ASKS_THE_DATABASE_ITSELF]
    found = {name for name, source in said.items() if any(mark.search(source) for mark in marks)}
    while more := {name for name, source in said.items() if name not in found and _mentions(source, found)}:
        found |= more
    return frozenset(found)


def _statements(within: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a file, those within others too; what they are made of is not gone through."""
    for name in ("body", "orelse", "handlers", "finalbody", "cases"):
        for one in getattr(within, name, ()):
            if isinstance(one, ast.stmt):
                yield one
            yield from _statements(one)


def _mentions(source: str, names: set[str]) -> bool:
    return bool(names & set(re.findall(r"\w+", source)))
