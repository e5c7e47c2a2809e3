"""Visits are booked: hours, closed days, bookings, and a text that brings the pass."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None

_STANDING = sa.text("ended_at IS NULL")
_CLOSED = sa.text("opened_at IS NULL")

KINDS = (
    "kind IN ('arrival_code', 'face_withdrawal', 'account_link', 'bank_change', 'phone_change', 'phone_code', "
    "'invitation', 'gift', 'notice', 'erasure'{})"
)


def upgrade() -> None:
    op.create_table(
        "slot_hours",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("week", Json, nullable=False),
        sa.Column("minutes", BigInt, nullable=False),
        sa.Column("places", BigInt, nullable=False),
        sa.Column("ahead_days", BigInt, nullable=False),
        sa.Column("set_by", BigInt, nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("minutes > 0 AND places > 0 AND ahead_days >= 0", name=op.f("ck_slot_hours_are_numbers")),
        _to("slot_hours", "development_id", "developments"),
        _to("slot_hours", "set_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_hours")),
    )
    op.create_index("ix_slot_hours_development", "slot_hours", ["development_id", "id"])
    _guard("slot_hours")
    op.create_table(
        "slot_closures",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_by", BigInt, nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", BigInt, nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(opened_at IS NULL) = (opened_by IS NULL)", name=op.f("ck_slot_closures_opened_by_whom")),
        _to("slot_closures", "development_id", "developments"),
        _to("slot_closures", "closed_by", "people"),
        _to("slot_closures", "opened_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_closures")),
    )
    op.create_index(
        "uq_slot_closures_day",
        "slot_closures",
        ["development_id", "day"],
        unique=True,
        sqlite_where=_CLOSED,
        postgresql_where=_CLOSED,
    )
    _create_bookings()
    _rewrite_kinds(KINDS.format(", 'slot_pass'"))


def downgrade() -> None:
    op.execute("DELETE FROM text_messages WHERE kind = 'slot_pass'")
    _rewrite_kinds(KINDS.format(""))
    for table in ("slot_bookings", "slot_closures", "slot_hours"):
        op.drop_table(table)


def _create_bookings() -> None:
    op.create_table(
        "slot_bookings",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("registration_id", BigInt, nullable=False),
        sa.Column("begins_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("place", BigInt, nullable=False),
        sa.Column("visitors", BigInt, nullable=False),
        sa.Column("pass_key", sa.String(length=32), nullable=False),
        sa.Column("booked_by", BigInt, nullable=False),
        sa.Column("booked_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", BigInt, nullable=True),
        sa.Column("end_reason", sa.String(length=40), nullable=True),
        sa.Column("arrived_at", UtcDateTime(), nullable=True),
        sa.Column("received_by", BigInt, nullable=True),
        sa.CheckConstraint(
            "end_reason IN ('moved', 'cancelled', 'by_us', 'over')", name=op.f("ck_slot_bookings_end_reason_known")
        ),
        sa.CheckConstraint(
            "ends_at > begins_at AND place > 0 AND visitors > 0", name=op.f("ck_slot_bookings_is_a_time_for_people")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_slot_bookings_ended_why")),
        sa.CheckConstraint(
            "(arrived_at IS NULL) = (received_by IS NULL)", name=op.f("ck_slot_bookings_received_by_whom")
        ),
        _to("slot_bookings", "development_id", "developments"),
        _to("slot_bookings", "registration_id", "registrations"),
        _to("slot_bookings", "booked_by", "people"),
        _to("slot_bookings", "ended_by", "people"),
        _to("slot_bookings", "received_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_bookings")),
        sa.UniqueConstraint("pass_key", name=op.f("uq_slot_bookings_pass_key")),
    )
    for name, columns in (
        ("uq_slot_bookings_place", ["development_id", "begins_at", "place"]),
        ("uq_slot_bookings_registration", ["registration_id"]),
    ):
        op.create_index(name, "slot_bookings", columns, unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING)
    op.create_index("ix_slot_bookings_registration", "slot_bookings", ["registration_id", "id"])


def _rewrite_kinds(words: str) -> None:
    """The kinds of texts there are. SQLite makes the table anew; it has no triggers."""
    with op.batch_alter_table("text_messages") as table:
        table.drop_constraint(op.f("ck_text_messages_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_kind_known"), words)


def _guard(name: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {name}_no_{deed.lower()} BEFORE {deed} ON {name} "
                f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
