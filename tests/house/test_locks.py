"""Every lock stands in docs/locking.md, and what stands there is taken.

SQLite cannot tell a service that forgot its lock from one that has it, and on PostgreSQL a race shows it now and then.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from itertools import chain

import pytest

from portal.models import Base
from tests import lock_order, locking
from tests.house.deeds import SERVICES, module_of, names_in
from tests.house.source import calls, dotted, function_around, nodes, python_files


def taken() -> Counter[str]:
    """The functions that take locks, each as often as it does."""
    return Counter(
        f"{module_of(path)}.{_function(node)}"
        for path in python_files("portal")
        for node in nodes(path)
        if isinstance(node, ast.Call) and _locks(node)
    )


def called(names: set[str]) -> Iterator[tuple[str, str]]:
    """The calls of these functions inside the services: which, and from where."""
    for path in python_files("portal"):
        if not path.is_relative_to(SERVICES):
            continue
        known = names_in(path)
        for name, call in calls(path):
            room, _, function = name.rpartition(".")
            whole = (
                f"{known.get(room, room)}.{function}" if room else known.get(function, f"{module_of(path)}.{function}")
            )
            if whole in names:
                yield whole, f"{module_of(path)}.{_function(call)}"


def _locks(call: ast.Call) -> bool:
    function = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
    named = any(word.arg == "with_for_update" for word in call.keywords)
    return named or function in ("with_for_update", "wait_in_line")


def _function(node: ast.AST) -> str:
    return getattr(function_around(node), "name", "the module")


def test_every_lock_stands_on_the_page_and_is_taken() -> None:
    listed = Counter(chain.from_iterable(lock.takers for lock in locking.order()))
    assert listed == taken()


def test_every_lock_stands_once_in_the_order() -> None:
    names = Counter(chain.from_iterable(lock.names for lock in locking.order()))
    assert [name for name, times in names.items() if times > 1] == []
    tables = {name for name in names if not name.startswith("line ")}
    assert tables <= Base.metadata.tables.keys()


def test_whoever_must_calls_those_who_lock() -> None:
    found: dict[str, set[str]] = {}
    for name, caller in called({*locking.callers()}):
        found.setdefault(name, set()).add(caller)
    assert {name: sorted(by) for name, by in found.items()} == {
        name: sorted(by) for name, by in locking.callers().items()
    }


def test_a_function_that_locks_for_others_says_who_they_are() -> None:
    helpers = {name for name in taken() if name.rpartition(".")[2].strip("_").startswith(("hold", "held", "lock"))}
    assert helpers <= locking.callers().keys()


@pytest.mark.parametrize(
    ("name", "taken", "by"),
    [
        ("agencies", ["deals"], "commission/accruals.lock_agency"),
        ("referrers", ["line ledger"], "rewards/payments._held"),
        ("agencies", [], "people.open_account"),
    ],
    ids=["an agency behind its deal", "a row behind the last line", "by somebody whom the page does not know"],
)
def test_a_lock_out_of_order_is_found(name: str, taken: list[str], by: str) -> None:
    with pytest.raises(lock_order.OutOfOrder):
        lock_order.check(name, taken, by)


def test_a_lock_in_order_passes() -> None:
    lock_order.check("deals", ["periods", "agencies", "agencies"], "deals/deals.lock")
    lock_order.check("agencies", ["agencies", "deals"], "commission/accruals.lock_agency")  # again, and held already
