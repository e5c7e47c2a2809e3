"""A stand may give a gift of its own, and ask for the code on its tablet before it gives one."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

TABLE = "stand_gifts"


def upgrade() -> None:
    op.add_column("programmes", sa.Column("asks_code", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        TABLE,
        sa.Column("programme_id", BigInt, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("value_fen", BigInt, nullable=False),
        sa.CheckConstraint("event IN ('scan', 'lead')", name=op.f(f"ck_{TABLE}_event_known")),
        sa.CheckConstraint("value_fen > 0", name=op.f(f"ck_{TABLE}_value_positive")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.person_id"], name=op.f(f"fk_{TABLE}_programme_id")),
        sa.PrimaryKeyConstraint("programme_id", "event", name=op.f(f"pk_{TABLE}")),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("programmes", "asks_code")
