"""A broker takes a fresh registration back: a row that nobody changes, beside the registration that stays as it was."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

NAME = "registration_withdrawals"


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("registration_id", BigInt, nullable=False),
        sa.Column("broker_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f(f"fk_{NAME}_registration_id")),
        sa.ForeignKeyConstraint(["broker_id"], ["people.id"], name=op.f(f"fk_{NAME}_broker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("registration_id", name=op.f(f"uq_{NAME}_registration_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {NAME}_no_{deed.lower()} BEFORE {deed} ON {NAME} "
                f"BEGIN SELECT RAISE(ABORT, '{NAME} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {NAME}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {NAME} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table(NAME)
