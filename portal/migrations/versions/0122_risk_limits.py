"""Limits of the risk desk: proposed by one person, published by another."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0122"
down_revision = "0121"
branch_labels = None
depends_on = None

NAME = "risk_limits"
PROPOSED = ("toml", "note", "proposed_by", "proposed_at")
"""The columns that stand from a proposal's first instant."""


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f(f"ck_{NAME}_state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f(f"ck_{NAME}_decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f(f"ck_{NAME}_decided_when")),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by", name=op.f(f"ck_{NAME}_second_person")
        ),
        sa.CheckConstraint("state <> 'withdrawn' OR decided_by = proposed_by", name=op.f(f"ck_{NAME}_own_withdrawal")),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f(f"ck_{NAME}_has_reason")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f(f"fk_{NAME}_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f(f"fk_{NAME}_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
    )
    op.create_index(f"ix_{NAME}_state", NAME, ["state", "id"])
    if op.get_bind().dialect.name == "sqlite":
        for name, event in (
            ("text", f"UPDATE OF {', '.join(PROPOSED)} ON {NAME}"),
            ("decision", f"UPDATE ON {NAME} WHEN OLD.state <> 'proposed'"),
            ("delete", f"DELETE ON {NAME}"),
        ):
            op.execute(
                f"CREATE TRIGGER {NAME}_no_{name} BEFORE {event} "
                f"BEGIN SELECT RAISE(ABORT, '{NAME} is append-only'); END"
            )
        return
    for name, event in (("text", f"UPDATE OF {', '.join(PROPOSED)}"), ("delete", "DELETE OR TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER {NAME}_no_{name} BEFORE {event} ON {NAME} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"CREATE TRIGGER {NAME}_no_decision BEFORE UPDATE ON {NAME} "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    if op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table(NAME))):
        raise NotImplementedError(
            "limits of the risk desk and who set them would be forgotten: restore a backup instead"
        )
    op.drop_table(NAME)
