"""Flags over partners' figures; by what index an account, or a phone, is known to be somebody else's too."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None

INDEXES = {"agencies": "account_index", "people": "account_index", "agreements": "contact_index"}
FIGURES = (
    *("same_account", "same_phone", "just_before", "doubted", "fake", "one_face", "never_came", "walked_in"),
    "velocity",
)
STATES = ("open", "asked", "answered", "let_go", "struck", "expired")
DEEDS = ("asked", "held", "answered", "let_go", "struck", "expired")
ENDED = "'let_go', 'struck', 'expired'"
KEPT = ("figure", "development_id", "agency_id", "person_id", "count", "whole", "evidence", "found", "opened_at")


def upgrade() -> None:
    """The indexes stay empty here: the worker fills them, for they need the keys."""
    for table, column in INDEXES.items():
        op.add_column(table, sa.Column(column, sa.String(length=64), nullable=True))
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    _flags()
    _steps()
    _holds()
    for table in ("risk_steps", "risk_holds"):
        _only_grows(table)
    _keeps("risk_flags")


def downgrade() -> None:
    on = "" if _on_sqlite() else " ON risk_flags"
    for name in ("keep", "stay"):
        op.execute(f"DROP TRIGGER risk_flags_{name}{on}")
    if not _on_sqlite():
        op.execute("DROP FUNCTION risk_flags_refuse()")
    for table in ("risk_holds", "risk_steps", "risk_flags"):
        op.drop_table(table)
    for table, column in INDEXES.items():
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
        op.drop_column(table, column)


def _flags() -> None:
    table = "risk_flags"
    checks = {
        "of_somebody": "person_id IS NOT NULL OR agency_id IS NOT NULL",
        "ended": f"(state IN ({ENDED})) = (ended_at IS NOT NULL)",
        "another_frees": "held_by IS NULL OR ended_by IS NULL OR held_by <> ended_by",
        "held_knows_why": "held_by IS NULL OR asked_at IS NOT NULL",
    }
    _table(
        table,
        _word(table, "figure", FIGURES, "figure"),
        _to(table, "development_id", "developments", nullable=True),
        _to(table, "agency_id", "agencies", nullable=True),
        _to(table, "person_id", "people", nullable=True),
        [sa.Column("count", BigInt, nullable=False), sa.Column("whole", BigInt, nullable=False)],
        [sa.Column("evidence", Json, nullable=False), sa.Column("found", sa.String(length=120), nullable=False)],
        [_at("opened_at")],
        _word(table, "state", STATES, "flagstate"),
        [_at("since"), _at("asked_at", nullable=True)],
        _to(table, "held_by", "people", nullable=True),
        [_at("ended_at", nullable=True)],
        _to(table, "ended_by", "people", nullable=True),
        [sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}")) for name, said in checks.items()],
        [sa.UniqueConstraint("found", name=op.f(f"uq_{table}_found"))],
    )
    for column in ("agency_id", "person_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index("ix_risk_flags_state", table, ["state", "since"])
    op.create_index("ix_risk_flags_partner", table, ["figure", "development_id", "agency_id", "person_id"])


def _steps() -> None:
    table = "risk_steps"
    checks = {
        "says_something": "deed = 'expired' OR length(words) > 0",
        "by_somebody": "(deed = 'expired') = (by_id IS NULL)",
        "struck_for": "(deed = 'struck') = (showing_id IS NOT NULL)",
    }
    _table(
        table,
        _to(table, "flag_id", "risk_flags"),
        _word(table, "deed", DEEDS, "deed"),
        _to(table, "by_id", "people", nullable=True),
        [sa.Column("words", sa.Text(), nullable=False)],
        _to(table, "showing_id", "showings", nullable=True),
        [_at("at")],
        [sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}")) for name, said in checks.items()],
    )
    op.create_index(op.f(f"ix_{table}_flag_id"), table, ["flag_id"])


def _holds() -> None:
    table = "risk_holds"
    _table(
        table,
        _to(table, "flag_id", "risk_flags"),
        _to(table, "deal_id", "deals", nullable=True),
        _to(table, "step_id", "risk_steps"),
        [sa.UniqueConstraint("flag_id", "deal_id", name=op.f(f"uq_{table}_flag_id_deal_id"))],
    )
    op.create_index(op.f(f"ix_{table}_deal_id"), table, ["deal_id"])


Parts = list[sa.Column | sa.Constraint]


def _to(table: str, column: str, target: str, *, nullable: bool = False) -> Parts:
    key = sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
    return [sa.Column(column, BigInt, nullable=nullable), key]


def _word(table: str, column: str, words: tuple[str, ...], name: str) -> Parts:
    kind = sa.Enum(*words, name=name, native_enum=False, length=40)
    listed = ", ".join(f"'{word}'" for word in words)
    known = sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}_known"))
    return [sa.Column(column, kind, nullable=False), known]


def _at(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _table(name: str, *parts: Parts) -> None:
    made = [one for part in parts for one in part]
    key = sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}"))
    op.create_table(name, sa.Column("id", BigInt, nullable=False), *made, key)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _only_grows(table: str) -> None:
    if not _on_sqlite():
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _keeps(table: str) -> None:
    """What a flag was found by stays, and so does one that has ended; none is deleted."""
    said = f"{table}: what was recorded is never edited"
    if _on_sqlite():
        changed = " OR ".join([*(f"OLD.{one} IS NOT NEW.{one}" for one in KEPT), f"OLD.state IN ({ENDED})"])
        refuse = f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        op.execute(f"CREATE TRIGGER {table}_keep BEFORE UPDATE ON {table} WHEN {changed} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} {refuse}")
        return
    kept = [f"OLD.{one}::text IS DISTINCT FROM NEW.{one}::text" for one in KEPT]
    changed = " OR ".join([*kept, f"OLD.state IN ({ENDED})"])
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{said}'; END $$"
    )
    does = f"EXECUTE FUNCTION {table}_refuse()"
    op.execute(f"CREATE TRIGGER {table}_keep BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed}) {does}")
    op.execute(f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} FOR EACH ROW {does}")
