"""Events and whom they concern: a row in the causing transaction, streams without gaps, everybody's inbox."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

UNTOLD, UNREAD = sa.text("told_at IS NULL"), sa.text("read_at IS NULL")
FACTS = "id, kind, at, subject_kind, subject_id, person_id, agency_id, development_id, actor_id, facts, once"


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        *(
            sa.Column(name, BigInt, nullable=True)
            for name in ("subject_id", "person_id", "agency_id", "development_id", "actor_id")
        ),
        sa.Column("facts", Json, nullable=False),
        sa.Column("once", sa.String(length=120), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("once", name=op.f("uq_events_once")),
    )
    op.create_index("ix_events_untold", "events", ["id"], sqlite_where=UNTOLD, postgresql_where=UNTOLD)
    op.create_index("ix_events_subject", "events", ["subject_kind", "subject_id"])
    op.create_table(
        "stream_counters",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("latest", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_stream_counters")),
    )
    op.create_table(
        "stream_entries",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("sequence", BigInt, nullable=False),
        sa.Column("event_id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_stream_entries_event_id")),
        sa.PrimaryKeyConstraint("stream", "sequence", name=op.f("pk_stream_entries")),
        sa.UniqueConstraint("event_id", "stream", name="uq_stream_entries_event"),
    )
    op.create_table(
        "notices",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("event_id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("whom", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_notices_event_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("event_id", "person_id", name="uq_notices_event"),
    )
    op.create_index("ix_notices_person", "notices", ["person_id", "id"])
    op.create_index("ix_notices_unread", "notices", ["person_id"], sqlite_where=UNREAD, postgresql_where=UNREAD)
    _guard_events()
    _guard_entries()


def downgrade() -> None:
    for table in ("notices", "stream_entries", "stream_counters", "events"):
        op.drop_table(table)


def _guard_events() -> None:
    """What happened never changes; that it was told is written once."""
    if op.get_bind().dialect.name == "sqlite":
        for name, event in (
            ("change", f"UPDATE OF {FACTS} ON events"),
            ("second", "UPDATE ON events WHEN OLD.told_at IS NOT NULL"),
            ("delete", "DELETE ON events"),
        ):
            op.execute(
                f"CREATE TRIGGER events_no_{name} BEFORE {event} BEGIN SELECT RAISE(ABORT, 'events is append-only'); END"
            )
        return
    for name, event in (("change", f"UPDATE OF {FACTS}"), ("delete", "DELETE OR TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER events_no_{name} BEFORE {event} ON events "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER events_no_second BEFORE UPDATE ON events "
        "FOR EACH ROW WHEN (OLD.told_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    )


def _guard_entries() -> None:
    """An entry is read once by whoever stands behind its stream: it never changes."""
    table = "stream_entries"
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed} BEFORE {deed.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
