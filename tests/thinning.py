"""Which tests a whole run leaves to the night.

Where several are at the data at once, or half of a deed is undone, the database decides: such a test runs on
PostgreSQL, where many write at once, and every fourth on SQLite too, which lets in one writer after another; where it
is a table of cases, each case on one of them in turn. Where a test speaks of the database's own errors, triggers or
statements, it runs on one of the two, chosen by its name. Where services are asked one after another, the same
statements are tried by dozens of tests: these run on SQLite, which is far cheaper, and every fifth, always the same, on
PostgreSQL instead, so that every room is seen on both. A story or a page that is tried in every language, or at every
size of window, is tried in one of them. Of a table of cases for services, pages or commands a third runs: the
rules behind them have tables of their own, which run whole. What is marked `night` waits for it: long journeys whose
pages have tests of their own.

A run that names a file tries everything, and so does the night.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zlib import crc32

import pytest

from tests.databases import DIALECTS
from tests.nightly import NIGHTLY

_TESTS = Path(__file__).parent

ASKS_THE_DATABASE_ITSELF = re.compile(
    r"\b(IntegrityError|DBAPIError|OperationalError|ProgrammingError|exec_driver_sql|text\(|dialect|begin_nested|"
    r"\w*(damage|tamper|trigger|unique|constraint|migrat|sqlite|postgres))"
)
"""In a test, or in what it names of its file: it speaks of the database."""

SEVERAL_AT_ONCE = re.compile(
    r"Thread|Barrier|Process|race|racing|rivals|together|at_once|meanwhile|lock|kill|die[sd]?\b|crash|snapshot|"
    r"whole_or_not|failed_transaction",
    re.IGNORECASE,
)
"""In a test with a database of its own: somebody else may be at it, or half of it is undone."""

OWN_DATABASE = {"database", "portals"}
"""Fixtures that give a test a database which nobody else has."""
ON_POSTGRESQL = 5
"""Of so many tests that the database does not decide, one runs on PostgreSQL."""
ON_BOTH = 4
"""Of so many tests where several are at it at once, one runs on both."""
MANY_CASES = 4
"""A table of so many cases is shared between the databases."""
LONG_TABLE = 3
"""Of a table of so many cases in one of `BEHIND_RULES` a third runs, chosen by the test's name."""
BEHIND_RULES = {"api", "browser", "cli", "db", "faces", "web"}
"""Folders whose tests go through a database, a page, a window or a process for each case."""
READERS_WAYS = {"language", "lang", "locale", "window"}
"""What a story or a page is varied by where the reader alone differs."""
LANGUAGES = ("zh_Hans_CN", "en")
"""So a fixture says it that is made once a language, whatever its name."""


def thinned(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of `items` what this run leaves to the night."""
    if NIGHTLY or any(".py" in argument for argument in config.args):
        return
    tests = [item for item in items if isinstance(item, pytest.Function) and hasattr(item, "callspec")]
    left = {*_on_the_other_database(tests), *_of_other_readers(tests)}
    left |= {item for item in items if item.get_closest_marker("night")}
    left |= {*_of_long_tables([test for test in tests if test not in left])}
    config.hook.pytest_deselected(items=[item for item in items if item in left])
    items[:] = [item for item in items if item not in left]


def _on_the_other_database(tests: list[pytest.Function]) -> Iterator[pytest.Function]:
    raced: dict[tuple[Path, str], list[pytest.Function]] = defaultdict(list)
    for test in tests:
        if not _varied(test):
            continue
        if _raced(test):
            raced[test.path, test.nodeid.partition("[")[0]].append(test)
        elif test.callspec.params["dialect"] != _its_dialect(test):
            yield test
    for cases in raced.values():
        yield from _turns(cases)


def _its_dialect(test: pytest.Function) -> str:
    of = 2 if _about(test, ASKS_THE_DATABASE_ITSELF) else ON_POSTGRESQL
    return DIALECTS[_number(_without(test, "dialect")) % of == 0]


def _turns(cases: list[pytest.Function]) -> Iterator[pytest.Function]:
    """What waits for the night: of a table of many cases what the other database does, else mostly SQLite."""
    names = sorted({_without(test, "dialect") for test in cases})
    if len(names) < MANY_CASES:
        if _number(names[0]) % ON_BOTH:
            yield from (test for test in cases if test.callspec.params["dialect"] == "sqlite")
        return
    first = _number(names[0])
    turn = {name: DIALECTS[(first + number) % len(DIALECTS)] for number, name in enumerate(names)}
    yield from (test for test in cases if test.callspec.params["dialect"] != turn[_without(test, "dialect")])


def _of_other_readers(tests: list[pytest.Function]) -> Iterator[pytest.Function]:
    alike: dict[str, list[pytest.Function]] = defaultdict(list)
    for test in tests:
        ways = {way for way, value in test.callspec.params.items() if way in READERS_WAYS or value in LANGUAGES}
        if ways and test.path.relative_to(_TESTS).parts[0] in ("browser", "web"):
            alike[_without(test, *ways)].append(test)
    for name, readers in alike.items():
        kept = readers[_number(name) % len(readers)]
        yield from (test for test in readers if test is not kept)


def _of_long_tables(tests: list[pytest.Function]) -> Iterator[pytest.Function]:
    tables: dict[str, list[pytest.Function]] = defaultdict(list)
    for test in tests:
        if _dear(test) and not _raced(test):
            tables[test.nodeid.partition("[")[0]].append(test)
    for cases in tables.values():
        if len(cases) >= LONG_TABLE:
            yield from sorted(cases, key=lambda case: _number(case.nodeid))[-(-len(cases) // 3) :]


def _dear(test: pytest.Function) -> bool:
    """Whether each case goes through more than a rule, or draws so much that it is not even watched."""
    behind = any(test.path.is_relative_to(_TESTS / folder) for folder in BEHIND_RULES)
    return behind or any(test.iter_markers("no_cover"))


def _without(test: pytest.Function, *ways: str) -> str:
    """A test's name without these of what it is varied by."""
    values = {str(test.callspec.params[way]) for way in ways}
    name, _, cases = test.nodeid.partition("[")
    return f"{name}[{'-'.join(part for part in cases.rstrip(']').split('-') if part not in values)}"


def _number(name: str) -> int:
    """The same on any day and any machine."""
    return crc32(name.encode())


def _about(test: pytest.Function, mark: re.Pattern[str]) -> bool:
    return bool(_saying(test.path, mark) & {test.originalname, *test.fixturenames})


def _raced(test: pytest.Function) -> bool:
    return bool(OWN_DATABASE & set(test.fixturenames)) and _about(test, SEVERAL_AT_ONCE)


def _varied(test: pytest.Function) -> bool:
    """Whether the test exists for each of the databases, and asks services in one, or is about data of before."""
    own = {mark.args[0] for mark in test.iter_markers("parametrize")}
    asks = (OWN_DATABASE | {"session", "ledger_world"}) & set(test.fixturenames)
    of_before = "migrated" in test.fixturenames and test.path.is_relative_to(_TESTS / "db")
    return (bool(asks) or of_before) and "dialect" in test.callspec.params and "dialect" not in own


@cache
def _saying(path: Path, mark: re.Pattern[str]) -> frozenset[str]:
    """The functions and values of a file that say so, or name one that does."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    said: dict[str, str] = {}
    for node in _statements(ast.parse(text)):
        names = [node.name] if isinstance(node, ast.FunctionDef) else []
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        for name in names:
            said[name] = said.get(name, "") + "\n".join(lines[node.lineno - 1 : node.end_lineno])
    found = {name for name, source in said.items() if mark.search(source)}
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
