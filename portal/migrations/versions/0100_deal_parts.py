"""A signed deal may be given to another agency, or to two: its parts, and what a decision says of them (ADR 59)."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0100"
down_revision = "0099"
branch_labels = None
depends_on = None

TABLE = "deal_parts"
REFERENCES = {
    "deal_id": "deals",
    "move_id": "deal_moves",
    "agency_id": "agencies",
    "owner_id": "people",
    "touch_id": "touches",
    "plan_version_id": "plan_versions",
}
KEPT = ("id", *REFERENCES, "after_bps", "share_bps", "opening", "since")
STANDS = "until IS NULL"
FIXED = ("id", "development_id", "client_id", "unit", "created_at", "created_by")
WHOSE = ("touch_id", "owner_id", "agency_id")
OUTCOMES = ("keep", "move", "reject")
REWORDED = {
    "conflict_proposals": ("outcome", OUTCOMES, "split"),
    "conflict_decisions": ("outcome", OUTCOMES, "split"),
    "conflict_results": ("result", ("yours", "not_yours"), "shared"),
}
"""Tables that know a word more from now on: the column, its words of before, and the word."""
MOVES = "outcome = 'move' OR to_registration_id IS NULL"
MOVES_OR_SPLITS = "outcome IN ('move', 'split') OR to_registration_id IS NULL"
SHARE = {
    "conflict_proposals": "(outcome = 'split') = (share_bps IS NOT NULL)",
    "conflict_decisions": "(outcome = 'split') = (share_bps IS NOT NULL)",
    "conflict_results": "(result = 'shared') = (share_bps IS NOT NULL)",
}
PROPOSED = (
    *("case_id", "outcome", "to_registration_id", "because", "moved_fen", "proposed_by", "proposed_at"),
    "share_bps",
)
ENDED = "OLD.state <> 'proposed'"


def upgrade() -> None:
    _parts()
    _guard_deals(given=True)
    for table, (column, words, more) in REWORDED.items():
        _free(table)
        checks = {f"{column}_known": _words(column, (*words, more))}
        if column == "outcome":
            checks["moves_to"] = MOVES_OR_SPLITS
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("share_bps", BigInt, nullable=True))
            for name, text in checks.items():
                batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
                batch.create_check_constraint(op.f(f"ck_{table}_{name}"), text)
            between = "share_bps IS NULL OR share_bps BETWEEN 1 AND 9999"
            batch.create_check_constraint(op.f(f"ck_{table}_share"), f"({between}) AND {SHARE[table]}")
        _guard(table, PROPOSED)


def downgrade() -> None:
    """Only where nothing was decided so: a portal without parts would call such deals faults, and re-rate them."""
    there = (
        "SELECT (SELECT count(*) FROM deal_parts) + (SELECT count(*) FROM conflict_proposals WHERE outcome = 'split')"
    )
    if op.get_bind().execute(sa.text(there)).scalar_one():
        raise RuntimeError("signed deals were given away or split: no portal without parts could read them")
    for table, (column, words, _more) in REWORDED.items():
        _free(table)
        checks = {f"{column}_known": _words(column, words)}
        if column == "outcome":
            checks["moves_to"] = MOVES
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_share"), type_="check")
            for name, text in checks.items():
                batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
                batch.create_check_constraint(op.f(f"ck_{table}_{name}"), text)
            batch.drop_column("share_bps")
        _guard(table, PROPOSED[:-1])
    _guard_deals(given=False)
    _drop(TABLE, "keep", "stay", "apart")
    op.drop_table(TABLE)


def _parts() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        *(sa.Column(column, BigInt, nullable=column == "touch_id") for column in REFERENCES),
        sa.Column("after_bps", BigInt, nullable=False),
        sa.Column("share_bps", BigInt, nullable=False),
        sa.Column("opening", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column, table in REFERENCES.items()
        ),
        sa.CheckConstraint(
            "share_bps > 0 AND after_bps >= 0 AND after_bps + share_bps <= 10000", name=op.f(f"ck_{TABLE}_share")
        ),
        sa.CheckConstraint("until >= since", name=op.f(f"ck_{TABLE}_ends_later")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index("ix_deal_parts_agency", TABLE, ["agency_id", "deal_id", "id"])
    for column in ("deal_id", "owner_id", "touch_id"):
        op.create_index(op.f(f"ix_{TABLE}_{column}"), TABLE, [column])
    stands = sa.text(STANDS)
    names = ["deal_id", "agency_id"]
    op.create_index("uq_deal_parts_agency", TABLE, names, unique=True, sqlite_where=stands, postgresql_where=stands)
    kept = f"{_changed(*KEPT)} OR OLD.until IS NOT NULL"
    _refuse(TABLE, "keep", "UPDATE", kept, "a part ends once, and nothing else of it changes")
    _refuse(TABLE, "stay", "DELETE", "true", "a part is never deleted")
    overlaps = "other.after_bps < NEW.after_bps + NEW.share_bps AND NEW.after_bps < other.after_bps + other.share_bps"
    beside = f"SELECT 1 FROM {TABLE} AS other WHERE other.deal_id = NEW.deal_id AND other.until IS NULL AND {overlaps}"  # noqa: S608
    _refuse(TABLE, "apart", "INSERT", f"NEW.until IS NULL AND EXISTS ({beside})", "nothing of a deal is given twice")


# What the database lets change of a deal


def _guard_deals(*, given: bool) -> None:
    """`given`: a decision may give a signed deal away, with the plan of its part; before, an unsigned one only."""
    _drop("deals", "whose", "plan")
    same = "IS" if _on_sqlite() else "IS NOT DISTINCT FROM"
    matches = [f"from_{column} {same} OLD.{column} AND to_{column} {same} NEW.{column}" for column in WHOSE]
    latest = "id = (SELECT max(id) FROM deal_moves WHERE deal_id = NEW.id)"
    decided = f"EXISTS (SELECT 1 FROM deal_moves WHERE {latest} AND {' AND '.join(matches)})"  # noqa: S608
    open_ = "OLD.cancelled_at IS NULL" if given else "OLD.signed_at IS NULL AND OLD.cancelled_at IS NULL"
    whose = f"{_changed(*FIXED)} OR ({_changed(*WHOSE)} AND NOT ({open_} AND {decided}))"
    _refuse("deals", "whose", "UPDATE", whose, "a deal stays whose it is")
    signing = "OLD.signed_at IS NULL AND OLD.plan_version_id IS NULL AND NEW.signed_at IS NOT NULL"
    last = "id = (SELECT max(id) FROM corrected_facts WHERE deal_id = NEW.id AND what = 'plan')"
    texts = [f"{when} = CAST({row}.plan_version_id AS TEXT)" for when, row in (("before", "OLD"), ("after", "NEW"))]
    corrected = f"EXISTS (SELECT 1 FROM corrected_facts WHERE {last} AND {' AND '.join(texts)})"  # noqa: S608
    allowed = [signing, corrected]
    if given:
        mine = f"deal_id = NEW.id AND {STANDS} AND agency_id = NEW.agency_id AND plan_version_id = NEW.plan_version_id"
        part = f"EXISTS (SELECT 1 FROM {TABLE} WHERE {mine})"  # noqa: S608
        allowed.append(f"{decided} AND ({part} OR (NEW.agency_id IS NULL AND NEW.plan_version_id IS NULL))")
    plan = " AND ".join([_changed("plan_version_id"), *(f"NOT ({one})" for one in allowed)])
    _refuse("deals", "plan", "UPDATE", plan, "a plan is fixed by the signing and changes by its correction only")


# Triggers


def _free(table: str) -> None:
    """Let go of a table's guards while it is written anew."""
    if table == "conflict_proposals":
        _drop(table, "keep", "stay", function=f"{table}_refuse")
    elif _on_sqlite():
        for deed in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{deed}")


