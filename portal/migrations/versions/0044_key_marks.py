"""The marks of the keys that this database was written with.

They are filled by `portal migrate` and by the first start, which have the keys (`portal.services.keys.starting`).
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

IN_USE = sa.text("ended_at IS NULL AND kind <> 'data_keys'")


def upgrade() -> None:
    op.create_table(
        "key_marks",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('index_key', 'data_keys', 'signing_key', 'secret_key')", name=op.f("ck_key_marks_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_marks")),
    )
    op.create_index("uq_key_marks_mark", "key_marks", ["kind", "mark"], unique=True)
    op.create_index(
        "uq_key_marks_in_use", "key_marks", ["kind"], unique=True, sqlite_where=IN_USE, postgresql_where=IN_USE
    )


def downgrade() -> None:
    op.drop_table("key_marks")
