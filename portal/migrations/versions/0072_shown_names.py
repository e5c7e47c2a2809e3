"""A referrer may let the own name, or an approved line, stand where friends read who invites them."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referrers", sa.Column("shown_name", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("referrers", "shown_name")
