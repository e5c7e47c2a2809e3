"""Deals and milestones by file: the imports and their rows."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATES = "'checking', 'ready', 'applying', 'done', 'discarded'"
OUTCOMES = "'opens', 'advances', 'nothing', 'refused'"


def upgrade() -> None:
    op.create_table(
        "deal_imports",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rows", BigInt, nullable=False),
        sa.Column("columns", Json, nullable=False),
        sa.Column("uploaded_by", BigInt, nullable=False),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_by", BigInt, nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_deal_imports_state_known")),
        sa.CheckConstraint(
            "(state IN ('done', 'discarded')) = (finished_at IS NOT NULL)", name=op.f("ck_deal_imports_finished")
        ),
        sa.CheckConstraint(
            "(state IN ('applying', 'done')) = (confirmed_by IS NOT NULL)", name=op.f("ck_deal_imports_confirmed")
        ),
        sa.CheckConstraint(
            "erased_at IS NULL OR finished_at IS NOT NULL", name=op.f("ck_deal_imports_erased_after_its_end")
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["people.id"], name=op.f("fk_deal_imports_uploaded_by")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"], name=op.f("fk_deal_imports_confirmed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_imports")),
    )
    op.create_index("ix_deal_imports_state", "deal_imports", ["state", "id"])
    op.create_index("ix_deal_imports_uploaded_by", "deal_imports", ["uploaded_by"])
    _create_rows()


def downgrade() -> None:
    op.drop_table("deal_import_rows")
    op.drop_table("deal_imports")


def _create_rows() -> None:
    op.create_table(
        "deal_import_rows",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("import_id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("place", BigInt, nullable=True),
        sa.Column("slice", BigInt, nullable=True),
        sa.Column("cells_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expected", sa.String(length=40), nullable=True),
        sa.Column("expected_facts", Json, nullable=True),
        sa.Column("expected_fen", BigInt, nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("facts", Json, nullable=True),
        sa.Column("posted_fen", BigInt, nullable=True),
        sa.Column("deal_id", BigInt, nullable=True),
        sa.CheckConstraint(f"expected IN ({OUTCOMES})", name=op.f("ck_deal_import_rows_expected_known")),
        sa.CheckConstraint(f"outcome IN ({OUTCOMES})", name=op.f("ck_deal_import_rows_outcome_known")),
        sa.ForeignKeyConstraint(["import_id"], ["deal_imports.id"], name=op.f("fk_deal_import_rows_import_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deal_import_rows_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_import_rows")),
        sa.UniqueConstraint("import_id", "number", name=op.f("uq_deal_import_rows_import_id_number")),
    )
    op.create_index("ix_deal_import_rows_place", "deal_import_rows", ["import_id", "place"])
    op.create_index("ix_deal_import_rows_deal_id", "deal_import_rows", ["deal_id"])
