"""Disputes of statements' lines: where each stands, what was said by whom, and the files that go with it."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = ("open", "accepted", "refused", "withdrawn")
OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    _create_disputes()
    _create_steps()
    _create_files()
    _tell_adjustments_of_disputes()


def downgrade() -> None:
    op.drop_index("ix_adjustments_dispute_id", "adjustments")
    op.drop_column("adjustments", "dispute_id")
    for table in ("dispute_files", "dispute_steps", "disputes"):
        op.drop_table(table)


def _known(table: str) -> sa.CheckConstraint:
    listed = ", ".join(repr(state) for state in STATES)
    return sa.CheckConstraint(f"state IN ({listed})", name=op.f(f"ck_{table}_state_known"))


def _create_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("line_id", BigInt, nullable=False),
        sa.Column("statement_id", BigInt, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("filed_at", UtcDateTime(), nullable=False),
        _known("disputes"),
        sa.ForeignKeyConstraint(["line_id"], ["posted_lines.id"], name=op.f("fk_disputes_line_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_disputes_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_state", "disputes", ["state", "id"])
    op.create_index("ix_disputes_statement_id", "disputes", ["statement_id"])
    op.create_index("uq_disputes_open", "disputes", ["line_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)


def _create_steps() -> None:
    op.create_table(
        "dispute_steps",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("dispute_id", BigInt, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        _known("dispute_steps"),
        sa.CheckConstraint("state = 'withdrawn' OR length(words) > 0", name=op.f("ck_dispute_steps_says_something")),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name=op.f("fk_dispute_steps_dispute_id")),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_dispute_steps_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_steps")),
        sa.UniqueConstraint("dispute_id", "state", name=op.f("uq_dispute_steps_dispute_id_state")),
    )
    _guard("dispute_steps")


def _create_files() -> None:
    op.create_table(
        "dispute_files",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("dispute_id", BigInt, nullable=False),
        sa.Column("file_name", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name=op.f("fk_dispute_files_dispute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_files")),
        sa.UniqueConstraint("file_name", name=op.f("uq_dispute_files_file_name")),
    )
    op.create_index("ix_dispute_files_dispute_id", "dispute_files", ["dispute_id"])
    _guard("dispute_files")


def _tell_adjustments_of_disputes() -> None:
    """In words that both databases read: Alembic's own cannot add a key to a table of SQLite."""
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE adjustments ADD COLUMN dispute_id {kind} "
        "CONSTRAINT fk_adjustments_dispute_id REFERENCES disputes (id)"
    )
    op.create_index("ix_adjustments_dispute_id", "adjustments", ["dispute_id"])


def _guard(table: str) -> None:
    """As 0002 does it for the tables of then."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
