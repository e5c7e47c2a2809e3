"""Reception takes a walk-in back that it signed in by mistake: a row that nobody changes, beside the touch that ends."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None

NAME = "walk_in_withdrawals"


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=False),
        sa.Column("withdrawn_by", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f(f"fk_{NAME}_touch_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["people.id"], name=op.f(f"fk_{NAME}_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("touch_id", name=op.f(f"uq_{NAME}_touch_id")),
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
