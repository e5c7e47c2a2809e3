"""Since when an account rests that others opened or changed."""

import sqlalchemy as sa
from alembic import op

from portal.types import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("rests_since", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("people", "rests_since")
