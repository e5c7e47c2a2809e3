"""A referrer's own line on a poster is asked for once and read by staff before it stands there."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

TABLE = "poster_lines"
COUNTS = sa.text("state IN ('proposed', 'confirmed')")
CHECKS = {
    "state_known": "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')",
    "decided": "(state = 'proposed') = (decided_by IS NULL)",
    "decided_when": "(decided_by IS NULL) = (decided_at IS NULL)",
    "second_person": "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
    "own_withdrawal": "state <> 'withdrawn' OR decided_by = proposed_by",
    "has_reason": "state <> 'refused' OR length(reason) > 0",
}
PROPOSED = "id, development_id, text, proposed_by, proposed_at"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *(sa.CheckConstraint(check, name=op.f(f"ck_{TABLE}_{name}")) for name, check in CHECKS.items()),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f(f"fk_{TABLE}_development_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f(f"fk_{TABLE}_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f(f"fk_{TABLE}_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(f"ix_{TABLE}_state", TABLE, ["state", "id"])
    op.create_index(
        f"uq_{TABLE}_text",
        TABLE,
        ["proposed_by", "development_id", "text"],
        unique=True,
        sqlite_where=COUNTS,
        postgresql_where=COUNTS,
    )
    _guard()


def downgrade() -> None:
    op.drop_table(TABLE)


def _guard() -> None:
    """What is proposed never changes, and a decision is final."""
    if op.get_bind().dialect.name == "sqlite":
        for name, event in (
            ("text", f"UPDATE OF {PROPOSED} ON {TABLE}"),
            ("decision", f"UPDATE ON {TABLE} WHEN OLD.state <> 'proposed'"),
            ("delete", f"DELETE ON {TABLE}"),
        ):
            op.execute(
                f"CREATE TRIGGER {TABLE}_no_{name} BEFORE {event} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
        return
    for name, event in (("text", f"UPDATE OF {PROPOSED}"), ("delete", "DELETE OR TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{name} BEFORE {event} ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"CREATE TRIGGER {TABLE}_no_decision BEFORE UPDATE ON {TABLE} "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )
