"""Accounts at the employer that open accounts here; and by what a confirmed mail address is found.

Addresses that were confirmed before are found by nobody until they are confirmed again: their owner ties the accounts by
signing in at both instead.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

TABLE = "company_identities"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("subject_index", sa.String(length=64), nullable=False),
        sa.Column("tied_by", sa.String(length=40), nullable=False),
        sa.Column("tied_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", BigInt, nullable=True),
        sa.CheckConstraint("tied_by IN ('mail', 'both')", name=op.f(f"ck_{TABLE}_tied_by_known")),
        sa.CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name=op.f(f"ck_{TABLE}_ended_when")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{TABLE}_person_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name=op.f(f"fk_{TABLE}_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    for name, column in (("subject", "subject_index"), ("person", "person_id")):
        opened = sa.text("ended_at IS NULL")
        op.create_index(
            f"uq_{TABLE}_{name}", TABLE, [column], unique=True, sqlite_where=opened, postgresql_where=opened
        )
    op.add_column("notice_settings", sa.Column("mail_index", sa.String(length=64), nullable=True))
    op.create_index("ix_notice_settings_mail", "notice_settings", ["mail_index"])


def downgrade() -> None:
    op.drop_index("ix_notice_settings_mail", "notice_settings")
    with op.batch_alter_table("notice_settings") as table:
        table.drop_column("mail_index")
    op.drop_table(TABLE)
