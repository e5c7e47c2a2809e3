"""Links to choose a password: a row each, of which only a keyed digest of the secret is kept.

Links of before stood nowhere: they were signed with the receipts' key. They work no longer; whoever holds one asks for
a new one.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "password_links",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("issued_by", BigInt, nullable=True),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_because", sa.String(length=40), nullable=True),
        sa.CheckConstraint("purpose IN ('first', 'forgotten')", name=op.f("ck_password_links_purpose_known")),
        sa.CheckConstraint(
            "ended_because IN ('used', 'newer', 'closed', 'changed')",
            name=op.f("ck_password_links_ended_because_known"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_because IS NULL)", name=op.f("ck_password_links_ended_says_why")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_password_links_person_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["people.id"], name=op.f("fk_password_links_issued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_password_links_digest")),
    )
    op.create_index(op.f("ix_password_links_person_id"), "password_links", ["person_id"])
    where = {"sqlite_where": OPEN, "postgresql_where": OPEN}
    op.create_index("uq_password_links_open", "password_links", ["person_id"], unique=True, **where)


def downgrade() -> None:
    op.drop_table("password_links")
