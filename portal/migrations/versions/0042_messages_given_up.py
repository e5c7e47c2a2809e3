"""Texts and mails that were given up are found by when: the page Health and a monitor count those of a day."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

TABLES = ("text_messages", "mails")
GIVEN_UP = sa.text("given_up_at IS NOT NULL")


def upgrade() -> None:
    for table in TABLES:
        where = {"sqlite_where": GIVEN_UP, "postgresql_where": GIVEN_UP}
        op.create_index(f"ix_{table}_given_up", table, ["given_up_at"], **where)


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_given_up", table)
