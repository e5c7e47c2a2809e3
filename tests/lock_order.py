"""Watches the locks that are taken on PostgreSQL: each must stand in docs/locking.md, and they come in its order.

What counts is one call of a service from outside, in one transaction: a test may call several services in one, and
there the order is the test's own.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Connection, Engine, event

from tests import locking

_ROW_LOCK = re.compile(r"FOR (?:NO KEY )?UPDATE(?: OF (\w+))?")
_TABLE = re.compile(r"\bFROM (\w+)")
_SERVICES = f"{Path('portal', 'services')}/"
_ANOTHER_ORDER = {"imports/worker._try_next", "index_key/words.move_rows", "keys/rotation.seal_rows"}
"""What the page's third part allows to take locks in an order of its own."""


class OutOfOrder(AssertionError):
    """A lock that docs/locking.md does not know, or that comes before another one there."""


def watch(engine: Engine) -> None:
    """From now on a lock of this engine that is out of order fails the test that takes it."""
    if engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _forget)
        event.listen(engine, "after_cursor_execute", _note)


def check(name: str, taken: list[str], by: str) -> None:
    """Whether a lock may be taken behind those; one that is held already may be asked for again. Raises OutOfOrder."""
    lock = locking.order()[locking.rank(name)]
    if _module(by) not in map(_module, lock.takers):
        raise OutOfOrder(f"docs/locking.md does not say that {by} locks {name}")
    before = [one for one in taken if locking.rank(one) > locking.rank(name)]
    if before and name not in taken:
        raise OutOfOrder(f"{by} locks {name} behind {', '.join(before)}")


def _forget(connection: Connection) -> None:
    connection.info["locks"] = (None, [])


def _note(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
    name = _locked(statement, parameters) if cursor.rowcount else None
    calls = list(_services(sys._getframe(1))) if name else []
    if name is None or not calls:
        return
    outermost, taken = connection.info.get("locks", (None, []))
    if outermost is not calls[-1]:  # it is held here, so that no later call can be taken for it
        taken = []
        connection.info["locks"] = (calls[-1], taken)
    names = [_name(call) for call in calls]
    if not _ANOTHER_ORDER & set(names):
        check(name, taken, names[0])
    taken.append(name)


def _locked(statement: str, parameters: Any) -> str | None:
    if "pg_advisory_xact_lock" in statement:
        key: int = parameters["key"]
        return "line " + key.to_bytes(8, "big").strip(b"\0").decode()
    if not statement.startswith("SELECT") or "UPDATE" not in statement:
        return None  # nearly all of them
    row, table = _ROW_LOCK.search(statement), _TABLE.search(statement)
    return (row[1] or table[1]) if row and table else None


def _services(frame: FrameType | None) -> Iterator[FrameType]:
    """The calls of services that are under way, the innermost first; who stands in a line is who asked to."""
    while frame is not None:
        path = frame.f_code.co_filename
        if _SERVICES in path and not path.endswith("/locks.py"):
            yield frame
        frame = frame.f_back


def _name(frame: FrameType) -> str:
    """`domain/module.function`."""
    module = frame.f_code.co_filename.rpartition(_SERVICES)[2].removesuffix(".py")
    return f"{module}.{frame.f_code.co_name}"


def _module(name: str) -> str:
    return name.rpartition(".")[0]
