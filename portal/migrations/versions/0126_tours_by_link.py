"""What a client did is also noted where he opens his own link to the virtual tour."""

import sqlalchemy as sa
from alembic import op

revision = "0126"
down_revision = "0125"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("care_sightings", sa.Column("by_link", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """What was noted by a link stands as if its carer had seen it."""
    op.drop_column("care_sightings", "by_link")
