"""The reporting views: their columns are a promise, and nothing in their rows names anybody or leads back."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text
from sqlalchemy.orm import Session

from portal.db import Database
from portal.models.base import Base
from portal.models.reporting.keys import KEYED
from portal.rules.measures.board import Measure
from portal.services.measures import day_figures
from portal.services.reporting import schema
from portal.services.reporting.views import VIEWS, Kind
from tests import factories as make
from tests import measures_world as world
from tests.databases import Dialect
from tests.factories import friends

PROMISED = [line.split() for line in (Path(__file__).parent / "promised.txt").read_text().splitlines()]
TYPES = {
    "key": ("TEXT", "text"),
    "text": ("TEXT", "text"),
    "count": ("BIGINT", "bigint"),
    "flag": ("INTEGER", "integer"),
    "day": ("DATE", "date"),
    "instant": ("DATETIME", "timestamp with time zone"),
}
"""What a column of a kind is on SQLite and on PostgreSQL."""
HOLDS = dict.fromkeys(Kind, str) | {
    Kind.COUNT: int,
    Kind.FLAG: int,
    Kind.INSTANT: (datetime, str),
    Kind.DAY: (date, str),
}


def columns(connection: Connection, dialect: Dialect) -> list[list[str]]:
    """Each column as the database has it, in its order, with its type."""
    found = []
    for view in VIEWS:
        if dialect == "sqlite":
            rows = connection.exec_driver_sql(f"SELECT name, type FROM pragma_table_info('reporting_{view.name}')")
        else:
            asked = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'reporting'"
            rows = connection.exec_driver_sql(f"{asked} AND table_name = '{view.name}' ORDER BY ordinal_position")
        found += [[f"{view.name}.{name}", kind] for name, kind in rows]
    return found


def test_columns_are_what_was_promised(session: Session, dialect: Dialect) -> None:
    """`promised.txt` only grows. A view keeps its columns in their order and adds others behind them; what must change
    is another view: who built a picture on a column will not be asked."""
    found = columns(session.connection(), dialect)
    place = ("sqlite", "postgresql").index(dialect)
    promised = [[name, TYPES[kind][place]] for name, kind in PROMISED]
    if dialect == "sqlite":  # of an expression it knows no type, of a sum of casts neither
        found, promised = ([[name, ""] for name, _kind in rows] for rows in (found, promised))
    assert found == promised, "add the new column at its view's end, and its line to promised.txt"


@pytest.fixture
def everything(ledger_world: Session, now: datetime) -> Session:
    """Rows in each view."""
    friends.accepted_lead(ledger_world, make.referrer(ledger_world), now)
    world.entry(ledger_world, Measure.WECHAT, "2026-02", 1, 10, development_id=make.development(ledger_world).id)
    world.shown_deal(ledger_world, now, make.development(ledger_world))
    make.registration(ledger_world, touch=make.touch(ledger_world))
    ledger_world.flush()
    assert day_figures.count_due(ledger_world)
    return ledger_world


def _rows(session: Session, name: str) -> list[dict[str, object]]:
    view = next(one for one in VIEWS if one.name == name)
    asked = text(f"SELECT * FROM {schema.name_of(view, session.get_bind().dialect.name)}")
    return [dict(row) for row in session.execute(asked).mappings()]


def test_no_row_names_anybody_or_leads_back(everything: Session) -> None:
    everything.flush()
    said = (f"SELECT name FROM {table}" for table in ("people", "agencies", "developments"))
    asked = " UNION ".join([*said, "SELECT unit FROM deals", "SELECT issued_to FROM statements"])
    names = set(everything.scalars(text(asked)))
    for view in VIEWS:
        rows = _rows(everything, view.name)
        assert rows, f"{view.name} is empty, so nothing is proven of it"
        for row in rows:
            for column in view.columns:
                value = row[column.name]
                assert value not in names
                assert value is None or isinstance(value, HOLDS[column.kind]), column.name
                if column.subject and value is not None:
                    assert re.fullmatch(r"[0-9a-f]{32}", str(value)), column.name


def test_rows_are_joined_by_their_numbers(everything: Session) -> None:
    """Each number leads to one row of the view that it names, and a view has all rows of its table."""
    everything.flush()
    own = {"development_id": "developments", "agency_id": "agencies", "contact_id": "contacts", "deal_id": "deals"}
    own |= {"statement_id": "statements"}
    known = {name: {row[name] for row in _rows(everything, view)} for name, view in own.items()}
    for view in VIEWS:
        for row in _rows(everything, view.name):
            assert all(row[name] is None or row[name] in known[name] for name in own if name in row)
    for name in ("deals", "showings", "leads", "statements", "payouts"):
        rows = _rows(everything, name)
        counted = everything.scalar(text(f"SELECT count(*) FROM {name}"))
        assert len({row[f"{name[:-1]}_id"] for row in rows}) == len(rows) == counted


def test_a_deal_says_what_it_is(session: Session, now: datetime) -> None:
    deal = world.shown_deal(session, now, make.development(session))
    gone = world.shown_deal(session, now, make.development(session))
    make.cancel(session, gone, now)
    session.flush()
    stands = {row["price_fen"]: row["stands"] for row in _rows(session, "deals") if row["cancelled_at"] is None}
    assert stands == {deal.price_fen: 1}
    assert [row["counts"] for row in _rows(session, "showings")] == [1, 1]


def test_each_row_gets_its_number_when_it_comes(session: Session, dialect: Dialect) -> None:
    """A table that is written anew by a migration loses its triggers on SQLite: this finds it."""
    asked = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_reporting_key'",
        "postgresql": "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%reporting_key'",
    }
    assert sorted(session.scalars(text(asked[dialect]))) == sorted(KEYED)
    assert set(KEYED) <= set(Base.metadata.tables)
    make.touch(session)
    session.flush()
    keys = "SELECT key FROM reporting_keys WHERE subject = 'touches'"
    (before,) = session.scalars(text(keys)).all()
    session.execute(text("UPDATE touches SET retired_at = at"))
    assert session.scalars(text(keys)).all() == [before]


def test_views_come_back_behind_a_migration(database: Database, dialect: Dialect) -> None:
    """They go before the tables beneath them change, and are there again at the newest schema alone."""
    with database.engine.begin() as connection:
        schema.take_down(connection)
        assert columns(connection, dialect) == []
        schema.put_up(connection)
        schema.put_up(connection)  # as a second `portal migrate`
        assert len(columns(connection, dialect)) == len(PROMISED)
    assert set(inspect(database.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
