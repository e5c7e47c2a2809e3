"""A closed month is sealed for everybody, also for who had nothing in it (rules 5.5), on both databases."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from random import Random
from threading import Event as Flag
from threading import Thread

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.calendar import window_bounds
from commissions.plan import STANDARD
from portal.access.actor import Actor
from portal.db import Database
from portal.models import Agreement, Deal, Period, PeriodState, PostedLine, Role, WindowSeal
from portal.services import audit, facts
from portal.services.commission import rating_facts
from portal.services.deals import corrections, deals
from portal.services.periods import periods
from portal.services.periods import worker as close_worker
from portal.services.periods.outstanding import outstanding
from portal.services.verification import proof
from tests import factories as make
from tests.db.selling import CANCELLED, SIGNED, agreement, last_line, lines_since, seal, subscribed
from tests.unit.commissions.slow_oracle import Event, Oracle, Terms

MARCH = datetime(2026, 3, 10, 4, tzinfo=UTC)
APRIL = datetime(2026, 4, 10, 4, tzinfo=UTC)
FIRST = STANDARD.replace("up_to = 5", "up_to = 1").replace("up_to = 10", "up_to = 2")
"""The first deal of a window earns 1.8 %, the second 2.5 %, all others 3.0 %."""


@pytest.fixture
def desk(database: Database) -> Actor:
    with database.transaction() as session:
        return Actor.of(make.person(session, Role.FINANCE))


def close_month(database: Database, desk: Actor, month: str, at: datetime) -> datetime:
    """Close a month; the instant that it was closed at."""
    with database.transaction() as session:
        period_id = periods.start_close(session, desk, at, month=month).id
    close_worker.run(database, lambda: at, period_id)
    with database.reading() as session:
        period = session.get_one(Period, period_id)
        assert period.state is PeriodState.CLOSED
        assert period.closed_at is not None
        assert proof.verify_ledger(session).fault is None
        return period.closed_at


def sign(session: Session, desk: Actor, at: datetime, pair: Agreement, *, when: datetime) -> Deal:
    deal = subscribed(session, desk, when - timedelta(days=2), pair)
    deals.record_milestone(session, desk, at, deal, kind=SIGNED, at=when)
    return deal


@pytest.mark.parametrize(
    ("window", "months"), [("month", ["2026-03"]), ("quarter", ["2026-03"]), ("year", ["2026-03", "2026-12"])]
)
def test_late_deals_of_an_agency_that_had_nothing_queue_behind_the_close(
    database: Database, desk: Actor, window: str, months: list[str]
) -> None:
    """Two late signings and a cancellation: each answers for itself alone, whatever their dates of signing."""
    toml = FIRST.replace('window = "month"', f'window = "{window}"')
    assert window in toml
    with database.transaction() as session:
        idle = agreement(session, toml)
        sign(session, desk, MARCH, agreement(session), when=MARCH)
    late = datetime(2027, 1, 5, tzinfo=UTC) if window == "year" else APRIL
    for month in months:
        close_month(database, desk, month, late)
    with database.transaction() as session:
        idle = session.get_one(Agreement, idle.id)
        first = sign(session, desk, late + timedelta(days=1), idle, when=MARCH)
        last = last_line(session)
        second = sign(session, desk, late + timedelta(days=2), idle, when=MARCH - timedelta(days=1))
        assert list(lines_since(session, last)) == [second.id]
        last = last_line(session)
        deals.record_milestone(session, desk, late + timedelta(days=3), first, kind=CANCELLED, at=late)
        assert list(lines_since(session, last)) == [first.id]
        rows = session.execute(select(PostedLine.deal_id, func.min(PostedLine.rank)).group_by(PostedLine.deal_id))
        ranks = dict(rows.all())
        assert (ranks[first.id], ranks[second.id]) == (1, 2)


def test_an_agency_that_came_after_the_close_queues_up_too(database: Database, desk: Actor) -> None:
    close_month(database, desk, "2026-03", APRIL)
    with database.transaction() as session:
        newcomer = agreement(session, FIRST)
        sign(session, desk, APRIL, newcomer, when=MARCH)
        last = last_line(session)
        second = sign(session, desk, APRIL, newcomer, when=MARCH - timedelta(days=1))
        assert list(lines_since(session, last)) == [second.id]


def test_a_closed_window_is_sealed_by_hand_no_more(database: Database, desk: Actor) -> None:
    closed_at = close_month(database, desk, "2026-03", APRIL)
    with database.transaction() as session:
        pair = agreement(session)
        assert seal(session, desk, APRIL + timedelta(days=3), pair, MARCH) == closed_at


TERMS = {
    span: Terms(((1, 180, None), (2, 250, None), (None, 300, None)), (("signed", 10_000),), span=span)
    for span in ("month", "quarter")
}
ENDING = {"2026-01": ["2026-01"], "2026-02": ["2026-02"], "2026-03": ["2026-03", "2026-Q1"]}


@dataclass
class Life:
    """An agency among others, with the oracle of what it ought to have earned."""

    pair: Agreement
    oracle: Oracle
    waiting: list[Deal]
    signed: list[Deal] = field(default_factory=list)


@pytest.mark.parametrize("seed", range(4))
def test_random_histories_of_agencies_with_empty_months_end_as_the_oracle_says(
    database: Database, desk: Actor, seed: int
) -> None:
    """Months are closed between the deals of a busy agency and of idle ones: late signings, dates corrected into
    and out of closed months, cancellations behind the close. One that comes last of all finds the months closed."""
    chance = Random(seed)
    span = ("month", "quarter")[seed % 2]
    lives = [born(database, desk, span, count) for count in (6, 4, 2)]
    months = sorted(ENDING, key=lambda _month: chance.random())
    closing = {place: months[number] for number, place in enumerate(sorted(chance.sample(range(24), 3)))}
    for step in range(36):
        at = APRIL + timedelta(hours=step)
        if (month := closing.get(step)) is not None:
            close_month(database, desk, month, at)
            for life, label in [(life, label) for life in lives for label in ENDING[month]]:
                life.oracle.happen(Event("seal", label))
        if step == 26:
            lives.append(born(database, desk, span, 3, sealed=[label for ended in ENDING.values() for label in ended]))
        with database.transaction() as session:
            life = lives[-1] if step > 26 else chance.choice(lives[:1] if step < 8 else lives)
            live(session, desk, at, life, chance)
        with database.reading() as session:
            for one in lives:
                assert posted(session, one.pair) == one.oracle.ledger()
    with database.reading() as session:
        assert proof.verify_ledger(session).fault is None


def born(database: Database, desk: Actor, span: str, count: int, sealed: list[str] | None = None) -> Life:
    """A new agency with so many deals that are subscribed."""
    with database.transaction() as session:
        pair = agreement(session, FIRST.replace('window = "month"', f'window = "{span}"'))
        made = [subscribed(session, desk, datetime(2025, 12, 1, tzinfo=UTC), pair) for _ in range(count)]
        oracle = Oracle({"plan": TERMS[span]}, {deal.id: "D" for deal in made})
    for label in sealed or ():
        oracle.happen(Event("seal", label))
    return Life(pair, oracle, made)


def live(session: Session, desk: Actor, at: datetime, life: Life, chance: Random) -> None:
    """One deed with a deal of the agency: signed while one waits, corrected or cancelled otherwise."""
    when = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 88))
    deed = chance.choice(["sign", "sign", "date", "cancel"])
    if life.waiting and (deed == "sign" or not life.signed):
        deal = session.get_one(Deal, life.waiting.pop().id)
        deals.record_milestone(session, desk, at, deal, kind=SIGNED, at=when)
        life.signed.append(deal)
        life.oracle.happen(Event("sign", deal.id, (when, deal.price_fen, "plan")))
    elif life.signed and deed == "cancel":
        deal = session.get_one(Deal, life.signed.pop(chance.randrange(len(life.signed))).id)
        deals.record_milestone(session, desk, at, deal, kind=CANCELLED, at=at)
        life.oracle.happen(Event("cancel", deal.id))
    elif life.signed:
        deal = session.get_one(Deal, chance.choice(life.signed).id)
        corrections.correct_deal(session, desk, at, deal, corrections.DealFacts(signed_at=when), reason="录错")
        life.oracle.happen(Event("date", deal.id, when))


def posted(session: Session, pair: Agreement) -> dict[tuple[int, str], int]:
    """What the agency's deals hold, net, without what has come to nothing."""
    rows = session.execute(
        select(PostedLine.deal_id, PostedLine.instalment, func.sum(PostedLine.amount_fen))
        .where(PostedLine.agency_id == pair.agency_id)
        .group_by(PostedLine.deal_id, PostedLine.instalment)
    )
    return {(deal_id, part): int(fen) for deal_id, part, fen in rows if fen}


