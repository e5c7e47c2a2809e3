"""Scheduled exports: who has which list sent when, the runs, and the files that they made, in parts."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0127"
down_revision = "0126"
branch_labels = None
depends_on = None

ROLES = (
    "'administrator', 'channel_manager', 'reception', 'consultant', 'finance', 'approver', 'cashier', "
    "'privacy_officer', 'principal', 'broker', 'referrer'"
)


def upgrade() -> None:
    op.create_table(
        "export_schedules",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("endpoint", sa.String(80), nullable=False),
        sa.Column("arguments", Json, nullable=False),
        sa.Column("filters", Json, nullable=False),
        sa.Column("format", sa.String(40), nullable=False),
        sa.Column("locale", sa.String(40), nullable=False),
        sa.Column("every", sa.String(40), nullable=False),
        sa.Column("hour", BigInt, nullable=False),
        sa.Column("weekday", BigInt, nullable=True),
        sa.Column("day", BigInt, nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_why", sa.String(40), nullable=True),
        sa.CheckConstraint("format IN ('csv', 'xlsx', 'parquet')", name=op.f("ck_export_schedules_format_known")),
        sa.CheckConstraint("every IN ('day', 'week', 'month')", name=op.f("ck_export_schedules_every_known")),
        sa.CheckConstraint(
            "ended_why IN ('by_hand', 'no_right', 'gone', 'left')", name=op.f("ck_export_schedules_ended_why_known")
        ),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_export_schedules_hour_of_a_day")),
        sa.CheckConstraint(
            "(every = 'week') = (weekday IS NOT NULL)", name=op.f("ck_export_schedules_weekday_of_a_week")
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_export_schedules_weekday_known")),
        sa.CheckConstraint("(every = 'month') = (day IS NOT NULL)", name=op.f("ck_export_schedules_day_of_a_month")),
        sa.CheckConstraint("day BETWEEN 1 AND 31", name=op.f("ck_export_schedules_day_known")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_export_schedules_ended")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_export_schedules_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_schedules")),
    )
    op.create_index(op.f("ix_export_schedules_person_id"), "export_schedules", ["person_id"])
    op.create_index("ix_export_schedules_running", "export_schedules", ["ended_at", "paused_at"])
    _create_runs()


def _create_runs() -> None:
    states = "'waiting', 'made', 'erased', 'failed', 'dropped'"
    op.create_table(
        "export_runs",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("schedule_id", BigInt, nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("tried", BigInt, server_default="0", nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("role", sa.String(40), nullable=True),
        sa.Column("rows", BigInt, nullable=True),
        sa.Column("size", BigInt, nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("keep_until", UtcDateTime(), nullable=True),
        sa.Column("why", sa.String(40), nullable=True),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_export_runs_state_known")),
        sa.CheckConstraint(f"role IN ({ROLES})", name=op.f("ck_export_runs_role_known")),
        sa.CheckConstraint("(state = 'waiting') = (next_at IS NOT NULL)", name=op.f("ck_export_runs_waits_for_a_try")),
        sa.CheckConstraint("(state IN ('made', 'erased')) = (sha256 IS NOT NULL)", name=op.f("ck_export_runs_made")),
        sa.CheckConstraint("(state = 'failed') = (why IS NOT NULL)", name=op.f("ck_export_runs_failed")),
        sa.ForeignKeyConstraint(["schedule_id"], ["export_schedules.id"], name=op.f("fk_export_runs_schedule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_runs")),
        sa.UniqueConstraint("schedule_id", "due_at", name=op.f("uq_export_runs_schedule_id_due_at")),
    )
    op.create_index("ix_export_runs_state", "export_runs", ["state", "next_at"])
    op.create_table(
        "export_parts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("run_id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("size", BigInt, nullable=False),
        sa.Column("file_name", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["export_runs.id"], name=op.f("fk_export_parts_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_parts")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_export_parts_run_id_number")),
    )


def downgrade() -> None:
    for table in ("export_parts", "export_runs", "export_schedules"):
        op.drop_table(table)