def _guard(table: str, columns: Sequence[str]) -> None:
    """The guards that a table had, again."""
    if table == "conflict_proposals":
        said, changed = f"{table}: what was recorded is never edited", f"{_changed(*columns)} OR {ENDED}"
        if _on_sqlite():
            _refuse(table, "keep", "UPDATE", changed, said)
            _refuse(table, "stay", "DELETE", "true", said)
            return
        op.execute(
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{said}'; END $$"
        )
        does = f"EXECUTE FUNCTION {table}_refuse()"
        op.execute(f"CREATE TRIGGER {table}_keep BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed}) {does}")
        op.execute(f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} FOR EACH ROW {does}")
    elif _on_sqlite():
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _refuse(table: str, name: str, deed: str, when: str, why: str) -> None:
    """A trigger that refuses the deed on a row of which `when` is true."""
    if _on_sqlite():
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {deed} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
        )
        return
    row = "OLD" if deed == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {when} THEN RAISE EXCEPTION '{why}'; END IF; RETURN {row}; END $$"
    )
    op.execute(f"CREATE TRIGGER {table}_{name} BEFORE {deed} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_{name}()")


def _drop(table: str, *names: str, function: str = "") -> None:
    for name in names:
        op.execute(f"DROP TRIGGER {table}_{name}" + ("" if _on_sqlite() else f" ON {table}"))
        if not _on_sqlite() and not function:
            op.execute(f"DROP FUNCTION {table}_{name}()")
    if not _on_sqlite() and function:
        op.execute(f"DROP FUNCTION {function}()")


def _words(column: str, words: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _changed(*columns: str) -> str:
    differ = "IS NOT" if _on_sqlite() else "IS DISTINCT FROM"
    return "(" + " OR ".join(f"OLD.{column} {differ} NEW.{column}" for column in columns) + ")"


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
