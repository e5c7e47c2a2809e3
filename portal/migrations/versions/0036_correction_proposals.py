"""A correction that moves much money is proposed by one person and confirmed by another.

What is proposed never changes, a decision is final, and a confirmed one names the correction that it became.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TABLE = "correction_proposals"
FACTS = ("deal_id", "price_fen", "signed_at", "agreement_id", "label", "version_id", "because", "lines", "moved_fen")
PROPOSED = (*FACTS, "proposed_by", "proposed_at")
"""The columns that stand from the first instant."""


def upgrade() -> None:
    _create()
    if op.get_bind().dialect.name == "sqlite":
        for name, event in (
            ("text", f"UPDATE OF {', '.join(PROPOSED)} ON {TABLE}"),
            ("decision", f"UPDATE ON {TABLE} WHEN OLD.state <> 'proposed'"),
            ("delete", f"DELETE ON {TABLE}"),
        ):
            op.execute(
                f"CREATE TRIGGER {TABLE}_no_{name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
        return
    for name, event in (("text", f"UPDATE OF {', '.join(PROPOSED)}"), ("delete", "DELETE OR TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{name} BEFORE {event} ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"CREATE TRIGGER {TABLE}_no_decision BEFORE UPDATE ON {TABLE} "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table(TABLE)


def _create() -> None:
    named = f"ck_{TABLE}_"
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=True),
        sa.Column("price_fen", BigInt, nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("agreement_id", BigInt, nullable=True),
        sa.Column("label", sa.String(length=10), nullable=True),
        sa.Column("version_id", BigInt, nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("moved_fen", BigInt, nullable=False),
        sa.Column("correction_id", BigInt, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f(f"{named}state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f(f"{named}decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f(f"{named}decided_when")),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by", name=op.f(f"{named}second_person")
        ),
        sa.CheckConstraint("state <> 'withdrawn' OR decided_by = proposed_by", name=op.f(f"{named}own_withdrawal")),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f(f"{named}has_reason")),
        sa.CheckConstraint("(deal_id IS NULL) <> (agreement_id IS NULL)", name=op.f(f"{named}of_one")),
        sa.CheckConstraint(
            "(deal_id IS NULL) = (version_id IS NOT NULL AND label IS NOT NULL)", name=op.f(f"{named}plan_of_window")
        ),
        sa.CheckConstraint("state <> 'confirmed' OR correction_id IS NOT NULL", name=op.f(f"{named}executed_as")),
        sa.CheckConstraint("length(because) > 0", name=op.f(f"{named}says_why")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column, table in (
                ("deal_id", "deals"),
                ("agreement_id", "agreements"),
                ("version_id", "plan_versions"),
                ("correction_id", "corrections"),
                ("proposed_by", "people"),
                ("decided_by", "people"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("correction_id", name=op.f(f"uq_{TABLE}_correction_id")),
    )
    op.create_index("ix_correction_proposals_state", TABLE, ["state", "id"])
    op.create_index("ix_correction_proposals_deal_id", TABLE, ["deal_id"])
