"""An API key may be bound to networks: it opens nothing from elsewhere."""

import sqlalchemy as sa
from alembic import op

from portal.types import Json

revision = "0129"
down_revision = "0128"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("networks", Json, nullable=False, server_default="[]"))


def downgrade() -> None:
    """A key that was bound to networks would open everything from anywhere: it is revoked."""
    op.execute("UPDATE api_keys SET revoked_at = CURRENT_TIMESTAMP WHERE revoked_at IS NULL AND networks <> '[]'")
    op.drop_column("api_keys", "networks")
