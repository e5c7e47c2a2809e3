"""A photo of a check-in remembers where the broker's and the client's face are, so that both can be shown side by side."""

import sqlalchemy as sa
from alembic import op

from portal.types import Json

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photos", sa.Column("faces", Json, nullable=True))


def downgrade() -> None:
    op.drop_column("photos", "faces")
