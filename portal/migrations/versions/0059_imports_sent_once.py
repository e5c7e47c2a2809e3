"""A file of deals that was sent twice from the same page, since its answer was lost, is one import.

Imports of before name no page: each stays what it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

SENT = "ix_deal_imports_sent"


def upgrade() -> None:
    op.add_column("deal_imports", sa.Column("key", sa.String(40), nullable=True))
    op.create_index(SENT, "deal_imports", ["uploaded_by", "key", "digest"], unique=True)


def downgrade() -> None:
    op.drop_index(SENT, "deal_imports")
    op.drop_column("deal_imports", "key")
