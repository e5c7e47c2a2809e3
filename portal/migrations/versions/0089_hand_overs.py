"""What somebody leaves behind is handed over: a row a thing, that nobody changes."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None

NAME = "hand_overs"
KINDS = (
    "touches",
    "lead_notes",
    "deal_imports",
    "plan_drafts",
    "reward_plan_drafts",
    "adjustments",
    "correction_proposals",
    "tax_table_drafts",
    "account_proposals",
)


def upgrade() -> None:
    people = [
        sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_{NAME}_{column}"))
        for column in ("from_id", "to_id", "by_id")
    ]
    op.create_table(
        NAME,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("from_id", BigInt, nullable=False),
        sa.Column("to_id", BigInt, nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            f"subject_kind IN ({', '.join(map(repr, KINDS))})", name=op.f(f"ck_{NAME}_subject_kind_known")
        ),
        sa.CheckConstraint("number > 0", name=op.f(f"ck_{NAME}_number_positive")),
        sa.CheckConstraint("from_id <> to_id", name=op.f(f"ck_{NAME}_to_another")),
        sa.CheckConstraint("length(reason) > 0", name=op.f(f"ck_{NAME}_has_reason")),
        *people,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint(
            "subject_kind", "subject_id", "number", name=op.f(f"uq_{NAME}_subject_kind_subject_id_number")
        ),
    )
    op.create_index("ix_hand_overs_to", NAME, ["to_id", "subject_kind"])
    op.create_index("ix_hand_overs_from", NAME, ["from_id", "at"])
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {NAME}_no_{deed.lower()} BEFORE {deed} ON {NAME} "
                f"BEGIN SELECT RAISE(ABORT, '{NAME} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {NAME}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {NAME} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table(NAME)
