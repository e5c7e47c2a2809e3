"""The controls: each a service as one would first write it, without the care that the real one takes.

The hammer must find what each of them breaks; if it did not, its silence about the real services would say nothing. A
control takes away the service's care and the database's net behind it, since either alone still holds; and on SQLite,
where every transaction of the portal has the file to itself, also the way transactions are begun.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import sleep
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, create_engine, func, select, text, update
from sqlalchemy.orm import Session

import portal.db
from commissions.ledger import Transfer
from commissions.payout import Verb
from portal.access.actor import Actor
from portal.crypto import token
from portal.db import Database
from portal.models import Payout, Statement
from portal.services.commission import accruals
from portal.services.payouts import bank_files, payouts
from portal.services.statements import issuing
from tests.hammer.control import Control, Patches
from tests.hammer.faults import telling, telling_apps
from tests.hammer.faults.controls import CONTROLS as OF_NEIGHBOURS
from tests.hammer.orders import Broken, Orders

_ZEAL = 4
_BETWEEN = 0.05
"""Seconds between a naive look and the deed after it."""


def database(orders: Orders) -> Database:
    """The database that the crew works on: opened as the portal does, or as the control would."""
    control = CONTROLS.get(orders.control or "")
    if control is None:
        return orders.database()
    patches: Patches = control.before_opening() if control.before_opening else []
    if control.drivers_defaults and orders.url.startswith("sqlite"):
        patches = [(portal.db, "open_engine", _as_the_driver_likes)]
    with ExitStack() as put_back:
        for module, name, naive in patches:
            put_back.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, naive)
        return orders.database()


def put_in(orders: Orders) -> None:
    """Replace what the control replaces, in this process."""
    if orders.control is None:
        return
    for module, name, naive in CONTROLS[orders.control].patches(orders):
        assert hasattr(module, name), f"{module.__name__} has no {name} any more: the control replaces nothing"
        setattr(module, name, naive)


def zeal(orders: Orders, operation: str) -> int:
    """How many times as often an operation is tried: a control tries hardest what it does badly."""
    control = CONTROLS.get(orders.control or "")
    if control is None:
        return 1
    return _ZEAL if operation in control.operations else int(not control.alone and operation not in control.leaves_out)


def is_to_break(orders: Orders, violation: str) -> bool:
    """Whether this is looked for: of a control, what it is there to break."""
    return orders.control is None or violation.startswith(f"{CONTROLS[orders.control].breaks}:")


def damage(orders: Orders) -> None:
    """Take away the nets of the control, in its own database, and the payouts' guards with them."""
    control = CONTROLS.get(orders.control or "")
    if control is None or control.script:
        return
    engine = orders.database().engine
    with engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        for table in ("payouts", *control.triggers):
            _drop_triggers(connection, table)
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA legacy_alter_table = ON"))  # other tables' triggers name the one rebuilt
        for table, name in control.indexes:
            operations.drop_index(name, table)
        for table, name in control.constraints:
            with operations.batch_alter_table(table) as batch:
                batch.drop_constraint(name, type_="unique")
    engine.dispose()


def _drop_triggers(connection: Connection, table: str) -> None:
    """Let a table's rows change as they like."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    names = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    for name in connection.scalars(names, {"table": table}).all():
        connection.execute(text(f"DROP TRIGGER {name}"))


def _as_the_driver_likes(url: str, *, read_only: bool = False, **_bounds: object) -> Engine:
    """What one gets without asking: reads outside of the transaction, which begins with the first write."""
    return create_engine(url, connect_args={"timeout": 30})


def _no_lock(*_: object) -> None:
    pass


# Approving: look, then write, whatever the row has become


def _move(session: Session, actor: Actor, payout: Payout, verb: Verb, **values: object) -> None:
    after = payouts._allow(actor, payout, verb)
    session.execute(update(Payout).where(Payout.id == payout.id).values(state=after, **values))
    session.refresh(payout)


def _approve(_orders: Orders) -> Patches:
    return [(payouts, "move", _move)]


# Exporting: nobody waits for anybody, and nothing names what was sent


def _export(_orders: Orders) -> Patches:
    readiness = bank_files.readiness

    def unlocked(*given: Any, **_lock: bool) -> Any:
        return readiness(*given)

    def moved(step: str, payout: Payout, debit: Any, credit: Any) -> Transfer:
        return Transfer(f"{step}:{token()}", debit(payout.payee), credit(payout.payee), payout.amount_fen, "sent")

    return [
        (payouts, "move", _move),
        (bank_files, "wait_in_line", _no_lock),
        (bank_files, "_wait_for_events", _no_lock),
        (bank_files, "readiness", unlocked),
        (bank_files, "_moved", moved),
        (bank_files, "_next_number", lambda _session, _month: f"B-{token()[:12]}"),
    ]


# Requesting: look whether one is there, then insert. In between it takes its time, so that others surely look, too


def _request(_orders: Orders) -> Patches:
    insert_unless_there = payouts.insert_unless_there

    def look_and_insert(session: Session, model: Any, unique: Sequence[str], where: Any = None, **values: Any) -> Any:
        if model is not Payout:
            return insert_unless_there(session, model, unique, where, **values)
        if session.scalar(select(Payout.id).where(Payout.statement_id == values["statement_id"], where).limit(1)):
            return None
        sleep(_BETWEEN)
        row = Payout(**values | {"reference": f"P-{token()[:16]}"})
        session.add(row)
        session.flush()
        return row.id

    return [(payouts, "insert_unless_there", look_and_insert)]


# Numbering: from a counter that counts on, whether the transaction comes to its end or not, as a sequence does. Some
# transactions break just there: by the dice alone it would take long until one does.


def _numbers(orders: Orders) -> Patches:
    def next_numbers(session: Session, month: str, count: int) -> list[str]:
        counter = Path(orders.folder) / f"{month}.counter"
        try:
            first = os.open(counter, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            pass
        else:
            issued = session.scalar(select(func.count(Statement.id)).where(Statement.month == month)) or 0
            os.write(first, b"." * issued)
        with counter.open("ab") as file:
            file.write(b"." * count)
        last = counter.stat().st_size
        if last % 4 == 0:
            raise Broken
        return [f"{month}-{place:04d}" for place in range(last - count + 1, last + 1)]

    return [(issuing, "next_numbers", next_numbers)]


# Posting: each from what he sees, without waiting for who posts for the same agency


def _posting(_orders: Orders) -> Patches:
    return [(accruals, "lock_agency", _no_lock)]


_STEPS = ("payout_steps", "uq_payout_steps_payout_id_state")

CONTROLS: Mapping[str, Control] = {
    "approve": Control("on the graph", ["approve", "reject"], _approve, constraints=[_STEPS]),
    "export": Control("sent once", ["approve", "export"], _export, constraints=[_STEPS]),
    "request": Control(
        "paid once",
        ["reject", "request_again"],
        _request,
        indexes=[("payouts", "uq_payouts_statement")],
        leaves_out=["approve", "export"],
    ),
    "numbers": Control("no gaps", ["signed", "issue"], _numbers, drivers_defaults=False),
    "posting": Control("one after another", ["subscribe", "signed", "cancelled"], _posting, dialects=["postgresql"]),
    "tell": telling.CONTROL,
    "speak": telling.IN_GROUPS,
    "apps": telling_apps.CONTROL,
    **OF_NEIGHBOURS,
}
"""What one would first write, by the deed; posting has no control on SQLite, whose writers come one by one anyway."""
