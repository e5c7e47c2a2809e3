"""Receipts name the key that signed them, and former signing keys are vouched for by the one that came after."""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receipts", sa.Column("signed_by", sa.String(length=40), nullable=True))
    op.add_column("key_marks", sa.Column("voucher", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("key_marks", "voucher")
    op.drop_column("receipts", "signed_by")
