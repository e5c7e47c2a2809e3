"""Fresh proofs of people who are signed in, before money or powers move."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "step_up_proofs",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_step_up_proofs_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_up_proofs")),
    )
    op.create_index("ix_step_up_proofs_holder", "step_up_proofs", ["holder", "kind", "until"])
    op.create_index(op.f("ix_step_up_proofs_at"), "step_up_proofs", ["at"])


def downgrade() -> None:
    op.drop_table("step_up_proofs")
