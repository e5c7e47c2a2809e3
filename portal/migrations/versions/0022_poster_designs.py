"""Designs of posters that were uploaded through a page."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

LIVING = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "poster_designs",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", BigInt, nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by", BigInt, nullable=True),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_poster_designs_withdrawn")),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name=op.f("fk_poster_designs_added_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["people.id"], name=op.f("fk_poster_designs_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poster_designs")),
    )
    op.create_index(
        "uq_poster_designs_name",
        "poster_designs",
        ["name"],
        unique=True,
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )


def downgrade() -> None:
    op.drop_table("poster_designs")
