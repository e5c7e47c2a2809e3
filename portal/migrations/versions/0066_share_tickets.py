"""The ticket by which pages are signed for WeChat's cards is kept for all processes."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

TABLE = "share_tickets"
CHECKS = {
    "token_whole": "(token_sealed IS NULL) = (token_ends_at IS NULL)",
    "ticket_whole": "(ticket_sealed IS NULL) = (ticket_ends_at IS NULL)",
    "ticket_dated": "(ticket_sealed IS NULL) = (fetched_at IS NULL)",
    "failure_dated": "(failure IS NULL) = (failed_at IS NULL)",
    "attempts_counted": "attempts >= 0",
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("token_ends_at", UtcDateTime(), nullable=True),
        sa.Column("ticket_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ticket_ends_at", UtcDateTime(), nullable=True),
        sa.Column("fetched_at", UtcDateTime(), nullable=True),
        sa.Column("next_try_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        *(sa.CheckConstraint(check, name=op.f(f"ck_{TABLE}_{name}")) for name, check in CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("app_id", name=op.f(f"uq_{TABLE}_app_id")),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
