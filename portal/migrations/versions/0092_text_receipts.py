"""Whether a text reached its phone, as its provider reports."""

import sqlalchemy as sa
from alembic import op

from portal.types import UtcDateTime

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None

TABLE = "text_messages"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("reported_at", UtcDateTime(), nullable=True))
    op.add_column(TABLE, sa.Column("not_delivered", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column(TABLE, "not_delivered")
    op.drop_column(TABLE, "reported_at")
