"""What each day of a development came to, and marks of the days that changed: the database writes them."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0124"
down_revision = "0123"
branch_labels = None
depends_on = None

TABLES = ("showings", "showing_reviews", "deals")


def upgrade() -> None:
    op.create_table(
        "day_figures",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("development_id", BigInt, nullable=False, autoincrement=False),
        *(sa.Column(name, BigInt, nullable=False) for name in ("deals", "shown", "referred", "showings")),
        sa.CheckConstraint("shown <= deals AND referred <= deals", name=op.f("ck_day_figures_parts_of_deals")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_day_figures_development_id")),
        sa.PrimaryKeyConstraint("day", "development_id", name=op.f("pk_day_figures")),
    )
    op.create_table(
        "day_marks",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_marks")),
    )
    op.create_index("ix_day_marks_day", "day_marks", ["day", "development_id"])
    every = (
        f"SELECT {_day('signed_at')}, development_id FROM deals WHERE signed_at IS NOT NULL "  # noqa: S608 - names of ours
        f"UNION SELECT {_day('at')}, development_id FROM showings"
    )
    op.execute(f"INSERT INTO day_marks (day, development_id) {every}")
    if _sqlite():
        _on_sqlite()
    else:
        _on_postgresql()


def downgrade() -> None:
    names = [(table, f"{table}_mark_day") for table in TABLES] + [("deals", "deals_mark_days")]
    for table, name in names:
        op.execute(f"DROP TRIGGER {name}" + ("" if _sqlite() else f" ON {table}"))
    if not _sqlite():
        for name in ("mark_days_of_showings", "mark_days_of_reviews", "mark_days_of_deals", "mark_days_of_a_deal"):
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("day_marks")
    op.drop_table("day_figures")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _day(column: str) -> str:
    """The Shanghai day of an instant."""
    return f"date({column}, '+8 hours')" if _sqlite() else f"({column} AT TIME ZONE 'Asia/Shanghai')::date"


STANDING = "signed_at IS NOT NULL AND cancelled_at IS NULL"
CHANGED = ("signed_at", "cancelled_at", "touch_id", "agency_id", "development_id")
"""What of a deal its day's figures hang on."""


def _mark(rows: str) -> str:
    return f"INSERT INTO day_marks (day, development_id) {rows};"


def _of_touch(touch: str) -> str:
    """The days of the deals whose client a touch is: they were shown now, or were not after all."""
    return _mark(f"SELECT {_day('signed_at')}, development_id FROM deals WHERE touch_id = {touch} AND {STANDING}")  # noqa: S608 - names of ours


def _of_row(row: str) -> str:
    return _mark(f"SELECT {_day(f'{row}.signed_at')}, {row}.development_id WHERE {row}.signed_at IS NOT NULL")


def _on_sqlite() -> None:
    shown = _mark(f"SELECT {_day('NEW.at')}, NEW.development_id") + _of_touch("NEW.touch_id")
    op.execute(
        f"CREATE TRIGGER showings_mark_day AFTER INSERT ON showings WHEN NEW.verdict = 'verified' BEGIN {shown} END"
    )
    the_showing = "FROM showings WHERE id = NEW.showing_id"
    reviewed = _mark(f"SELECT {_day('at')}, development_id {the_showing}")
    reviewed += _of_touch(f"(SELECT touch_id {the_showing})")
    op.execute(f"CREATE TRIGGER showing_reviews_mark_day AFTER INSERT ON showing_reviews BEGIN {reviewed} END")
    op.execute(f"CREATE TRIGGER deals_mark_day AFTER INSERT ON deals BEGIN {_of_row('NEW')} END")
    both = _of_row("OLD") + _of_row("NEW")
    op.execute(f"CREATE TRIGGER deals_mark_days AFTER UPDATE OF {', '.join(CHANGED)} ON deals BEGIN {both} END")


def _on_postgresql() -> None:
    joined = _mark(
        f"SELECT DISTINCT {_day('one.at')}, one.development_id FROM fresh AS one "  # noqa: S608 - names of ours
        f"WHERE one.verdict = 'verified' UNION SELECT {_day('deals.signed_at')}, deals.development_id "
        f"FROM fresh AS one JOIN deals ON deals.touch_id = one.touch_id WHERE one.verdict = 'verified' AND {STANDING}"
    )
    reviewed = _mark(
        f"SELECT {_day('one.at')}, one.development_id FROM fresh JOIN showings AS one ON one.id = fresh.showing_id "  # noqa: S608 - names of ours
        f"UNION SELECT {_day('deals.signed_at')}, deals.development_id FROM fresh "
        f"JOIN showings AS one ON one.id = fresh.showing_id JOIN deals ON deals.touch_id = one.touch_id WHERE {STANDING}"
    )
    added = _mark(f"SELECT DISTINCT {_day('signed_at')}, development_id FROM fresh WHERE signed_at IS NOT NULL")  # noqa: S608 - names of ours
    _after_statement("showings", "mark_days_of_showings", joined)
    _after_statement("showing_reviews", "mark_days_of_reviews", reviewed)
    _after_statement("deals", "mark_days_of_deals", added)
    both = f"{_of_row('OLD')} {_of_row('NEW')}"
    _function("mark_days_of_a_deal", both)
    op.execute(
        f"CREATE TRIGGER deals_mark_days AFTER UPDATE OF {', '.join(CHANGED)} ON deals "
        "FOR EACH ROW EXECUTE FUNCTION mark_days_of_a_deal()"
    )


def _after_statement(table: str, function: str, body: str) -> None:
    """One mark a day for all rows of a statement."""
    _function(function, body)
    op.execute(
        f"CREATE TRIGGER {table}_mark_day AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    )


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$")
