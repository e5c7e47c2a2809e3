"""The demo's world: made once, whole, and kept."""

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from commissions.calendar import add_months
from portal.access.actor import SYSTEM
from portal.adapters.storage.bucket import open_files
from portal.app import create_app
from portal.cli import main
from portal.cli.world import build
from portal.cli.world.clients import Clients
from portal.cli.world.money import Money
from portal.cli.world.names import AGENCIES, BROKERS_EACH, PLACES, REFERRERS, Names
from portal.cli.world.programmes import Programmes
from portal.cli.world.scenarios import Scenarios
from portal.cli.world.timeline import EVERYBODY, World
from portal.cli.world.year import MONTHS, Year
from portal.clock import SHANGHAI, month_end, month_of
from portal.config import Config, new_secrets
from portal.db import Database
from portal.models import Agency, Development, Event, Notice, Person, Referrer, Role
from portal.services.accounts.sign_in import open_session
from portal.services.periods import periods
from portal.services.verification import worker as verification_worker
from tests.databases import Migrated
from tests.nightly import examples, nightly


@pytest.fixture
def portal(tmp_path: Path):
    """The command, in a data folder of its own."""

    def run(*words: str, **environ: str) -> Result:
        return CliRunner().invoke(main, words, env={"PORTAL_DATA_DIR": str(tmp_path), "DATABASE_URL": ""} | environ)

    return run


