"""The payee agrees to a statement, once."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0119"
down_revision = "0118"
branch_labels = None
depends_on = None

NAME = "statement_acceptances"


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("statement_id", BigInt, nullable=False),
        sa.Column("accepted_by", BigInt, nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f(f"fk_{NAME}_statement_id")),
        sa.ForeignKeyConstraint(["accepted_by"], ["people.id"], name=op.f(f"fk_{NAME}_accepted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("statement_id", name=op.f(f"uq_{NAME}_statement_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {NAME}_no_{deed.lower()} BEFORE {deed} ON {NAME} "
                f"BEGIN SELECT RAISE(ABORT, '{NAME} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {NAME}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {NAME} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table(NAME)
