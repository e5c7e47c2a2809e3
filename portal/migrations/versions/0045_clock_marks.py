"""What each machine knows of time: the newest instant that was believed, or what is odd about its clock."""

import sqlalchemy as sa
from alembic import op

from portal.types import UtcDateTime

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clock_marks",
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.Column("uptime", sa.Double(), nullable=True),
        sa.Column("doubt", sa.String(length=40), nullable=True),
        sa.Column("doubted_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(at IS NULL) = (uptime IS NULL)", name=op.f("ck_clock_marks_believed_whole")),
        sa.CheckConstraint("(doubt IS NULL) = (doubted_at IS NULL)", name=op.f("ck_clock_marks_doubted_whole")),
        sa.CheckConstraint(
            "doubt IS NULL OR doubt IN ('leapt', 'ahead', 'behind', 'apart')", name=op.f("ck_clock_marks_doubt_known")
        ),
        sa.PrimaryKeyConstraint("boot", name=op.f("pk_clock_marks")),
    )


def downgrade() -> None:
    op.drop_table("clock_marks")
