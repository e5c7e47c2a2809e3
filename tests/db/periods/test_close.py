"""Closing a month on both databases: what one by one would give, once, whoever presses and whatever is killed."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.rating import rate
from commissions.refusal import Refusal
from portal import models
from portal.db import Database
from portal.models import Agency, Benefit, Deal, Payout, Period, PeriodState, PostedLine, Statement, WindowSeal
from portal.rules.payouts.limits import MoneyLimits
from portal.services import bulk
from portal.services.commission import plans, rating_facts
from portal.services.ledger import posting
from portal.services.periods import bulk_statements, closing, periods
from portal.services.periods import worker as close_worker
from portal.services.statements import issuing
from portal.services.verification import proof
from tests import factories as make
from tests.db.money import Staff, cancel, earned
from tests.factories import history

ROOT = Path(__file__).parents[3]
MARCH = "2026-03"
AFTER = datetime(2026, 4, 2, 2, tzinfo=UTC)


def after() -> datetime:
    return AFTER


@pytest.fixture
def staff(database: Database) -> Staff:
    with database.transaction() as session:
        return Staff.hired(session)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "PAYEES", 2)


def begin(database: Database, staff: Staff, at: datetime = AFTER) -> int:
    with database.transaction() as session:
        return periods.start_close(session, staff.issues, at, month=MARCH).id


def closed(database: Database) -> Period:
    """The period, after the ledger and all beside it was proven."""
    with database.reading() as session:
        period = periods.find(session, MARCH)
        assert period is not None
        assert period.state is PeriodState.CLOSED
        assert proof.verify_ledger(session).fault is None
        stands = session.scalar(select(func.count()).select_from(models.StatementLine))
        assert (period.lines, period.statements) == (stands, session.scalar(select(func.count(Statement.id))))
        assert period.done == period.whole
        return period


def issued(database: Database) -> list[tuple[object, ...]]:
    columns = (
        Statement.payee,
        Statement.version,
        Statement.opening_fen,
        Statement.lines_fen,
        Statement.payable_fen,
        Statement.carried_fen,
    )
    with database.reading() as session:
        return sorted(session.execute(select(*columns)))


def test_it_issues_what_one_by_one_would(database: Database, staff: Staff, now: datetime, small_chunks: None) -> None:
    with database.transaction() as session:
        pairs = [earned(session, staff, now) for _ in range(5)]
        for pair in pairs[:3]:
            earned(session, staff, now, pair)
        issuing.issue_statement(session, staff.issues, now, payee=f"agency:{pairs[0].agency_id}", month=MARCH)
        cancel(session, staff, now, session.scalar(select(Deal.id).where(Deal.agency_id == pairs[0].agency_id)))
        earned(session, staff, now, pairs[3])
        earned(session, staff, AFTER - timedelta(hours=1), pairs[4])  # in April: not of this close
    with database.session() as session, session.begin() as trial:
        issuing.issue_all(session, staff.issues, AFTER, month=MARCH)
        columns = (Statement.payee, Statement.version, Statement.opening_fen, Statement.lines_fen)
        expected = sorted(session.execute(select(*columns, Statement.payable_fen, Statement.carried_fen)))
        trial.rollback()
    close_worker.run(database, after, begin(database, staff))
    assert issued(database) == expected
    period = closed_beside(database, early=1)
    assert (period.posted, period.chunks) == (0, 3)
    with database.reading() as session:
        numbers = session.scalars(select(Statement.number).order_by(Statement.id)).all()
        assert numbers == [f"{MARCH}-{place:04d}" for place in range(1, 7)]
        payouts = select(func.sum(Payout.amount_fen)).join(Statement).where(Statement.issued_at == AFTER)
        assert session.scalar(payouts) == period.payable_fen
        assert set(session.scalars(select(WindowSeal.label))) == {MARCH, "2026-Q1"}


def test_what_is_above_the_limit_needs_two_approvers(database: Database, staff: Staff, now: datetime) -> None:
    database.limits = MoneyLimits(second_approver=50_000)
    with database.transaction() as session:
        for pair in [earned(session, staff, now) for _ in range(2)][:1]:
            earned(session, staff, now, pair)
    close_worker.run(database, after, begin(database, staff))
    with database.reading() as session:
        needed = session.execute(select(Payout.amount_fen, Payout.approvals_needed).order_by(Payout.amount_fen)).all()
    assert needed == [(36_000_00, 1), (72_000_00, 2)]


def closed_beside(database: Database, early: int) -> Period:
    """`closed`, where some statements were issued before."""
    with database.reading() as session:
        period = periods.find(session, MARCH)
        assert period is not None
        assert period.state is PeriodState.CLOSED
        assert proof.verify_ledger(session).fault is None
        assert period.statements + early == session.scalar(select(func.count(Statement.id)))
        return period


def test_loaded_history_is_posted_as_the_rule_says(database: Database, staff: Staff, small_chunks: None) -> None:
    with database.transaction() as session:
        loaded = history.load(session, deals=150, agencies=7)
    close_worker.run(database, after, begin(database, staff))
    period = closed(database)
    with database.reading() as session:
        facts = rating_facts.facts(session, lambda by: by.plan_version_id.is_not(None))
        kept = {
            key: plans.parse(toml)
            for key, toml in session.execute(select(plans.PlanVersion.id, plans.PlanVersion.toml))
        }
        due = {one.deal_id: one.commission_fen for one in rate(facts, kept) if one.commission_fen}
        posted = dict(session.execute(select(PostedLine.deal_id, PostedLine.amount_fen)).all())
        assert posted == due
        assert (period.posted, period.posted_fen) == (len(due), sum(due.values()))
        assert set(session.scalars(select(PostedLine.cause))) == {models.Cause.ACCRUAL}
        assert all(session.scalars(select(PostedLine.milestone_id)))
        largest = loaded.agencies[0]
        assert session.scalars(select(Benefit.agency_id).where(Benefit.agency_id == largest)).all() == [largest]
        assert period.whole == 7


def test_what_was_loaded_into_another_month_is_left_to_that_months_close(
    database: Database, staff: Staff, now: datetime
) -> None:
    with database.transaction() as session:
        loaded = history.load(session, deals=4, agencies=1, month="2026-02")
        pair = make.agreement(session, agency=session.get_one(Agency, loaded.agencies[0]))
        make.signed_deal(session, now, pair=pair, by=staff.finance)
    period_id = begin(database, staff)
    close_worker.run(database, after, period_id)
    with database.reading() as session:
        period = session.get_one(Period, period_id)
        assert (period.state, period.posted, period.lines) == (PeriodState.CLOSED, 0, 1)


def test_what_is_carried_is_looked_up_for_the_chunks_payees_alone(
    database: Database, staff: Staff, now: datetime
) -> None:
    with database.transaction() as session:
        pairs = [earned(session, staff, now) for _ in range(2)]
        issuing.issue_all(session, staff.issues, now, month=MARCH)
        payee = f"agency:{pairs[0].agency_id}"
        assert bulk_statements._carried(session, [payee]) == {payee: 0}


def test_one_of_two_begins_and_any_number_may_work(
    database: Database, staff: Staff, now: datetime, small_chunks: None
) -> None:
    with database.transaction() as session:
        history.load(session, deals=60, agencies=9)
    barrier = Barrier(4)

    def press(_hand: int) -> str:
        barrier.wait()
        try:
            return str(begin(database, staff))
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as hands:
        said = sorted(hands.map(press, range(4)))
    assert said == ["1", *["close_under_way"] * 3]
    with ThreadPoolExecutor(4) as hands:
        list(hands.map(lambda _hand: close_worker.run_due(database, after), range(4)))
    assert closed(database).statements == 9
    with pytest.raises(Refusal, match="period_closed"):
        begin(database, staff)


STAGES = (
    "posted_lines",
    "ledger_transfers",
    "window_seals",
    "statements",
    "statement_lines",
    "payouts",
    "payout_steps",
)


@pytest.mark.parametrize("stage", STAGES)
def test_a_chunk_is_whole_or_not_there(
    database: Database, staff: Staff, small_chunks: None, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """Whatever breaks in the middle of the second chunk: the first stands, and the next run completes."""
    with database.transaction() as session:
        history.load(session, deals=40, agencies=5)
    period_id = begin(database, staff)
    assert close_worker.advance(database, after, period_id)
    with database.reading() as session:
        before = counts(session)
    with monkeypatch.context() as broken:
        for module in (close_worker, bulk_statements, posting):
            broken.setattr(module, "insert_rows", _breaking(stage))
        close_worker.run(database, after, period_id)
    with database.reading() as session:
        assert counts(session) == before
        assert session.get_one(Period, period_id).trouble == "fault", "the board says that it stands still"
    close_worker.run(database, after, period_id)
    assert closed(database).statements == 5


def counts(session: Session) -> list[int | None]:
    return [session.scalar(select(func.count()).select_from(model)) for model in (PostedLine, Statement, WindowSeal)]


def _breaking(stage: str) -> Callable[..., None]:
    def insert_rows(session, model, columns, rows) -> None:
        bulk.insert_rows(session, model, columns, rows)
        if model.__tablename__ == stage:
            raise RuntimeError(stage)

    return insert_rows


KILLED = """
    import os, signal, sys
    from portal.clock import month_end
    from portal.config import Config
    from portal.db import Database
    from portal.services.periods import bulk_statements, closing, worker

    closing.PAYEES = 2
    config = Config.from_env()
    database = Database(config.url, config.vault(), config.signer())
    write, turns = bulk_statements.write, iter(range(3))

    def killed(*given, **named):
        found = write(*given, **named)
        if next(turns) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    bulk_statements.write = killed
    worker.run(database, lambda: month_end("2026-03"), 1)
