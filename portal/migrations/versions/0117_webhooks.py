"""Endpoints of agencies' own systems, what is delivered there, and each attempt."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0117"
down_revision = "0116"
branch_labels = None
depends_on = None

_THERE = sa.text("deleted_at IS NULL")
_WAITS = sa.text("next_try_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", Json, nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("former_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", UtcDateTime(), nullable=True),
        sa.Column("made_by", BigInt, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("disabled_why", sa.String(length=40), nullable=True),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("failures", BigInt, nullable=False),
        sa.Column("rests_until", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("lease", BigInt, nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck_webhook_endpoints_mode_known")),
        sa.CheckConstraint(
            "disabled_why IN ('by_hand', 'gone', 'failing')", name=op.f("ck_webhook_endpoints_disabled_why_known")
        ),
        sa.CheckConstraint(
            "(secret_sealed IS NULL) = (deleted_at IS NOT NULL)", name=op.f("ck_webhook_endpoints_deleted_is_forgotten")
        ),
        sa.CheckConstraint(
            "(former_sealed IS NULL) = (former_until IS NULL)", name=op.f("ck_webhook_endpoints_former_ends")
        ),
        sa.CheckConstraint(
            "(disabled_at IS NULL) = (disabled_why IS NULL)", name=op.f("ck_webhook_endpoints_disabled_says_why")
        ),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_webhook_endpoints_failures_counted")),
        _to("webhook_endpoints", "agency_id", "agencies"),
        _to("webhook_endpoints", "made_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index("ix_webhook_endpoints_agency", "webhook_endpoints", ["agency_id", "id"])
    op.create_index(
        "uq_webhook_endpoints_name",
        "webhook_endpoints",
        ["agency_id", "name"],
        unique=True,
        sqlite_where=_THERE,
        postgresql_where=_THERE,
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("endpoint_id", BigInt, nullable=False),
        sa.Column("message", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sequence", BigInt, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.Column("tries", BigInt, nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("given_up_at", UtcDateTime(), nullable=True),
        sa.Column("why", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "delivered_at IS NULL OR given_up_at IS NULL", name=op.f("ck_webhook_deliveries_settled_once")
        ),
        sa.CheckConstraint(
            "(next_try_at IS NULL) = (delivered_at IS NOT NULL OR given_up_at IS NOT NULL)",
            name=op.f("ck_webhook_deliveries_waits_until_settled"),
        ),
        sa.CheckConstraint(
            "(given_up_at IS NULL) = (why IS NULL)", name=op.f("ck_webhook_deliveries_given_up_says_why")
        ),
        _to("webhook_deliveries", "endpoint_id", "webhook_endpoints"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("endpoint_id", "message", name=op.f("uq_webhook_deliveries_message")),
    )
    op.create_index("ix_webhook_deliveries_endpoint", "webhook_deliveries", ["endpoint_id", "id"])
    op.create_index("ix_webhook_deliveries_created_at", "webhook_deliveries", ["created_at"])
    for name, columns in (("due", ["endpoint_id", "next_try_at"]), ("next", ["next_try_at"])):
        op.create_index(
            f"ix_webhook_deliveries_{name}",
            "webhook_deliveries",
            columns,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("delivery_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("milliseconds", BigInt, nullable=False),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("status", BigInt, nullable=True),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(status IS NULL) = (failure IS NOT NULL)", name=op.f("ck_webhook_attempts_answered_or_not")
        ),
        _to("webhook_attempts", "delivery_id", "webhook_deliveries"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
    )
    op.create_index("ix_webhook_attempts_delivery", "webhook_attempts", ["delivery_id", "id"])


def downgrade() -> None:
    for table in ("webhook_attempts", "webhook_deliveries", "webhook_endpoints"):
        op.drop_table(table)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
