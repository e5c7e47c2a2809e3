"""How developments look on posters, and posters drawn in the background."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATES = "'running', 'done', 'failed', 'erased'"


def upgrade() -> None:
    op.create_table(
        "development_looks",
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("file_name", sa.String(length=32), nullable=True),
        sa.Column("accent", sa.String(length=7), nullable=True),
        sa.Column("words", Json, nullable=False),
        sa.Column("own_words", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["development_id"], ["developments.id"], name=op.f("fk_development_looks_development_id")
        ),
        sa.ForeignKeyConstraint(["changed_by"], ["people.id"], name=op.f("fk_development_looks_changed_by")),
        sa.PrimaryKeyConstraint("development_id", name=op.f("pk_development_looks")),
    )
    _create_batches()
    op.create_table(
        "poster_parts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("batch_id", BigInt, nullable=False),
        sa.Column("cursor", BigInt, nullable=False),
        sa.Column("file_name", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["poster_batches.id"], name=op.f("fk_poster_parts_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poster_parts")),
        sa.UniqueConstraint("batch_id", "cursor", name=op.f("uq_poster_parts_batch_id_cursor")),
    )


def downgrade() -> None:
    for table in ("poster_parts", "poster_batches", "development_looks"):
        op.drop_table(table)


def _create_batches() -> None:
    op.create_table(
        "poster_batches",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=True),
        sa.Column("design", sa.String(length=40), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("whole", BigInt, nullable=False),
        sa.Column("done", BigInt, nullable=False),
        sa.Column("cursor", BigInt, nullable=False),
        sa.Column("asked_by", BigInt, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_poster_batches_state_known")),
        sa.CheckConstraint("(state = 'running') = (finished_at IS NULL)", name=op.f("ck_poster_batches_finished")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_poster_batches_development_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_poster_batches_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poster_batches")),
    )
    op.create_index("ix_poster_batches_state", "poster_batches", ["state", "id"])
