"""Touches are found by the end of their protection: the sweep tells of it beforehand, once a minute."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

_LIVING = sa.text("retired_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_touches_end", "touches", ["protected_until"], sqlite_where=_LIVING, postgresql_where=_LIVING)


def downgrade() -> None:
    op.drop_index("ix_touches_end", table_name="touches")
