"""A person has when the guide of the first days was put away. Who works here already needs none."""

import sqlalchemy as sa
from alembic import op

from portal.types import UtcDateTime

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("guide_closed_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE people SET guide_closed_at = created_at WHERE password_set_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("people", "guide_closed_at")
