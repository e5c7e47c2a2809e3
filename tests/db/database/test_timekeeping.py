"""A clock that is wrong for a minute ends nothing, on both databases; and when it is right again all goes on."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from commissions.payout import Check
from commissions.refusal import Refusal
from portal import clock, jobs
from portal.access.actor import SYSTEM, Actor
from portal.adapters.storage.files import FolderFiles
from portal.cli import main
from portal.config import SECRETS, Config
from portal.db import Database
from portal.models import (
    AuditEntry,
    ClockMark,
    Development,
    FaceEnrolment,
    JobRun,
    Outcome,
    Period,
    PeriodState,
    Person,
    Photo,
    Reward,
    Role,
    Touch,
)
from portal.rules.timekeeping import Doubt, Uptime
from portal.services import audit, contacts, proposals, sweeps, timekeeping
from portal.services.accounts import freezes
from portal.services.contacts import vault_of
from portal.services.payouts import payouts
from portal.services.periods import periods
from portal.services.privacy import retention_sweep
from portal.services.registrations.registrations import register_client
from portal.services.registrations.walk_ins import sign_in_walk_in
from portal.services.verification import proof
from portal.services.verification import runs as verification_runs
from referral.rewards.reward import RewardState
from tests import factories as make
from tests.clock import real_now
from tests.databases import Migrated, opened
from tests.db.money import Staff, requested
from tests.db.sweeping import erase_what_is_due

ROOT = Path(__file__).parents[3]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def at(session: Session, now: datetime) -> Callable[..., datetime]:
    """The true time goes on by so much; what a clock says that is wrong by `ahead`."""

    def moved(passed: timedelta = timedelta(), ahead: timedelta = timedelta()) -> datetime:
        session.uptime = lambda: Uptime("here", 10_000 + passed.total_seconds())
        session.clock_marks = None
        return now + passed + ahead

    return moved


def deeds(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "clock")))


def broker_of(session: Session, development: Development) -> Person:
    broker: Person = make.broker(session)
    make.agreement(session, development=development, agency=broker.agency)
    return broker


def test_a_clock_that_is_a_week_ahead_takes_no_protected_client(session, now, at) -> None:
    development = make.development(session)
    asked = {"development_id": development.id, "phone": "13912345678", "name": "王小明"}
    first, rival = (Actor.of(broker_of(session, development)) for _ in range(2))
    timekeeping.look(session, at(), None)
    held = register_client(session, first, now, **asked)
    refused = register_client(session, rival, at(HOUR, ahead=8 * DAY), **asked)
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "protected_by_other")
    assert refused.at == now + HOUR, "and it is not stamped with an instant that is yet to come"
    assert held.touch.retired_at is None
    taken = register_client(session, rival, at(8 * DAY), **asked)
    assert taken.outcome == Outcome.ACCEPTED, "when that time has passed, it may be"
    session.refresh(held.touch)
    assert held.touch.retired_at == now + 8 * DAY


def test_walk_ins_are_held_by_the_same_time(session, now, at) -> None:
    touch = make.touch(session, at=now, protected_until=now + 7 * DAY)
    reception = Actor.of(make.person(session, Role.RECEPTION))
    phone = contacts.open_phone(session, touch.client).e164
    timekeeping.look(session, at(), None)
    wrong = at(HOUR, ahead=8 * DAY)
    asked = {"development_id": touch.development_id, "phone": phone, "name": "王小明"}
    assert not sign_in_walk_in(session, reception, wrong, **asked).new


def test_a_frozen_account_does_not_thaw(session, now, at) -> None:
    broker = make.broker(session)
    make.freeze(session, broker=broker, starts_at=now, ends_at=now + 30 * DAY)
    timekeeping.look(session, at(), None)
    assert freezes.frozen_until(session, broker.id, at(HOUR, ahead=400 * DAY)) == now + 30 * DAY
    assert freezes.frozen_until(session, broker.id, at(31 * DAY)) is None


def test_no_month_is_over_before_its_time(session, now, at) -> None:
    finance = Actor.of(make.person(session, Role.FINANCE))
    timekeeping.look(session, at(), None)
    wrong = at(HOUR, ahead=40 * DAY)
    with pytest.raises(Refusal, match="month_not_over"):
        periods.start_close(session, finance, wrong, month="2026-03")
    assert periods.missing(session, wrong, "2026-03")[0].count == 1, "the board says that it runs"
    assert periods.start_close(session, finance, at(40 * DAY), month="2026-03").state is PeriodState.CLOSING


def test_what_rests_for_a_day_rests_on(session, now, at) -> None:
    """A new account of a payee, and an account that moves money: the day is there for somebody to notice."""
    timekeeping.look(session, at(), None)
    payout = requested(session, Staff.hired(session), now)
    make.bank_details(session, payout.agency, now)
    fresh = Actor.of(make.person(session, Role.APPROVER, rests_since=now))
    proposal = make.bank_details(session, make.agency(session))
    for passed, ahead, rests in ((HOUR, 2 * DAY, True), (2 * DAY, 0 * DAY, False)):
        instant = at(passed, ahead=ahead)
        assert (Check.BANK_SETTLED in payouts.found_holds(session, instant, payout)) is rests
        with pytest.raises(Refusal, match="account_rests" if rests else "proposal_decided"):
            proposals.confirm(session, fresh, instant, proposal)


def test_a_doubt_is_written_down_once_and_over_when_the_clock_is_right_again(session, now, at) -> None:
    assert timekeeping.look(session, at(), None).doubt is None
    for minute in (1, 2):
        assert timekeeping.look(session, at(minute * HOUR, ahead=400 * DAY), None).doubt is Doubt.LEAPT
    (row,) = timekeeping.doubted(session)
    assert (row.at, row.doubt) == (now, Doubt.LEAPT), "what was believed stays"
    assert timekeeping.look(session, at(3 * HOUR), None).doubt is None
    assert timekeeping.doubted(session) == []
    assert deeds(session) == ["clock_doubted", "clock_believed"]


def test_a_person_says_that_the_clock_is_right(session, now, at) -> None:
    timekeeping.look(session, at(), None)
    wrong = at(HOUR, ahead=3 * DAY)
    assert timekeeping.look(session, wrong, None).doubt is Doubt.LEAPT
    assert timekeeping.confirm(session, SYSTEM, wrong, wrong + 8 * DAY).doubt is Doubt.APART, "two clocks, one is wrong"
    assert timekeeping.look(session, wrong, None).doubt is Doubt.LEAPT
    timekeeping.confirm(session, SYSTEM, wrong, None)
    assert timekeeping.look(session, wrong, None).doubt is None
    assert deeds(session) == ["clock_doubted", "clock_confirmed"]


def test_where_no_clock_was_believed_yet_the_newest_deed_bounds_it(session, now, at) -> None:
    audit.record(session, SYSTEM, now, "signed_in", "people")
    session.flush()
    assert timekeeping.look(session, at(ahead=400 * DAY), None).doubt is Doubt.AHEAD
    assert timekeeping.look(session, at(HOUR), None).doubt is None


def test_the_worker_sweeps_by_a_believed_clock_alone(database: Database, now, caplog) -> None:
    for wrong, believed in ((timedelta(), True), (400 * DAY, False), (timedelta(), True)):
        database.now = lambda wrong=wrong: now + wrong  # type: ignore[method-assign]
        database.own_clock = lambda wrong=wrong: now + wrong  # type: ignore[method-assign]
        assert jobs._believed_instant(database) == (now if believed else None)
    assert [record.doubt for record in caplog.records if record.name == "portal.jobs"] == ["leapt"]


AHEAD = """
    from datetime import timedelta
    from portal import clock
    from portal.config import Config

    true = clock.now
    clock.now = lambda: true() + timedelta(days=400)

    from portal.jobs import consumer

    tasks = consumer(Config.from_env(), lambda order: None).huey._registry.periodic_tasks
    for task in tasks:
        task.execute()
    print(len(tasks))
