"""Captures that answer a challenge, and the tablet at the desk.

One-time words live for a minute: the table is made anew rather than filled for rows that nobody can answer any more.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("capture_nonces")
    op.create_table(
        "capture_nonces",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("web_session_id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=False),
        sa.Column("side", sa.Enum("left", "right", name="side", native_enum=False, length=40), nullable=False),
        sa.Column("straight_sha256", sa.String(length=64), nullable=True),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("arrived_at", UtcDateTime(), nullable=True),
        sa.Column("arrived_sha256", sa.String(length=64), nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("side IN ('left', 'right')", name=op.f("ck_capture_nonces_side_known")),
        sa.CheckConstraint(
            "(arrived_at IS NULL) = (arrived_sha256 IS NULL)", name=op.f("ck_capture_nonces_arrival_whole")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_capture_nonces_person_id")),
        sa.ForeignKeyConstraint(["web_session_id"], ["web_sessions.id"], name=op.f("fk_capture_nonces_web_session_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_capture_nonces_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_nonces")),
        sa.UniqueConstraint("digest", name=op.f("uq_capture_nonces_digest")),
    )
    op.create_index("ix_capture_nonces_touch", "capture_nonces", ["touch_id", "issued_at"])
    # In words, since SQLite adds a reference only together with its column.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE showings ADD COLUMN host_id {kind} CONSTRAINT fk_showings_host_id REFERENCES people (id)")


def downgrade() -> None:
    op.drop_column("showings", "host_id")
    op.drop_table("capture_nonces")
    op.create_table(
        "capture_nonces",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_capture_nonces_person_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_capture_nonces_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_nonces")),
        sa.UniqueConstraint("digest", name=op.f("uq_capture_nonces_digest")),
    )