# What was there before: the migration


def test_the_migration_seals_what_is_closed_and_changes_nothing_that_is_due(database: Database, desk: Actor) -> None:
    """Before, late deals of an agency that had nothing in March were ranked as in an open window, and posted so."""
    closed_at, late = APRIL, APRIL + timedelta(days=1)
    with database.transaction() as session:
        sealed, idle, empty = (agreement(session, FIRST) for _ in range(3))
        sign(session, desk, MARCH, sealed, when=MARCH)
        own = seal(session, desk, closed_at - timedelta(seconds=1), sealed, MARCH)
        sign(session, desk, late, idle, when=MARCH)
        sign(session, desk, late, idle, when=MARCH - timedelta(days=1))
        begun = {"started_by": desk.id, "started_at": closed_at, "closed_at": closed_at}
        march = Period(month="2026-03", state=PeriodState.CLOSED, **begun, **dict.fromkeys(periods.FIGURES, 0))
        session.add(march)
        session.flush()
        audit.record(session, desk, closed_at, "period_closed", march)
        before = session.execute(select(PostedLine.__table__).order_by(PostedLine.id)).all()
        assert due(session, [idle])  # sealed at its close alone, the window would owe something else
    with database.transaction() as session:
        connection = session.connection()
        with Operations.context(MigrationContext.configure(connection)):
            import_module("portal.migrations.versions.0028_closed_for_everybody").seal_what_was_used_since()
        seals_there = session.scalars(select(WindowSeal.id).where(WindowSeal.agency_id == idle.agency_id)).all()
        facts.note(session, WindowSeal, seals_there)  # there was no register of facts yet
    with database.reading() as session:
        assert session.execute(select(PostedLine.__table__).order_by(PostedLine.id)).all() == before
        assert not due(session, [sealed, idle, empty])
        assert proof.verify_ledger(session).fault is None
        keys = [pair.agency_id for pair in (sealed, idle, empty)]
        since = rating_facts.sealed_since(session, keys, ["2026-03"])
        assert [since[key, "2026-03"] for key in keys] == [own, late + timedelta.resolution, closed_at]
        assert set(session.scalars(select(WindowSeal.agency_id))) == {sealed.agency_id, idle.agency_id}
        assert set(rating_facts.sealed_since(session, keys, ["2026-Q1"]).values()) == {
            late + timedelta.resolution,
            closed_at,
        }
    with database.transaction() as session:
        last = last_line(session)
        deal = sign(session, desk, late + timedelta(days=1), idle, when=MARCH - timedelta(days=3))
        assert list(lines_since(session, last)) == [deal.id]  # and from now on nobody moves