"""


def test_a_killed_worker_leaves_whole_chunks(database: Database, staff: Staff, secrets: dict[str, str]) -> None:
    with database.transaction() as session:
        history.load(session, deals=40, agencies=5)
    period_id = begin(database, staff)
    given = {f"PORTAL_{name.upper()}": value for name, value in secrets.items()}
    environ = os.environ | given | {"PORTAL_DATABASE_URL": database.url}
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED)], cwd=ROOT, env=environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    with database.reading() as session:
        period = session.get_one(Period, period_id)
        assert (period.chunks, period.done, period.statements) == (1, 2, 2)
        fault = proof.verify_ledger(session).fault
        assert fault is not None
        assert fault.what == "rating", "what was loaded for the agencies behind is posted with their chunks"
    close_worker.run(database, after, period_id)
    assert closed(database).statements == 5


def test_a_cancellation_during_the_close_re_ranks_before_the_seal_and_claws_back_behind_it(
    database: Database, staff: Staff, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "PAYEES", 1)
    with database.transaction() as session:
        pairs = [earned(session, staff, now) for _ in range(2)]
        for pair in pairs:
            for hour in range(1, 6):
                earned(session, staff, now + timedelta(hours=hour), pair)
    period_id = begin(database, staff)
    assert close_worker.advance(database, after, period_id)
    later = AFTER + timedelta(minutes=1)
    with database.transaction() as session:
        for pair in pairs:
            first = select(func.min(Deal.id)).where(Deal.agency_id == pair.agency_id)
            cancel(session, staff, later, session.scalar(first))
    close_worker.run(database, lambda: AFTER + timedelta(minutes=2), period_id)
    closed(database)
    with database.reading() as session:
        came = [
            session.execute(
                select(PostedLine.cause, PostedLine.amount_fen)
                .where(PostedLine.agency_id == pair.agency_id, PostedLine.posted_at == later)
                .order_by(PostedLine.amount_fen)
            ).all()
            for pair in pairs
        ]
    assert came[0] == [(models.Cause.CLAWBACK, -36_000_00)]  # sealed: its own commission alone
    assert came[1] == [
        (models.Cause.CLAWBACK, -36_000_00),
        (models.Cause.RE_RANK, -14_000_00),
    ]  # the sixth is the fifth now


def test_what_holds_a_close_back(database: Database, staff: Staff, now: datetime) -> None:
    with pytest.raises(Refusal, match="month_not_over"):
        begin(database, staff, now)
    with database.transaction() as session:
        earned(session, staff, now)
        deal = session.scalars(select(Deal)).one()
        shown = make.showing(session, touch=deal.touch, at=now)
    with pytest.raises(Refusal, match="close_blocked"):
        begin(database, staff)
    with database.reading() as session:
        assert periods.find(session, MARCH) is None
        board = {one.kind: one.count for one in periods.missing(session, AFTER, MARCH)}
        assert (board["showings_of_deals"], board["showings_unreviewed"]) == (1, 0)
    assert shown.id


def test_facts_that_cannot_be_rated_stop_the_close_and_say_so(
    database: Database, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        history.load(session, deals=10, agencies=2)
    period_id = begin(database, staff)
    with monkeypatch.context() as broken:
        broken.setattr(close_worker, "outstanding", _refused)
        close_worker.run(database, after, period_id)
    with database.reading() as session:
        period = session.get_one(Period, period_id)
        assert (period.state, period.trouble) == (PeriodState.CLOSING, "duplicate_deal")
    close_worker.run(database, after, period_id)
    assert closed(database).trouble is None


def _refused(*_given: object) -> None:
    raise Refusal("duplicate_deal")


_OF_PERIODS = [("periods_stands", "periods"), ("periods_stay", "periods")]
GUARDS = {
    "postgresql": [("window_seals_append_only", "window_seals"), *_OF_PERIODS],
    "sqlite": [("window_seals_no_delete", "window_seals"), *_OF_PERIODS],
}


@pytest.mark.parametrize(
    ("deed", "what"),
    [
        ("DELETE FROM window_seals WHERE label = '2026-03'", "seal"),
        ("DELETE FROM periods", "period"),
        ("UPDATE periods SET state = 'open', started_at = NULL, started_by = NULL, closed_at = NULL", "period"),
        ("UPDATE periods SET closed_at = started_at", "closing"),
    ],
)
def test_verify_sees_a_close_without_its_seals_or_its_month(
    database: Database, staff: Staff, now: datetime, deed: str, what: str
) -> None:
    with database.transaction() as session:
        earned(session, staff, now)
    close_worker.run(database, after, begin(database, staff))
    closed(database)
    with (
        pytest.raises(DBAPIError, match=r"append-only|a closed month|is never deleted"),
        database.transaction() as session,
    ):
        session.execute(text(deed))
    with database.transaction() as session:
        for guard, table in GUARDS[database.engine.dialect.name]:
            on = f" ON {table}" if database.engine.dialect.name == "postgresql" else ""
            session.execute(text(f"DROP TRIGGER {guard}{on}"))
        session.execute(text(deed))
        fault = proof.verify_ledger(session).fault
        assert fault is not None
        assert fault.what == what
