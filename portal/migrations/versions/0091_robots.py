"""Robots speak in the groups of developments."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")
_GIVEN_UP = sa.text("given_up_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "robots",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("group_name", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("set_by", BigInt, nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", BigInt, nullable=True),
        sa.Column("gone_at", UtcDateTime(), nullable=True),
        sa.Column("gone_why", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(key_sealed IS NULL) = (ended_at IS NOT NULL)", name=op.f("ck_robots_ended_is_forgotten")),
        sa.CheckConstraint("(gone_at IS NULL) = (gone_why IS NULL)", name=op.f("ck_robots_gone_says_why")),
        _to("robots", "development_id", "developments"),
        _to("robots", "set_by", "people"),
        _to("robots", "ended_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robots")),
    )
    op.create_index(
        "uq_robots_development",
        "robots",
        ["development_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "robot_messages",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("items", Json, nullable=False),
        sa.Column("left_out", BigInt, nullable=False),
        sa.Column("tried_by", BigInt, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("given_up_at", UtcDateTime(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name=op.f("ck_robot_messages_settled_once")),
        sa.CheckConstraint(
            "(next_try_at IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL)",
            name=op.f("ck_robot_messages_waits_until_settled"),
        ),
        _to("robot_messages", "development_id", "developments"),
        _to("robot_messages", "tried_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_robot_messages_key")),
    )
    op.create_index("ix_robot_messages_development", "robot_messages", ["development_id", "id"])
    op.create_index("ix_robot_messages_due", "robot_messages", ["next_try_at"])
    op.create_index(
        "ix_robot_messages_given_up",
        "robot_messages",
        ["given_up_at"],
        sqlite_where=_GIVEN_UP,
        postgresql_where=_GIVEN_UP,
    )
    op.create_table(
        "robot_notices",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("event_id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("message_id", BigInt, nullable=False),
        _to("robot_notices", "event_id", "events"),
        _to("robot_notices", "development_id", "developments"),
        _to("robot_notices", "message_id", "robot_messages"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot_notices")),
        sa.UniqueConstraint("event_id", "development_id", name=op.f("uq_robot_notices_event")),
    )
    op.create_index(op.f("ix_robot_notices_message_id"), "robot_notices", ["message_id"])


def downgrade() -> None:
    for table in ("robot_notices", "robot_messages", "robots"):
        op.drop_table(table)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
