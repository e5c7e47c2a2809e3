"""A development has the number of its permit to sell, which every poster, card and invitation carries."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("developments", sa.Column("presale_permit", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("developments", "presale_permit")