"""


def test_a_worker_that_is_400_days_ahead_ends_nothing(
    database: Database, secrets: dict[str, str], tmp_path: Path
) -> None:
    """The worker itself, in a process of its own: a photo, a face that waits, a reward, and a close under way."""
    files, now = FolderFiles(tmp_path / "files", database.vault), real_now()
    with database.transaction() as session:
        touch = make.touch(session, at=now, protected_until=now + 7 * DAY)
        photo = make.photo(session, showing=make.showing(session, touch=touch, at=now), keep_until=now + 30 * DAY)
        face = make.waiting_face(session, make.broker(session), now)
        reward = make.cash_reward(
            session, make.referrer(session), now, state=RewardState.PENDING, due_on=now.date() + 30 * DAY
        )
        month = {"month": "2026-03", "state": PeriodState.CLOSING, "started_by": face.person_id, "started_at": now}
        session.add(Period(**month, **dict.fromkeys(periods.FIGURES, 0)))
        timekeeping.look(session, database.now(), database.own_clock())
    files.put(photo.file_name, b"a photo")
    environ = {f"PORTAL_{name.upper()}": value for name, value in secrets.items()}
    environ |= {"PORTAL_DATABASE_URL": database.url, "PORTAL_DATA_DIR": str(tmp_path)}
    child = [sys.executable, "-c", textwrap.dedent(AHEAD)]
    done = subprocess.run(child, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, check=True)
    assert int(done.stdout) >= 9, "every task was done"
    assert "the clock is in doubt" in done.stderr
    assert files.get(photo.file_name) == b"a photo"
    with database.reading() as session:
        assert session.get_one(Photo, photo.id).erased_at is None
        assert session.get_one(FaceEnrolment, face.id).state == face.state
        assert session.get_one(Reward, reward.id).state is RewardState.PENDING
        assert session.get_one(Touch, touch.id).retired_at is None
        assert session.scalars(select(Period.state)).one() is PeriodState.CLOSING
        assert session.get(JobRun, sweeps.RUN) is None


def test_a_run_that_is_yet_to_come_counts_as_none(session, now, tmp_path) -> None:
    files = FolderFiles(tmp_path, vault_of(session))
    session.add(JobRun(name=retention_sweep.RUN, ran_at=now + 400 * DAY, found={}))
    assert erase_what_is_due(session, now, files) != {}
    assert session.get_one(JobRun, retention_sweep.RUN).ran_at == now
    assert erase_what_is_due(session, now, files) == {}, "and then it is done for today"


def test_a_verification_that_is_yet_to_come_counts_as_none(session, now) -> None:
    for instant, due in ((now + 400 * DAY, True), (now, False)):
        verification_runs.note(session, SYSTEM, instant, proof.verify_ledger(session), seconds=0)
        session.flush()
        assert verification_runs.due(session, now) is due


def test_the_database_tells_the_time_where_it_can(database: Database, monkeypatch) -> None:
    """Two web hosts, one of them eight days ahead: both stamp what they write by the one clock that they share."""
    true = real_now()
    monkeypatch.setattr(clock, "now", lambda: true + 8 * DAY)
    if database.engine.dialect.name == "sqlite":
        assert (database.now(), database.own_clock()) == (true + 8 * DAY, None)
        return
    assert abs(database.now() - true) < HOUR
    assert database.own_clock() == true + 8 * DAY
    with database.reading() as session:
        found = timekeeping.judged(session, database.now(), database.own_clock())
    assert (found.doubt, abs(found.trusted - true) < HOUR) == (Doubt.APART, True)


def test_the_shell_confirms_and_says_what_the_clocks_say(tmp_path, config: Config, migrated: Migrated) -> None:
    with migrated.copy("sqlite") as url:
        environ = {f"PORTAL_{name.upper()}": getattr(config, name) for name in SECRETS} | {"DATABASE_URL": url}
        shell = CliRunner(env={**environ, "PORTAL_DATA_DIR": str(tmp_path)})
        assert shell.invoke(main, ["clock", "show"]).exit_code == 0
        with opened(url) as engine, engine.begin() as connection:
            connection.execute(insert(ClockMark).values(boot="other", at=real_now() - 3 * DAY, uptime=1.0))
        told = shell.invoke(main, ["clock", "show"])
        assert told.exit_code == 1
        assert "past all that is known" in told.stderr
        assert "portal clock confirm" in told.stderr
        assert shell.invoke(main, ["clock", "confirm"]).exit_code == 0
        assert shell.invoke(main, ["clock", "show"]).exit_code == 0
