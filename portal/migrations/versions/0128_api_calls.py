"""How often each key called what, day by day."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0128"
down_revision = "0127"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_calls",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key_id", BigInt, nullable=False),
        sa.Column("operation", sa.String(40), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("calls", BigInt, nullable=False),
        sa.Column("refused", BigInt, nullable=False),
        sa.Column("failed", BigInt, nullable=False),
        sa.CheckConstraint("calls > 0", name=op.f("ck_api_calls_calls_some")),
        sa.CheckConstraint(
            "refused >= 0 AND failed >= 0 AND refused + failed <= calls", name=op.f("ck_api_calls_parts_of_calls")
        ),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name=op.f("fk_api_calls_key_id")),
        sa.PrimaryKeyConstraint("day", "key_id", "operation", "version", name=op.f("pk_api_calls")),
    )
    op.create_index(op.f("ix_api_calls_key_id"), "api_calls", ["key_id"])


def downgrade() -> None:
    op.drop_table("api_calls")
