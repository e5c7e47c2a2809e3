"""How often browsers kept something from a page of ours, a day and a directive."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "content_reports",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("directive", sa.String(length=40), nullable=False),
        sa.Column("count", BigInt, nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_content_reports_counted")),
        sa.PrimaryKeyConstraint("day", "directive", name=op.f("pk_content_reports")),
    )


def downgrade() -> None:
    op.drop_table("content_reports")
