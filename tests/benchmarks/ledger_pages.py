"""Money's pages as the portal grows: the same pages over a small month that was closed and over a large one.

A page that looked through its whole table would take as many times as long as there are more deals. The worst that is
allowed is half as long again.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import Client

from portal.access.actor import Actor
from portal.app import create_app
from portal.config import Config, new_secrets
from portal.models import PostedLine, Role, Statement, StatementLine
from portal.services.accounts.sign_in import open_session
from portal.services.periods import periods
from portal.services.periods import worker as close_worker
from tests import factories as make
from tests.benchmarks.databases import databases, settle
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds
from tests.benchmarks.pages import cookie_of
from tests.databases import DIALECTS, Dialect
from tests.factories import history

MONTH = "2026-03"
AFTER = datetime(2026, 4, 2, 2, tzinfo=UTC)
DEALS_AN_AGENCY = 50
FEW = 10_000
"""The deals of the small portal: enough to fill a page of every list."""
ASKED = 10
"""So often a page is asked for in a round."""


@dataclass(frozen=True, slots=True)
class _Portal:
    """A portal whose month is closed: its application, who reads, and the addresses of its pages."""

    app: Flask
    cookie: str
    pages: dict[str, str]


def measure(effort: Effort) -> Iterator[Row]:
    """Every page on both databases: at many deals, against the same page at few."""
    many = effort.closed_deals
    few = min(FEW, many // 8)
    for dialect in DIALECTS:
        with ExitStack() as opened:
            large, small = (_portal(opened, dialect, count) for count in (many, few))
            for page in large.pages:
                given = in_turn(effort, {"large": _asking(large, page), "small": _asking(small, page)})
                name = f"{page}, {dialect}, {many:,} deals"
                yield row(name, "ms", given["large"], f"the same at {few:,} deals", given["small"])


def _asking(portal: _Portal, page: str) -> Callable[[], float]:
    http, headers = Client(portal.app, use_cookies=False), {"Cookie": portal.cookie}

    def ask() -> None:
        for _ in range(ASKED):
            response = http.get(portal.pages[page], headers=headers)
            assert response.status_code == 200, (page, response.status_code)

    return lambda: seconds(ask) * 1000 / ASKED


def _portal(opened: ExitStack, dialect: Dialect, deals: int) -> _Portal:
    secrets = new_secrets()
    database = opened.enter_context(databases(dialect, secrets))("portal")
    with database.transaction() as session:
        finance = make.person(session, Role.FINANCE)
        history.load(session, deals=deals, agencies=max(1, deals // DEALS_AN_AGENCY), month=MONTH)
    settle(database)
    with database.transaction() as session:
        period = periods.start_close(session, Actor.of(finance), AFTER, month=MONTH)
    close_worker.run(database, lambda: AFTER, period.id)
    settle(database)
    app = create_app(Config(database_url=database.url, log_level="WARNING", **secrets), lambda: AFTER)
    opened.callback(app.extensions["database"].dispose)
    with app.extensions["database"].transaction() as session:
        secret = open_session(session, AFTER, finance, address="127.0.0.1", device="benchmark", days=1)
        pages = _pages(session)
    return _Portal(app, cookie_of(app, secret), pages)


def _pages(session: Session) -> dict[str, str]:
    """The pages by name; those of one payee are of one whose statement has about thirty lines, in both portals."""
    lines = func.count(StatementLine.line_id)
    sizes = select(StatementLine.statement_id).group_by(StatementLine.statement_id)
    statement_id = session.scalars(sizes.order_by(func.abs(lines - 30), StatementLine.statement_id)).first()
    statement = session.get_one(Statement, statement_id)
    middle = session.scalar(select(func.max(PostedLine.id))) // 2
    return {
        "statements": "/statements",
        "statements of one agency": f"/statements?agency={statement.agency_id}",
        "a statement": f"/statements/{statement_id}",
        "payouts": "/payouts",
        "ledger": "/ledger",
        "an account with everything": "/ledger/accounts/expense:commission",
        "its middle": f"/ledger/accounts/expense:commission?after={middle}",
        "an agency's account": f"/ledger/accounts/payable:agency:{statement.agency_id}",
        "period board, closed month": f"/periods?month={MONTH}",
    }
