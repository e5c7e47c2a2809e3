"""Appeals against strikes, decided by somebody else than who confirmed: the database itself sees to it (rules 4.3)."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("appeal_decisions", "appeals")
"""Append-only, as those of 0002."""

_SAME_HAND = """
    EXISTS (
        SELECT 1 FROM appeals JOIN strikes ON strikes.id = appeals.strike_id
        WHERE appeals.id = NEW.appeal_id AND strikes.confirmed_by = NEW.decided_by
    )
"""
_REFUSED = "who confirmed a strike does not decide its appeal"


def upgrade() -> None:
    op.add_column("freezes", sa.Column("undeserved_at", UtcDateTime(), nullable=True))
    op.create_table(
        "appeals",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("strike_id", BigInt, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("filed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_appeals_says_something")),
        sa.ForeignKeyConstraint(["strike_id"], ["strikes.id"], name=op.f("fk_appeals_strike_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("strike_id", name=op.f("uq_appeals_strike_id")),
    )
    outcome = sa.Enum("accepted", "rejected", name="appealoutcome", native_enum=False, length=40)
    op.create_table(
        "appeal_decisions",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("appeal_id", BigInt, nullable=False),
        sa.Column("outcome", outcome, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("outcome IN ('accepted', 'rejected')", name=op.f("ck_appeal_decisions_outcome_known")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_appeal_decisions_has_reason")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_decisions_appeal_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_appeal_decisions_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_decisions")),
        sa.UniqueConstraint("appeal_id", name=op.f("uq_appeal_decisions_appeal_id")),
    )
    op.create_table(
        "appeal_pictures",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("appeal_id", BigInt, nullable=False),
        sa.Column("file_name", sa.String(length=64), nullable=False),
        sa.Column("width", BigInt, nullable=False),
        sa.Column("height", BigInt, nullable=False),
        sa.Column("keep_until", UtcDateTime(), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_pictures_appeal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_pictures")),
        sa.UniqueConstraint("file_name", name=op.f("uq_appeal_pictures_file_name")),
    )
    op.create_index(op.f("ix_appeal_pictures_appeal_id"), "appeal_pictures", ["appeal_id"], unique=False)
    _guard_sqlite() if op.get_bind().dialect.name == "sqlite" else _guard_postgresql()


def _guard_sqlite() -> None:
    for table in TABLES:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        f"CREATE TRIGGER appeal_decisions_other_hand BEFORE INSERT ON appeal_decisions WHEN {_SAME_HAND} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
    )


def _guard_postgresql() -> None:
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"""
        CREATE FUNCTION refuse_same_hand() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {_SAME_HAND} THEN RAISE EXCEPTION '{_REFUSED}'; END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER appeal_decisions_other_hand BEFORE INSERT ON appeal_decisions "
        "FOR EACH ROW EXECUTE FUNCTION refuse_same_hand()"
    )


def downgrade() -> None:
    op.drop_table("appeal_pictures")
    op.drop_table("appeal_decisions")
    op.drop_table("appeals")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_same_hand()")
    op.drop_column("freezes", "undeserved_at")