def due(session: Session, pairs: Sequence[Agreement]) -> list[object]:
    """What these agencies' deals of March still have to be posted."""
    found = [
        rating_facts.open_book(session, one.agency_id, [rating_facts.Place(one.development_id, MARCH)]) for one in pairs
    ]
    return [line for book in found for line in book.delta()]


# Two at once


@pytest.mark.parametrize("passed_by", [False, True], ids=["in its chunk", "with the end of the close"])
def test_a_seal_lies_behind_a_signing_that_is_being_recorded(database: Database, desk: Actor, passed_by: bool) -> None:
    """Who records does not see the seal that is set meanwhile, and ranks as in an open window. So the seal's instant
    has to lie behind his, whatever the clocks said as they began."""
    with database.transaction() as session:
        pair = agreement(session, FIRST)
        sign(session, desk, APRIL, pair, when=MARCH)
        second = subscribed(session, desk, MARCH - timedelta(days=3), pair)
        agency_id, second_id = pair.agency_id, second.id
        period = periods.start_close(session, desk, APRIL, month="2026-03")
        if passed_by:  # the agency had nothing in March then
            period.agency_cursor = agency_id
        period_id = period.id
    recorded = Flag()
    finish = Thread(
        target=close_worker.run,
        args=(database, lambda: APRIL + timedelta(hours=2 if recorded.is_set() else 0), period_id),
    )
    with database.transaction() as session:
        deal, at = session.get_one(Deal, second_id), APRIL + timedelta(hours=1)
        deals.record_milestone(session, desk, at, deal, kind=SIGNED, at=MARCH - timedelta(days=1))
        finish.start()
        finish.join(0.2)
        recorded.set()
    finish.join()
    with database.reading() as session:
        assert session.get_one(Period, period_id).state is PeriodState.CLOSED
        assert not due(session, [pair])
        assert proof.verify_ledger(session).fault is None


@pytest.mark.parametrize("passed_by", [False, True], ids=["in its chunk", "with the end of the close"])
def test_a_seal_lies_behind_what_a_clock_that_ran_ahead_recorded(
    database: Database, desk: Actor, passed_by: bool
) -> None:
    """The cancellation ranked the others anew: the seal may not count its deal, however early the close's clock is."""
    leapt = APRIL + timedelta(days=8)
    with database.transaction() as session:
        pair = agreement(session, FIRST)
        first = sign(session, desk, APRIL, pair, when=MARCH)
        sign(session, desk, APRIL, pair, when=MARCH + timedelta(hours=1))
        deals.record_milestone(session, desk, leapt, first, kind=CANCELLED, at=leapt)
        period = periods.start_close(session, desk, APRIL, month="2026-03")
        if passed_by:
            period.agency_cursor = pair.agency_id
        period_id = period.id
    close_worker.run(database, lambda: APRIL, period_id)
    with database.reading() as session:
        assert not due(session, [pair])
        assert proof.verify_ledger(session).fault is None


def test_only_what_shares_a_window_is_looked_at(session: Session) -> None:
    """The plan counts by months: of March's close are the deals of March, to the instant."""
    plan, agency = make.plan_version(session), make.agency(session)
    start, end = window_bounds("2026-03")
    instant = timedelta(microseconds=1)
    found = {}
    for at in (start - instant, start, end - instant, end):
        deal = make.deal(session, touch=None, agency=agency, plan_version=plan, signed_at=at)
        found[deal.id] = start <= at < end
    looked_at = outstanding(session, [agency.id], "2026-03").book.deals
    assert {deal.deal_id for deal in looked_at} == {key for key, within in found.items() if within}
