"""Surveys that nobody asked for by hand, and what was promised in a complaint.

SQLite writes the table of surveys anew, which has no triggers.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0118"
down_revision = "0117"
branch_labels = None
depends_on = None

NAME = "complaint_promises"


def upgrade() -> None:
    with op.batch_alter_table("surveys") as table:
        table.alter_column("asked_by", existing_type=BigInt, nullable=True)
    op.create_table(
        NAME,
        sa.Column("step_id", BigInt, nullable=False),
        sa.Column("promise_id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["step_id"], ["complaint_steps.id"], name=op.f(f"fk_{NAME}_step_id")),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f(f"fk_{NAME}_promise_id")),
        sa.PrimaryKeyConstraint("step_id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("promise_id", name=op.f(f"uq_{NAME}_promise_id")),
    )


def downgrade() -> None:
    """A survey that was asked by itself counts as asked by who opened the file of the home's owner, or by anybody."""
    op.drop_table(NAME)
    first = "(SELECT min(id) FROM people)"
    opener = "(SELECT opened_by FROM owner_files WHERE owner_files.id = surveys.owner_id)"
    op.execute(f"UPDATE surveys SET asked_by = coalesce({opener}, {first}) WHERE asked_by IS NULL")  # noqa: S608
    with op.batch_alter_table("surveys") as table:
        table.alter_column("asked_by", existing_type=BigInt, nullable=False)
