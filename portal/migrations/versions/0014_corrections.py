"""Corrections of deals' facts, which only grow; and what becomes of a benefit once it is granted."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_corrections()
    for table in ("corrections", "corrected_facts"):
        _guard(table)
    _extend_benefits()


def downgrade() -> None:
    op.drop_index("ix_benefits_agency", "benefits")
    for column in ("decision", "decided_by", "decided_at", "escalated_at", "booking", "booked_by", "booked_at"):
        op.drop_column("benefits", column)
    op.drop_table("corrected_facts")
    op.drop_table("corrections")


def _create_corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", BigInt, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_corrections_has_reason")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_corrections_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_table(
        "corrected_facts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("correction_id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.CheckConstraint("what IN ('price', 'signed_at', 'plan')", name=op.f("ck_corrected_facts_what_known")),
        sa.CheckConstraint("before <> after", name=op.f("ck_corrected_facts_changes")),
        sa.ForeignKeyConstraint(["correction_id"], ["corrections.id"], name=op.f("fk_corrected_facts_correction_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_corrected_facts_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrected_facts")),
    )
    op.create_index("ix_corrected_facts_deal", "corrected_facts", ["deal_id", "what", "id"])
    op.create_index("ix_corrected_facts_correction_id", "corrected_facts", ["correction_id"])


def _extend_benefits() -> None:
    for column, kind in (
        ("booked_at", UtcDateTime()),
        ("booking", sa.Text()),
        ("escalated_at", UtcDateTime()),
        ("decided_at", UtcDateTime()),
        ("decision", sa.Text()),
    ):
        op.add_column("benefits", sa.Column(column, kind, nullable=True))
    integer = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    for column in ("booked_by", "decided_by"):
        # as text: SQLite takes a column with its foreign key only in one piece
        op.execute(
            f"ALTER TABLE benefits ADD COLUMN {column} {integer} CONSTRAINT fk_benefits_{column} REFERENCES people (id)"
        )
    op.create_index("ix_benefits_agency", "benefits", ["agency_id", "id"])


def _guard(table: str) -> None:
    """As 0002 does it for the tables of then."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
