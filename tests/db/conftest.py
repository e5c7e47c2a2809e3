"""What several rooms' database tests share."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import Role
from portal.services.contacts import vault_of
from portal.services.payouts import bank_files
from portal.services.rewards import payments as reward_payments
from portal.services.rewards import rewards
from portal.services.statements import adjustments
from portal.services.taxes import tables as tax_tables
from portal.services.verification import proof
from tests import factories as make
from tests.databases import Dialect, rolled_back
from tests.db.money import Staff, answer, approved, exported, requested, taken_in
from tests.db.selling import FINING, acquitted, agreement, shown, sold, struck
from tests.site import Site


@pytest.fixture
def site(session: Session, now: datetime, tmp_path: Path) -> Site:
    """A site with one broker and one client, in a session that is rolled back."""
    return Site(session, now, FolderFiles(tmp_path / "files", vault_of(session)))


@pytest.fixture
def desk(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.FINANCE))


@pytest.fixture
def last_month(now: datetime) -> datetime:
    """Noon of a day in the month before, early enough for its windows to be over."""
    first = now.replace(day=1, hour=4)
    return (first - timedelta(days=20)).replace(hour=4)


@pytest.fixture(scope="session")
def ledgers(kept_open: Callable[[Dialect], Database]) -> Callable[[Dialect, datetime], Database]:
    """One database a dialect with a ledger in it, on which tests leave nothing behind."""

    @cache
    def built(dialect: Dialect, now: datetime) -> Database:
        database = kept_open(dialect)
        with database.transaction() as session:
            _ledger(session, now)
        return database

    return built


@pytest.fixture
def ledger_world(
    dialect: Dialect, ledgers: Callable[[Dialect, datetime], Database], now: datetime
) -> Iterator[Session]:
    """A ledger with a payout in every state, an adjustment, a reward with its tax, a fine that stands and one that was
    given back."""
    with rolled_back(ledgers(dialect, now)) as session:
        yield session


def _ledger(session: Session, now: datetime) -> None:
    staff = Staff.hired(session)
    batch = exported(session, staff, now, 2)
    failing = {bank_files.payouts_of(session, batch)[1].reference: "账号有误"}
    taken_in(session, staff, now, batch, answer(session, batch, failing))
    exported(session, staff, now)
    approved(session, staff, now)
    payee = f"agency:{requested(session, staff, now).agency_id}"
    adjustments.approve_adjustment(session, staff.approves, now, make.adjustment(session, payee=payee))
    tax_tables.publish_given_table(session, make.BEFORE)
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    reward = make.cash_reward(session, make.referrer(session), now)
    assert reward_payments.approve_rewards(session, staff.approves, now, [reward.id])[0]
    desk, pair = Actor.of(make.person(session, Role.FINANCE)), agreement(session, FINING)
    for deal in sold(session, desk, now - timedelta(days=3), pair, 2):
        showing = shown(session, deal, now - timedelta(days=3))
        struck(session, now, showing)
    acquitted(session, now, showing)
    assert proof.verify_ledger(session).fault is None


@pytest.fixture
def unguarded(ledger_world: Session) -> Session:
    """The same with every trigger taken away."""
    if ledger_world.get_bind().dialect.name == "postgresql":
        triggers = "SELECT tgname, relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal"
        for name, table in ledger_world.execute(text(triggers)).all():
            ledger_world.execute(text(f"DROP TRIGGER {name} ON {table}"))
        return ledger_world
    for name in ledger_world.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        ledger_world.execute(text(f"DROP TRIGGER {name}"))
    return ledger_world
