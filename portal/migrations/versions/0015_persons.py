"""Persons are paid: their bank details, who approved or turned down a reward, and the tax that is kept back."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NEW_TABLES = ("withholding_tables", "taxed_goods", "withholdings")


def upgrade() -> None:
    op.add_column("people", sa.Column("bank_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("people", sa.Column("bank_changed_at", UtcDateTime(), nullable=True))
    for verb in ("approved", "refused"):
        op.add_column("rewards", sa.Column(f"{verb}_at", UtcDateTime(), nullable=True))
        _add_person(f"{verb}_by")
    op.add_column("rewards", sa.Column("refusal", sa.Text(), nullable=True))
    _create_tables()
    _create_goods()
    _create_withholdings()
    for table in NEW_TABLES:
        _guard(table)


def downgrade() -> None:
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    for column in ("refusal", "refused_by", "refused_at", "approved_by", "approved_at"):
        op.drop_column("rewards", column)
    op.drop_column("people", "bank_changed_at")
    op.drop_column("people", "bank_sealed")


def _add_person(column: str) -> None:
    """As text: SQLite takes a column with its foreign key only in one piece."""
    integer = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE rewards ADD COLUMN {column} {integer} CONSTRAINT fk_rewards_{column} REFERENCES people (id)"
    )


def _create_tables() -> None:
    op.create_table(
        "withholding_tables",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", BigInt, nullable=True),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"], name=op.f("fk_withholding_tables_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withholding_tables")),
        sa.UniqueConstraint("version", name=op.f("uq_withholding_tables_version")),
    )


def _create_goods() -> None:
    op.create_table(
        "taxed_goods",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("value_fen", BigInt, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=False),
        sa.Column("counted_by", BigInt, nullable=True),
        sa.CheckConstraint("value_fen <> 0", name=op.f("ck_taxed_goods_value_not_zero")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_taxed_goods_person_id")),
        sa.ForeignKeyConstraint(["counted_by"], ["people.id"], name=op.f("fk_taxed_goods_counted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taxed_goods")),
        sa.UniqueConstraint("reference", name=op.f("uq_taxed_goods_reference")),
    )
    op.create_index(op.f("ix_taxed_goods_person_id"), "taxed_goods", ["person_id"])


def _create_withholdings() -> None:
    op.create_table(
        "withholdings",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("table_id", BigInt, nullable=False),
        sa.Column("cash_fen", BigInt, nullable=False),
        sa.Column("goods_fen", BigInt, nullable=False),
        sa.Column("taxable_fen", BigInt, nullable=False),
        sa.Column("tax_fen", BigInt, nullable=False),
        sa.Column("withheld_fen", BigInt, nullable=False),
        sa.Column("computed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "tax_fen >= 0 AND withheld_fen BETWEEN 0 AND tax_fen", name=op.f("ck_withholdings_withheld_of_tax")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_withholdings_person_id")),
        sa.ForeignKeyConstraint(["table_id"], ["withholding_tables.id"], name=op.f("fk_withholdings_table_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withholdings")),
        sa.UniqueConstraint("person_id", "month", "number", name=op.f("uq_withholdings_person_id_month_number")),
    )
    op.create_index(op.f("ix_withholdings_month"), "withholdings", ["month"])


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
