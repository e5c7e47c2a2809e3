"""The board of measures: its versions, what lives elsewhere as it was entered, and months that two people sealed."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0115"
down_revision = "0114"
branch_labels = None
depends_on = None

PROPOSED = {
    "measure_boards": ("development_id", "toml", "starts_at", "note", "proposed_by", "proposed_at"),
    "measure_seals": ("month", "proposed_by", "proposed_at"),
}
"""The columns of a proposal that stand from its first instant."""
ONLY_GROW = ("measure_entries", "sealed_measures")
MEASURES = "measure IN ('agencies', 'referral', 'wechat', 'own_media')"


def upgrade() -> None:
    _boards()
    _entries()
    _seals()
    for name, columns in PROPOSED.items():
        _guard_proposals(name, columns)
    for name in ONLY_GROW:
        _guard(name)
    op.create_index("ix_deals_signed_at", "deals", ["signed_at"])
    op.create_index("ix_showings_at", "showings", ["at"])


def downgrade() -> None:
    op.drop_index("ix_showings_at", "showings")
    op.drop_index("ix_deals_signed_at", "deals")
    for name in ("sealed_measures", "measure_seals", "measure_entries", "measure_boards"):
        op.drop_table(name)


def _boards() -> None:
    name = "measure_boards"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_proposal(name),
        sa.CheckConstraint(
            "state <> 'confirmed' OR decided_at < starts_at", name=op.f("ck_measure_boards_never_backdated")
        ),
        sa.CheckConstraint(
            "development_id IS NOT NULL OR length(toml) > 0", name=op.f("ck_measure_boards_all_have_one")
        ),
        sa.CheckConstraint("length(note) > 0", name=op.f("ck_measure_boards_says_why")),
        _refers(name, "development_id", "developments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_boards")),
    )
    op.create_index("ix_measure_boards_development_id", name, ["development_id"])
    op.create_index("ix_measure_boards_state", name, ["state", "id"])
    _unique("uq_measure_boards_start", name, ["development_id", "starts_at"], "state = 'confirmed'")
    _unique("uq_measure_boards_start_for_all", name, ["starts_at"], "state = 'confirmed' AND development_id IS NULL")


def _entries() -> None:
    name = "measure_entries"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("part", BigInt, nullable=False),
        sa.Column("whole", BigInt, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrects_id", BigInt, nullable=True),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("measure IN ('wechat', 'own_media')", name=op.f("ck_measure_entries_lives_elsewhere")),
        sa.CheckConstraint("part >= 0 AND whole > 0", name=op.f("ck_measure_entries_says_something")),
        sa.CheckConstraint("measure <> 'wechat' OR part <= whole", name=op.f("ck_measure_entries_part_of_whole")),
        sa.CheckConstraint(
            "(corrects_id IS NULL) OR length(reason) > 0", name=op.f("ck_measure_entries_correction_says_why")
        ),
        _refers(name, "development_id", "developments"),
        _refers(name, "corrects_id", "measure_entries"),
        _refers(name, "by_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_entries")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_measure_entries_corrects_id")),
    )
    first = "corrects_id IS NULL AND development_id IS"
    _unique("uq_measure_entries_first", name, ["month", "measure", "development_id"], f"{first} NOT NULL")
    _unique("uq_measure_entries_first_for_all", name, ["month", "measure"], f"{first} NULL")
    op.create_index("ix_measure_entries_development_id", name, ["development_id"])
    op.create_index("ix_measure_entries_month", name, ["month", "id"])


def _seals() -> None:
    name = "measure_seals"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        *_proposal(name),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_seals")),
    )
    op.create_index("ix_measure_seals_state", name, ["state", "id"])
    _unique("uq_measure_seals_month", name, ["month"], "state = 'confirmed'")
    _unique("uq_measure_seals_open", name, ["month"], "state = 'proposed'")
    name = "sealed_measures"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("seal_id", BigInt, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("part", BigInt, nullable=True),
        sa.Column("whole", BigInt, nullable=True),
        sa.Column("board_id", BigInt, nullable=True),
        sa.CheckConstraint(MEASURES, name=op.f("ck_sealed_measures_measure_known")),
        _refers(name, "seal_id", "measure_seals"),
        _refers(name, "development_id", "developments"),
        _refers(name, "board_id", "measure_boards"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_measures")),
    )
    op.create_index("ix_sealed_measures_month", name, ["month", "development_id"])
    op.create_index("ix_sealed_measures_seal", name, ["seal_id", "id"])


def _proposal(name: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f(f"ck_{name}_state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f(f"ck_{name}_decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f(f"ck_{name}_decided_when")),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by", name=op.f(f"ck_{name}_second_person")
        ),
        sa.CheckConstraint("state <> 'withdrawn' OR decided_by = proposed_by", name=op.f(f"ck_{name}_own_withdrawal")),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f(f"ck_{name}_has_reason")),
        _refers(name, "proposed_by", "people"),
        _refers(name, "decided_by", "people"),
    )


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _unique(name: str, table: str, columns: list[str], where: str) -> None:
    which = sa.text(where)
    op.create_index(name, table, columns, unique=True, sqlite_where=which, postgresql_where=which)


# Nobody rewrites what was said


def _guard_proposals(table: str, columns: tuple[str, ...]) -> None:
    if _sqlite():
        _refuse_on_sqlite(table, "text", f"UPDATE OF {', '.join(columns)} ON {table}")
        _refuse_on_sqlite(table, "decision", f"UPDATE ON {table} WHEN OLD.state <> 'proposed'")
        _refuse_on_sqlite(table, "delete", f"DELETE ON {table}")
        return
    _refuse_on_postgresql(table, "text", f"UPDATE OF {', '.join(columns)} ON {table} FOR EACH STATEMENT")
    _refuse_on_postgresql(table, "decision", f"UPDATE ON {table} FOR EACH ROW WHEN (OLD.state <> 'proposed')")
    _refuse_on_postgresql(table, "delete", f"DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT")


def _guard(table: str) -> None:
    if _sqlite():
        for deed in ("UPDATE", "DELETE"):
            _refuse_on_sqlite(table, deed.lower(), f"{deed} ON {table}")
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _refuse_on_sqlite(table: str, name: str, event: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_{name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _refuse_on_postgresql(table: str, name: str, event: str) -> None:
    op.execute(f"CREATE TRIGGER {table}_no_{name} BEFORE {event} EXECUTE FUNCTION refuse_change()")
