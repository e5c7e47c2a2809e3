"""How often a provider was asked what became of a text, because it never said so."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0095"
down_revision = "0094"
branch_labels = None
depends_on = None

TABLE = "text_messages"
_SILENT = sa.text("sent_at IS NOT NULL AND reported_at IS NULL")


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("report_asks", BigInt, server_default=sa.text("0"), nullable=False))
    op.create_index("ix_text_messages_silent", TABLE, ["sent_at"], sqlite_where=_SILENT, postgresql_where=_SILENT)


def downgrade() -> None:
    op.drop_index("ix_text_messages_silent", table_name=TABLE)
    op.drop_column(TABLE, "report_asks")
