"""The papers of issued statements are kept as they were given the first time: a row each, which never changes."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TABLE = "statement_papers"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("statement_id", BigInt, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", BigInt, nullable=False),
        sa.Column("file_name", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", BigInt, nullable=False),
        sa.CheckConstraint("kind IN ('pdf', 'xlsx')", name=op.f("ck_statement_papers_kind_known")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_statement_papers_statement_id")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_statement_papers_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_papers")),
        sa.UniqueConstraint(
            "statement_id", "kind", "language", name=op.f("uq_statement_papers_statement_id_kind_language")
        ),
        sa.UniqueConstraint("file_name", name=op.f("uq_statement_papers_file_name")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_no_{deed.lower()} BEFORE {deed} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table(TABLE)
