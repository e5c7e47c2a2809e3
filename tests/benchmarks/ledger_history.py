"""What happens to one deal, while years of lines lie behind it: does it take as long as with none?

The history is made in its shape alone, by the database itself: stated lines of months gone by with their transfers,
under the product's own indexes, constraints and triggers. Its blocks' hashes are made up, for nothing here reads them.
By default a million lines; `--history 100000000` makes the issue's hundred, where there is room and time for them.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.clock import month_of
from portal.config import new_secrets
from portal.db import Database
from portal.models import Agency, Cause, Deal, MilestoneKind, Person, Role, agency_payee
from portal.services.deals import deals
from portal.services.ledger.lines import NewLine, post_lines
from portal.services.periods import bulk_statements
from tests import factories as make
from tests.benchmarks.databases import databases, settle
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds
from tests.databases import DIALECTS
from tests.factories import history

MONTH = "2026-03"
AT = datetime(2026, 3, 31, 2, tzinfo=UTC)
STEP = 1_000_000
"""So many lines are made in one statement."""
LINES = 100
"""Lines that are posted at once, to see what an insert costs."""


def measure(effort: Effort) -> Iterator[Row]:
    """Both databases: each thing with the history behind it, against the same without."""
    for dialect in DIALECTS:
        with databases(dialect, new_secrets()) as made:
            bare, laden = made("bare"), made("laden")
            for database in (bare, laden):
                _world(database)
            _make_history(laden, effort.history)
            settle(laden)
            given = {name: in_turn(effort, _trials(bare, laden, thing)) for name, thing in _THINGS.items()}
        for thing, times in given.items():
            name = f"{thing}, {dialect}, {effort.history:,} lines behind it"
            yield row(name, "ms", times["laden"], "the same without a history", times["bare"])


def _world(database: Database) -> None:
    """An agency with 2,491 deals of the month and some with few, all posted by a milestone's event."""
    with database.transaction() as session:
        make.person(session, Role.FINANCE)
        history.load(session, deals=4 * history.LARGEST, agencies=40, month=MONTH)
    settle(database)


def _trials(bare: Database, laden: Database, thing: Callable[[Database], None]) -> dict[str, Callable[[], float]]:
    """Milliseconds of a thing in both, some times over."""

    def times(database: Database) -> Callable[[], float]:
        return lambda: median(seconds(lambda: thing(database)) * 1000 for _ in range(3))

    return {"bare": times(bare), "laden": times(laden)}


def _cancel(database: Database, place: int) -> None:
    """Cancel a deal of the agency that has the most deals (0), or of the one that has the fewest (-1)."""
    with database.transaction() as session:
        agency_id = _agency(session, place)
        living = select(Deal).where(Deal.agency_id == agency_id, Deal.cancelled_at.is_(None), Deal.signed_at < AT)
        deal = session.scalars(living.order_by(Deal.signed_at.desc(), Deal.id).limit(1)).one()
        deals.record_milestone(session, _finance(session), AT, deal, kind=MilestoneKind.CANCELLED, at=AT)


def _post(database: Database) -> None:
    with database.transaction() as session:
        payee = agency_payee(_agency(session, -1))
        head = session.scalar(text("SELECT max(id) FROM ledger_batches")) or 0
        lines = [
            NewLine(f"bench:{head}:{place}", payee, Cause.ADJUSTMENT, 100, "a bench", {}) for place in range(LINES)
        ]
        post_lines(session, _finance(session), AT, reference=f"bench:{head}", lines=lines)


def _open(database: Database) -> None:
    with database.reading() as session:
        bulk_statements.open_lines(session, [agency_payee(_agency(session, -1))], MONTH)


_THINGS: dict[str, Callable[[Database], None]] = {
    "cancel in the largest agency (2,491 deals)": partial(_cancel, place=0),
    "cancel in a small agency": partial(_cancel, place=-1),
    f"post {LINES} lines": _post,
    "a payee's open lines": _open,
}


def _agency(session: Session, place: int) -> int:
    return session.scalars(select(Agency.id).order_by(Agency.id)).all()[place]


def _finance(session: Session) -> Actor:
    return Actor.of(session.scalars(select(Person).where(Person.role == Role.FINANCE).order_by(Person.id)).first())


# The history


def _make_history(database: Database, lines: int) -> None:
    """So many stated lines of the agencies, some thousand a month, back from the month before."""
    made, month = 0, 0
    while made < lines:
        count = min(STEP, lines - made)
        month += 1
        with database.engine.begin() as connection:
            _make_month(connection, count, month, AT - timedelta(days=16 + 30 * month))
        made += count


def _make_month(connection: Connection, count: int, month: int, at: datetime) -> None:
    """One batch of lines with their transfers, a statement for each agency, and every line in its own."""
    first = {
        table: connection.scalar(text(f"SELECT coalesce(max(id), 0) FROM {table}")) or 0
        for table in ("ledger_batches", "posted_lines", "statements")
    }
    known = {
        "batch": first["ledger_batches"] + 1,
        "line": first["posted_lines"],
        "statement": first["statements"],
        "count": count,
        "month": month_of(at),
        "version": month,
        "label": f"h{month}",
        "at": _stored(connection, at),
        "issued": _stored(connection, at + timedelta(days=5)),
    }
    for statement in _HISTORY:
        connection.execute(text(statement.replace("SERIES", _SERIES[connection.dialect.name])), known)
    if connection.dialect.name == "postgresql":
        for table in ("posted_lines", "statements"):
            connection.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))


def _stored(connection: Connection, at: datetime) -> datetime | str:
    return at if connection.dialect.name == "postgresql" else f"{at:%Y-%m-%d %H:%M:%S.%f}"


_SERIES = {
    "postgresql": "(SELECT n FROM generate_series(1, :count) AS n)",
    "sqlite": "(WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :count) "
    "SELECT n FROM counted)",
}
_AGENCY = "(SELECT min(id) FROM agencies) + n % (SELECT count(*) FROM agencies)"
_HISTORY = (
    "INSERT INTO ledger_batches (id, reference, at, actor_id, previous_hash, hash) "
    "VALUES (:batch, :label, :at, NULL, 'before ' || :label, 'of ' || :label)",
    "INSERT INTO ledger_transfers (batch_id, reference, debit, credit, amount_fen, why) "
    "SELECT :batch, :label || ':' || n, 'expense:commission', "
    f"'accrued:agency:' || ({_AGENCY}), 100, 'history' FROM SERIES AS series",
    'INSERT INTO posted_lines (id, reference, agency_id, cause, amount_fen, deal_id, instalment, "window", '
    "plan_version_id, why, batch_id, posted_at) "
    f"SELECT :line + n, :label || ':' || n, {_AGENCY}, 'adjustment', 100, NULL, NULL, NULL, NULL, '{{}}', :batch, :at "
    "FROM SERIES AS series",
    "INSERT INTO statements (id, number, agency_id, month, version, opening_fen, lines_fen, total_fen, payable_fen, "
    "carried_fen, issued_to, issued_by, issued_at) "
    "SELECT :statement + 1 + id - (SELECT min(id) FROM agencies), :label || '-' || id, id, :month, :version, 0, "
    "100, 100, 100, 0, name, (SELECT min(id) FROM people), :issued FROM agencies",
    "INSERT INTO statement_lines (line_id, statement_id) "
    "SELECT :line + n, :statement + 1 + n % (SELECT count(*) FROM agencies) FROM SERIES AS series",
)
