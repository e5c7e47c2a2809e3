"""Lost second factors: who says so, and their reset by two people, with a day in between where money hangs on it."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

OPEN = "state = 'proposed' OR (state = 'confirmed' AND done_at IS NULL AND cancelled_at IS NULL)"
PROPOSED = "person_id, note, proposed_by, proposed_at"
DECIDED = (
    "OLD.state IN ('refused', 'withdrawn') OR OLD.done_at IS NOT NULL OR OLD.cancelled_at IS NOT NULL OR "
    "(OLD.state = 'confirmed' AND (NEW.state <> OLD.state OR NEW.decided_by <> OLD.decided_by OR "
    "NEW.decided_at <> OLD.decided_at OR NEW.due_at <> OLD.due_at OR NEW.reason IS NOT NULL))"
)
"""A decision stands; of a confirmed one only its end is still to come, once."""

CHECKS = {
    "state_known": "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')",
    "decided": "(state = 'proposed') = (decided_by IS NULL)",
    "decided_when": "(decided_by IS NULL) = (decided_at IS NULL)",
    "second_person": "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
    "own_withdrawal": "state <> 'withdrawn' OR decided_by = proposed_by",
    "has_reason": "state <> 'refused' OR length(reason) > 0",
    "not_proposed_for_oneself": "proposed_by <> person_id",
    "not_own_account": "state <> 'confirmed' OR decided_by <> person_id",
    "due_when_confirmed": "(state = 'confirmed') = (due_at IS NOT NULL)",
    "due_afterwards": "due_at IS NULL OR due_at >= decided_at",
    "done_when_due": "done_at IS NULL OR (state = 'confirmed' AND done_at >= due_at)",
    "ends_once": "cancelled_at IS NULL OR (state = 'confirmed' AND done_at IS NULL)",
    "cancelled_by_somebody": "(cancelled_at IS NULL) = (cancelled_by IS NULL)",
    "has_note": "length(note) > 0",
}


def upgrade() -> None:
    people = ("person_id", "proposed_by", "decided_by", "cancelled_by")
    op.create_table(
        "factor_resets",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_by", BigInt, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *(sa.CheckConstraint(said, name=op.f(f"ck_factor_resets_{name}")) for name, said in CHECKS.items()),
        *(sa.ForeignKeyConstraint([one], ["people.id"], name=op.f(f"fk_factor_resets_{one}")) for one in people),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_resets")),
    )
    op.create_index("ix_factor_resets_state", "factor_resets", ["state", "id"])
    _once("factor_resets", OPEN)
    op.create_table(
        "lost_factor_notes",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", BigInt, nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_lost_factor_notes_closed_by_somebody")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_lost_factor_notes_person_id")),
        sa.ForeignKeyConstraint(["closed_by"], ["people.id"], name=op.f("fk_lost_factor_notes_closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_factor_notes")),
    )
    _once("lost_factor_notes", "closed_at IS NULL")
    _guard()


def downgrade() -> None:
    op.drop_table("lost_factor_notes")
    op.drop_table("factor_resets")


def _once(table: str, still_open: str) -> None:
    where = sa.text(still_open)
    op.create_index(f"uq_{table}_person", table, ["person_id"], unique=True, sqlite_where=where, postgresql_where=where)


def _guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        refuse = "BEGIN SELECT RAISE(ABORT, 'factor_resets is append-only'); END"
        op.execute(f"CREATE TRIGGER factor_resets_no_text BEFORE UPDATE OF {PROPOSED} ON factor_resets {refuse}")
        op.execute(f"CREATE TRIGGER factor_resets_no_decision BEFORE UPDATE ON factor_resets WHEN {DECIDED} {refuse}")
        return
    op.execute(
        f"CREATE TRIGGER factor_resets_no_text BEFORE UPDATE OF {PROPOSED} ON factor_resets "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER factor_resets_no_decision BEFORE UPDATE ON factor_resets "
        f"FOR EACH ROW WHEN ({DECIDED}) EXECUTE FUNCTION refuse_change()"
    )