def test_a_world_is_made_once_and_its_ledger_holds(portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With everybody in it at night, and with a small crowd by day."""
    monkeypatch.setattr("portal.cli.demo.build", partial(build, crowd=examples(2, EVERYBODY)))
    first = portal("demo", "--seed-only", "--at", "2026-11-30T23:59+08:00")
    assert first.exit_code == 0, first.output
    again = portal("demo", "--seed-only")
    assert again.stdout == first.stdout, "a second start keeps people and password"
    other = portal("demo", "--seed-only", "--at", "2026-12-01T00:00+08:00")
    assert (other.exit_code, "needs an empty folder" in other.stderr) == (1, True)
    roles = [line.split()[0] for line in first.stdout.splitlines() if line.startswith("    ") and "API key" not in line]
    assert roles == [
        *("administrator", "channel_manager", "reception", "finance", "approver", "cashier"),
        *("privacy_officer", "administrator", "approver", "consultant", "consultant", "consultant"),
        *("principal", "broker", "referrer"),
    ]
    verified = portal("ledger", "verify")
    assert verified.exit_code == 0, verified.output
    assert not (everything_about_money() - shown(tmp_path / "portal.db")), "every page of money has something to show"
    board = portal("close", "2026-10", "--by", "13900000004", "--dry-run")
    assert "blocks: showings_of_deals (1)" in board.stderr, "nobody could see what holds a month back"


def everything_about_money() -> set[tuple[str, str]]:
    """What a visitor should find, as a table and a state."""
    return {
        *(("payouts", state) for state in ("requested", "approved", "exported", "paid", "failed")),
        *(("disputes", state) for state in ("accepted", "open")),
        *(("adjustments", state) for state in ("approved", "proposed")),
        *(("rewards", state) for state in ("due", "fulfilled")),
        ("deal_imports", "done"),
        ("periods", "closed"),
        ("plan_drafts", "proposed"),
        ("account_proposals", "proposed"),
        *(("measure_boards", state) for state in ("confirmed", "proposed")),
        ("measure_seals", "confirmed"),
        ("factor_resets", "proposed"),
        ("what_if_runs", "done"),
        ("posted_lines", "withholding"),
        ("benefits", "granted"),
    }


def shown(file: Path) -> set[tuple[str, str]]:
    """Which of it is there."""
    states = {table for table, _ in everything_about_money()} - {"posted_lines", "benefits"}
    asked = [f"SELECT DISTINCT '{table}', state FROM {table}" for table in states]
    asked += ["SELECT DISTINCT 'posted_lines', cause FROM posted_lines", "SELECT 'benefits', 'granted' FROM benefits"]
    with closing(sqlite3.connect(file)) as database:
        return set(database.execute(" UNION ".join(asked)))


INSTANTS = [
    "2027-01-01T00:00+08:00",
    *nightly(
        "2028-02-29T12:00+08:00",
        "2027-05-31T09:30+08:00",
        "2026-11-29T12:00+08:00",  # a Sunday
        "2026-11-30T00:46+08:00",
        "2026-12-31T23:59+08:00",
        "2027-01-03T09:00+08:00",  # a Sunday, the day on which a month is closed
        "2027-01-31T12:00+08:00",
        "2027-02-28T23:59+08:00",
        "2027-03-01T00:00+08:00",
        "2027-03-31T19:00+08:00",
        "2027-04-30T08:00+08:00",
        "2027-07-01T00:00+08:00",
        "2028-03-01T09:00+08:00",
        "2028-12-31T00:00+08:00",
    ),
]


@pytest.mark.parametrize("instant", INSTANTS)
def test_a_world_is_whole_whenever_it_is_made(instant: str, migrated: Migrated, config: Config) -> None:
    """With a small crowd: what a visitor must find does not hang on how many others there are."""
    ends = datetime.fromisoformat(instant)
    with migrated.copy("sqlite") as url:
        database = Database(url, config.vault(), config.signer())
        with database.transaction() as session:
            build(session, open_files(config, database.vault), ends, "a password", lambda _: None, crowd=2)
        assert not (everything_about_money() - shown(Path(url.removeprefix("sqlite:///"))))
        with database.reading() as session:
            missing = {one.kind: one.count for one in periods.missing(session, ends, month_of(add_months(ends, -1)))}
        assert missing["showings_of_deals"] == 1
        assert verification_worker.run(database, SYSTEM, lambda: ends, lambda: None).fault is None
        if instant == INSTANTS[0]:
            told = links_of_notices(database, replace(config, database_url=url), ends)
            assert {link: status for link, status in told.items() if status != 200} == {}
            assert {role for role, _kind in told} >= set(Role) - {Role.CONSULTANT}, "everybody was told of something"
        database.dispose()


def links_of_notices(database: Database, config: Config, at: datetime) -> dict[tuple[Role, str], int]:
    """What answers who follows a notice: the latest one of each kind to somebody of each role."""
    with database.transaction() as session:
        latest = select(func.max(Notice.id)).join(Notice.event).join(Notice.person).group_by(Person.role, Event.kind)
        found = session.scalars(select(Notice).where(Notice.id.in_(latest))).all()
        links = {(one.person.role, one.event.kind): (one.id, one.person) for one in found}
        people = {one.person_id: one.person for one in found}
        secrets = {
            key: open_session(session, at, person, address="127.0.0.1", device="a test", days=1)
            for key, person in people.items()
        }
    app = create_app(config, lambda: at)
    said = {}
    for what, (notice_id, person) in links.items():
        http = app.test_client()
        with http.session_transaction() as cookie:
            cookie["_user_id"] = secrets[person.id]
        said[what] = http.get(f"/inbox/{notice_id}", follow_redirects=True).status_code
    app.extensions["database"].dispose()
    return said


def test_every_day_of_four_years_has_its_place_for_what_must_be_there() -> None:
    """`World.at` raises where a thing that a visitor must find would come after the end."""
    people = people_and_places()
    for ends in every_day(date(2026, 1, 1), 4 * 365 + 1):
        year = Year(ends)
        random = Random(20)
        world = World(None, None, random, year, "", Names(random), crowd=1, **people)
        assert len(set(year.months)) == MONTHS
        assert year.begins <= ends - timedelta(days=365)
        assert month_end(year.months[-1]) <= ends < month_end(month_of(ends)), "the last whole month is over"
        clients = Clients(world)
        for plan in (clients, Scenarios(world, clients), Money(world), Programmes(world)):
            plan.plan()


def every_day(first: date, count: int) -> Iterator[datetime]:
    """Each day at its first minute, at noon or at its last, in turn; about a month's turn at all three."""
    for number in range(count):
        day = datetime.combine(first + timedelta(days=number), time(), SHANGHAI)
        instants = (day, day + timedelta(hours=12), day + timedelta(hours=23, minutes=59))
        yield from instants if not 1 < day.day < 28 else instants[number % 3 :][:1]


def people_and_places() -> dict[str, list]:
    """Those of a world, in no database, to plan with."""
    agencies = [Agency(name=name) for name in AGENCIES]
    return {
        "agencies": agencies,
        "brokers": [Person(agency=agency) for agency in agencies for _ in range(BROKERS_EACH)],
        "developments": [Development(name=place.name) for place in PLACES],
        "referrers": [Referrer(audience=audience) for audience, _, _ in REFERRERS],
    }


BAD_INSTANTS = {
    "no instant": ("tomorrow", "tomorrow is no instant: write it like 2026-11-30T23:59+08:00"),
    "no such day": ("2027-02-29T10:00+08:00", "2027-02-29T10:00+08:00 is no instant"),
    "no offset": ("2026-11-30T23:59", "2026-11-30T23:59 has no offset: add that of Shanghai"),
    "before our time": ("0001-01-01T00:00+08:00", "too far away: the year must be from 2020 to 2099"),
    "long after it": ("9999-12-31T23:59-08:00", "too far away"),
}


@pytest.mark.parametrize(("instant", "words"), BAD_INSTANTS.values(), ids=BAD_INSTANTS)
def test_an_instant_that_is_none_is_refused_in_words(portal, tmp_path: Path, instant: str, words: str) -> None:
    told = portal("demo", "--seed-only", "--at", instant)
    assert (told.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert words in told.stderr


def test_a_world_of_another_time_is_for_looking_at_alone(portal) -> None:
    told = portal("demo", "--at", "2026-11-30T23:59+08:00")
    assert told.exit_code == 2
    assert "add --seed-only" in told.stderr


def test_a_port_in_use_is_one_clear_line(portal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = portal("demo", "--port", str(port))
    assert told.exit_code == 1
    assert told.stderr == f"Error: port {port} is in use: stop what runs there, or choose another with PORT=…\n"


def test_the_demo_keeps_out_of_production_and_of_other_peoples_data(portal, migrated: Migrated, tmp_path: Path) -> None:
    migrated.lay(tmp_path / "portal.db")
    made = portal("user", "create", "--role", "administrator", "--name", "苏", "--phone", "13912345678")
    assert made.exit_code == 0, made.output
    told = portal("demo", "--seed-only")
    assert told.exit_code == 1
    assert "not the demo's" in told.stderr
    secrets = {f"PORTAL_{name.upper()}": value for name, value in new_secrets().items()}
    told = portal("demo", "--seed-only", PORTAL_ENV="production", **secrets)
    assert told.exit_code == 1
    assert "production" in told.stderr
