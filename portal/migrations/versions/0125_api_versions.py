"""An API key keeps the version that it was made under, and an answer the version of its shape."""

import sqlalchemy as sa
from alembic import op

revision = "0125"
down_revision = "0124"
branch_labels = None
depends_on = None

_FIRST = "2026-12-01"
"""All there was until now."""
_TABLES = ("api_keys", "api_answers")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("version", sa.String(40), nullable=False, server_default=_FIRST))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "version")
