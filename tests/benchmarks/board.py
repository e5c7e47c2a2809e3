"""The board of measures and the rows behind its figures, at a million deals and five million showings on PostgreSQL:
the board should be there in 300 ms, a drill-down in 200 ms, also of a month long past.

Each is held against the same portal with a hundredth of them. A tenth of the developments had a change today since the
last sweep.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session
from werkzeug.test import Client as Browser

from portal.app import create_app
from portal.clock import month_of
from portal.config import Config, new_secrets
from portal.db import Database
from portal.models import Role
from portal.services.accounts.sign_in import open_session
from portal.services.measures import board, day_figures
from tests import factories as make
from tests.benchmarks.databases import databases, settle
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds
from tests.benchmarks.pages import cookie_of

AT = datetime(2026, 11, 28, 4, tzinfo=UTC)
FIRST = datetime(2024, 11, 30, 16, tzinfo=UTC)
DEVELOPMENTS = 50
SHOWINGS_A_DEAL = 5
ASKED = 3
"""So often a page is asked for in a round."""

_UNWATCHED = (
    "SET LOCAL session_replication_role = replica"  # what is loaded refers to what is there, and is counted after
)
_SPREAD = (
    "CAST(:first AS timestamptz) + (CAST(:until AS timestamptz) - CAST(:first AS timestamptz)) "
    "* (CAST(n AS float8) / :count)"
)
_TOUCHES = f"""
    INSERT INTO touches (id, development_id, kind, person_id, agency_id, name_sealed, at, retired_at)
    SELECT :from + n, :place + n % :places, CASE WHEN n % 4 = 0 THEN 'referral_lead' ELSE 'registration' END,
        :person, CASE WHEN n % 4 <> 0 THEN :agency END, '\\x00', {_SPREAD}, {_SPREAD}
    FROM generate_series(0, :count - 1) AS n
"""
_SHOWINGS = f"""
    INSERT INTO showings (touch_id, development_id, broker_id, agency_id, way, verdict, reasons, evidence, risk, at)
    SELECT :from + n / :each, :place + (n / :each) % :places, :person, :agency, 'reception',
        CASE WHEN n % 10 = 0 THEN 'needs_review' ELSE 'verified' END, '[]', '{{}}', 0, {_SPREAD}
    FROM generate_series(0, :count - 1) AS n
"""
_DEALS = f"""
    INSERT INTO deals (development_id, client_id, name_sealed, unit, price_fen, touch_id, owner_id, agency_id,
        created_at, created_by, signed_at, cancelled_at)
    SELECT :place + n % :places, :client, '\\x00', 'A-' || n, 200000000, :from + n, :person,
        CASE WHEN n % 4 <> 0 THEN :agency END, {_SPREAD}, :staff, {_SPREAD}, CASE WHEN n % 50 = 0 THEN {_SPREAD} END
    FROM generate_series(0, :count - 1) AS n
"""
_MARKS = """
    INSERT INTO day_marks (day, development_id) SELECT CAST(d AS date), id
    FROM generate_series(CAST(:first AS date), CAST(:until AS date), interval '1 day') AS d CROSS JOIN developments
"""
_CHANGED = """
    INSERT INTO day_marks (day, development_id) SELECT CAST(:at AS date), id FROM developments WHERE id % 10 = 0
"""


@dataclass(frozen=True, slots=True)
class _Portal:
    """A portal with its history, and who reads its board."""

    app: Flask
    cookie: str


def measure(effort: Effort) -> Iterator[Row]:
    """Each page at many deals, against the same at a hundredth of them."""
    many, few = effort.deals, max(DEVELOPMENTS, effort.deals // 100)
    month = month_of(AT)
    old = board.months_until(month)[0]
    pages = {
        "board of measures": f"/measures/?month={month}",
        "showings that count, this month": f"/measures/figures/agencies/whole?month={month}",
        "deals after a showing, this month": f"/measures/figures/agencies/part?month={month}",
        "deals of referrals, a year ago": f"/measures/figures/referral/part?month={old}",
        "showings that count, a year ago": f"/measures/figures/agencies/whole?month={old}",
    }
    with ExitStack() as opened:
        large, small = (_portal(opened, count) for count in (many, few))
        for name, path in pages.items():
            given = in_turn(effort, {"large": _asking(large, path), "small": _asking(small, path)})
            said = f"{name}, {many:,} deals, {many * SHOWINGS_A_DEAL:,} showings"
            yield row(said, "ms", given["large"], f"at {few:,} deals", given["small"])


def _asking(portal: _Portal, path: str) -> Callable[[], float]:
    http, headers = Browser(portal.app, use_cookies=False), {"Cookie": portal.cookie}

    def ask() -> None:
        for _ in range(ASKED):
            response = http.get(path, headers=headers)
            assert response.status_code == 200, (path, response.status_code)

    return lambda: seconds(ask) * 1000 / ASKED


def _portal(opened: ExitStack, deals: int) -> _Portal:
    secrets = new_secrets()
    database = opened.enter_context(databases("postgresql", secrets))("portal")
    with database.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
        load(session, deals, manager.id)
        secret = open_session(session, AT, manager, address="127.0.0.1", device="benchmark", days=1)
    _sweep(database)
    app = create_app(Config(database_url=database.url, log_level="WARNING", **secrets), lambda: AT)
    opened.callback(app.extensions["database"].dispose)
    return _Portal(app, cookie_of(app, secret))


def load(session: Session, deals: int, staff_id: int) -> None:
    """Two years of deals, each of a contact of its own that was shown some times; every day is marked."""
    broker, client = make.broker(session), make.client(session)
    places = [make.development(session).id for _ in range(DEVELOPMENTS)]
    session.flush()
    connection = session.connection()
    connection.execute(text(_UNWATCHED))
    facts = {"first": FIRST, "until": AT, "place": places[0], "places": DEVELOPMENTS, "from": 1, "staff": staff_id}
    facts |= {"person": broker.id, "agency": broker.agency_id, "client": client.id, "each": SHOWINGS_A_DEAL}
    for query, count in ((_TOUCHES, deals), (_SHOWINGS, deals * SHOWINGS_A_DEAL), (_DEALS, deals)):
        _ask(connection, query, facts | {"count": count})
    _ask(connection, _MARKS, facts)


def _ask(connection: Connection, query: str, facts: dict[str, object]) -> None:
    connection.execute(text(query), {name: value for name, value in facts.items() if f":{name}" in query})


def _sweep(database: Database) -> None:
    """Count all days, and let a tenth of today's change since."""
    settle(database)
    with database.transaction() as session:
        day_figures.count_due(session)
        session.execute(text(_CHANGED), {"at": AT})
    settle(database)
