"""Months as finance closes them, and what their board is read by."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FIGURES = (
    "agency_cursor",
    "person_cursor",
    "chunks",
    "whole",
    "done",
    "seals",
    "posted",
    "posted_fen",
    "statements",
    "lines",
    "lines_fen",
    "payable_fen",
    "carried_fen",
)


WITHOUT_PLAN = sa.text("signed_at IS NOT NULL AND agency_id IS NOT NULL AND plan_version_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "periods",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("started_by", BigInt, nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        *(sa.Column(figure, BigInt, nullable=False) for figure in FIGURES),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closing', 'closed')", name=op.f("ck_periods_state_known")),
        sa.CheckConstraint("(state = 'open') = (started_at IS NULL)", name=op.f("ck_periods_started")),
        sa.CheckConstraint("(started_at IS NULL) = (started_by IS NULL)", name=op.f("ck_periods_started_by_somebody")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_periods_closed")),
        sa.ForeignKeyConstraint(["started_by"], ["people.id"], name=op.f("fk_periods_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periods")),
        sa.UniqueConstraint("month", name=op.f("uq_periods_month")),
    )
    op.create_index("ix_periods_state", "periods", ["state", "id"])
    op.create_index("ix_posted_lines_posted_at", "posted_lines", ["posted_at"], postgresql_using="brin")
    where = {"sqlite_where": WITHOUT_PLAN, "postgresql_where": WITHOUT_PLAN}
    op.create_index("ix_deals_without_plan", "deals", ["signed_at"], **where)


def downgrade() -> None:
    op.drop_index("ix_deals_without_plan", "deals")
    op.drop_index("ix_posted_lines_posted_at", "posted_lines")
    op.drop_table("periods")
