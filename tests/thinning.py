"""Which tests of a service run on which database, when all of them run.

A race, a trigger, an error of the database, a statement of its own: there the database decides, and such a test runs
on both at every run. Where a service is asked in one session that is rolled back, the same statements are tried by
dozens of tests; each of these runs on one of the two, always the same, so that every room is seen on both. A run that
names a file tries both, and so does the night.
"""

import re
from functools import cache
from pathlib import Path
from zlib import crc32

import pytest

from tests.databases import DIALECTS
from tests.nightly import NIGHTLY

ASKS_THE_DATABASE_ITSELF = re.compile(
    r"\b(IntegrityError|DBAPIError|OperationalError|ProgrammingError|exec_driver_sql|text\(|dialect)"
)


def thinned(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of `items` what this run leaves to the other database."""
    if NIGHTLY or any(".py" in argument for argument in config.args):
        return
    left = [item for item in items if _is_for_the_other(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


def _is_for_the_other(item: pytest.Item) -> bool:
    dialect = item.callspec.params.get("dialect") if isinstance(item, pytest.Function) and _varied(item) else None
    if dialect is None or "session" not in item.fixturenames or "database" in item.fixturenames:
        return False
    if _asks_the_database_itself(item.path):
        return False
    name = item.nodeid.replace(dialect, "")
    return DIALECTS.index(dialect) != crc32(name.encode()) % len(DIALECTS)


def _varied(item: pytest.Function) -> bool:
    """Whether the test exists for each of the databases."""
    own = {mark.args[0] for mark in item.iter_markers("parametrize")}
    return hasattr(item, "callspec") and "dialect" not in own


@cache
def _asks_the_database_itself(path: Path) -> bool:
    return bool(ASKS_THE_DATABASE_ITSELF.search(path.read_text(encoding="utf-8")))
