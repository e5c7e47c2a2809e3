"""Imports say how often in a row they could not go on, and why they stand still."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deal_imports", sa.Column("tries", BigInt, nullable=False, server_default="0"))
    op.add_column("deal_imports", sa.Column("trouble", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("deal_imports", "trouble")
    op.drop_column("deal_imports", "tries")
