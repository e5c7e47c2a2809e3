"""Staff write down what was said with a friend who left a number, and what comes next."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_notes",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("lead_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("written_by", BigInt, nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("step_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("step_by", BigInt, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("step_over", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "(step_sealed IS NULL) = (step_by IS NULL) AND (step_sealed IS NULL) = (due_on IS NULL)",
            name=op.f("ck_lead_notes_whole_step"),
        ),
        sa.CheckConstraint(
            "text_sealed IS NOT NULL OR step_sealed IS NOT NULL OR step_over",
            name=op.f("ck_lead_notes_says_something"),
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_notes_lead_id")),
        sa.ForeignKeyConstraint(["written_by"], ["people.id"], name=op.f("fk_lead_notes_written_by")),
        sa.ForeignKeyConstraint(["step_by"], ["people.id"], name=op.f("fk_lead_notes_step_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_notes")),
    )
    op.create_index(op.f("ix_lead_notes_lead_id"), "lead_notes", ["lead_id"])


def downgrade() -> None:
    op.drop_table("lead_notes")
