"""Payouts are found by their statement, as every list of statements asks."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_payouts_statement_id", "payouts", ["statement_id"])


def downgrade() -> None:
    op.drop_index("ix_payouts_statement_id", "payouts")
