"""A closed month is sealed for every agency, with or without a row, and its row stays as it is.

Until now a close sealed only the agencies that had something in the month. From now on every window that ends with a
closed month is sealed since that close. Where nothing was recorded in such a window since, that is all: its ranks are
the same, and nothing is due that was not posted. Where late deals were recorded in one, they were posted as in an open
window: that window is sealed right behind what was recorded last, so that what was posted for it is what is due.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone

import sqlalchemy as sa
from alembic import op

from portal.types import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

SHANGHAI = timezone(timedelta(hours=8))

PERIODS = sa.table("periods", sa.column("month"), sa.column("closed_at", UtcDateTime()), sa.column("started_by"))
SEALS = sa.table(
    "window_seals",
    *(sa.column(name) for name in ("agency_id", "label", "sealed_by")),
    sa.column("sealed_at", UtcDateTime()),
)
DEALS = sa.table("deals", sa.column("id"), sa.column("agency_id"), sa.column("signed_at", UtcDateTime()))
MILESTONES = sa.table("milestones", sa.column("deal_id"), sa.column("recorded_at", UtcDateTime()))
CORRECTIONS = sa.table("corrections", sa.column("id"), sa.column("made_at", UtcDateTime()))
FACTS = sa.table("corrected_facts", *(sa.column(name) for name in ("deal_id", "correction_id", "what")))


def upgrade() -> None:
    seal_what_was_used_since()
    _refuse("stands", "UPDATE", "OLD.state = 'closed'", "a closed month stays as it is")
    _refuse("stay", "DELETE", "OLD.state <> 'open'", "a month that was begun to close is never deleted")


def downgrade() -> None:
    for name, _deed in (("stands", "UPDATE"), ("stay", "DELETE")):
        if _on_sqlite():
            op.execute(f"DROP TRIGGER periods_{name}")
        else:
            op.execute(f"DROP TRIGGER periods_{name} ON periods")
            op.execute(f"DROP FUNCTION periods_{name}()")


def seal_what_was_used_since() -> None:
    """Seal the windows of closed months in which something was recorded since, and that no close and no hand sealed."""
    bind = op.get_bind()
    closed = bind.execute(sa.select(PERIODS).where(PERIODS.c.closed_at.is_not(None))).mappings().all()
    there = {(row.agency_id, row.label) for row in bind.execute(sa.select(SEALS.c.agency_id, SEALS.c.label))}
    rows = [
        {"agency_id": agency_id, "label": label, "sealed_at": last + timedelta.resolution, "sealed_by": by}
        for at, by, label, start, end in _windows(closed)
        for agency_id, last in _recorded(start, end)
        if last >= at and (agency_id, label) not in there
    ]
    if rows:
        bind.execute(sa.insert(SEALS), rows)


def _windows(closed: Sequence[sa.RowMapping]) -> Iterator[tuple[datetime, int, str, datetime, datetime]]:
    """The windows that end with closed months: the close, who began it, label, and the instants that it spans."""
    for period in closed:
        year, month = map(int, period["month"].split("-"))
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=SHANGHAI).astimezone(UTC)
        labels = [(period["month"], month)]
        labels += [(f"{year}-Q{month // 3}", month - 2)] if month % 3 == 0 else []
        labels += [(str(year), 1)] if month == 12 else []
        for label, first in labels:
            start = datetime(year, first, 1, tzinfo=SHANGHAI).astimezone(UTC)
            yield period["closed_at"], period["started_by"], label, start, end


def _recorded(start: datetime, end: datetime) -> Iterator[tuple[int, datetime]]:
    """When something was recorded last, by agency, of deals that are in a window or that a corrected date moved."""
    moved = sa.select(FACTS.c.deal_id).where(FACTS.c.what == "signed_at")
    inside = sa.and_(DEALS.c.signed_at >= start, DEALS.c.signed_at < end)
    concerned = sa.and_(DEALS.c.agency_id.is_not(None), sa.or_(inside, DEALS.c.id.in_(moved)))
    steps = sa.select(DEALS.c.agency_id, MILESTONES.c.recorded_at.label("at"))
    steps = steps.join_from(DEALS, MILESTONES, MILESTONES.c.deal_id == DEALS.c.id).where(concerned)
    corrected = (
        sa.select(DEALS.c.agency_id, CORRECTIONS.c.made_at.label("at"))
        .join_from(DEALS, FACTS, FACTS.c.deal_id == DEALS.c.id)
        .join(CORRECTIONS, CORRECTIONS.c.id == FACTS.c.correction_id)
        .where(concerned)
    )
    known = sa.union_all(steps, corrected).subquery()
    last = sa.select(known.c.agency_id, sa.func.max(known.c.at, type_=UtcDateTime())).group_by(known.c.agency_id)
    yield from op.get_bind().execute(last).all()


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _refuse(name: str, deed: str, when: str, why: str) -> None:
    """A trigger that refuses the deed on a month of which `when` is true."""
    if _on_sqlite():
        op.execute(
            f"CREATE TRIGGER periods_{name} BEFORE {deed} ON periods WHEN {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION periods_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{why}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER periods_{name} BEFORE {deed} ON periods "
        f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION periods_{name}()"
    )
