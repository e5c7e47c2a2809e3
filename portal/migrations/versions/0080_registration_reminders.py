"""A broker may be told when a client whom somebody else holds may be registered again."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

TABLE = "registration_reminders"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("registration_id", BigInt, nullable=False),
        sa.Column("remind_at", UtcDateTime(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f(f"fk_{TABLE}_registration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("registration_id", name=op.f(f"uq_{TABLE}_registration_id")),
    )
    op.create_index(f"ix_{TABLE}_at", TABLE, ["remind_at"])


def downgrade() -> None:
    op.drop_table(TABLE)
