"""Facts that money rests on change only behind the row that says so, and stand in a register behind a chain of hashes.

The table is empty after this migration: `portal migrate` then enters what is there as it stands, and writes down in the
audit log that this is where the proof begins (`services.facts.take_over`).

A deal's price, signing date and plan follow a correction, its dates a milestone; whose it is never changes. A strike, a
freeze, a dispute and an adjustment keep what they were made of, and what became of them.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

WHOSE = ("id", "development_id", "client_id", "unit", "touch_id", "owner_id", "agency_id", "created_at", "created_by")
PRICE = "OLD.price_fen <> NEW.price_fen"
KEPT = {
    "strikes": ("id", "showing_id", "broker_id", "confirmed_by", "confirmed_at"),
    "freezes": ("id", "broker_id", "starts_at", "ends_at"),
    "disputes": ("id", "line_id", "statement_id", "filed_at"),
    "adjustments": (
        *("id", "agency_id", "person_id", "amount_fen", "reason", "file_name", "deal_id", "dispute_id"),
        *("proposed_by", "proposed_at"),
    ),
}
"""What these tables keep from the first; what becomes of a row is written into its other columns."""
ENDED = {
    "strikes": ("OLD.voided_at IS NOT NULL", ("voided_at",)),
    "freezes": ("OLD.undeserved_at IS NOT NULL", ("undeserved_at", "lifted_at")),
    "disputes": ("OLD.state <> 'open'", ("state",)),
    "adjustments": ("OLD.state <> 'proposed'", ("state", "decided_by", "decided_at", "answer")),
}
"""When a row is at its end, and what then stands for good."""


def upgrade() -> None:
    op.create_table(
        "fact_entries",
        sa.Column("id", BigInt, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("row_id", BigInt, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_entries")),
        sa.UniqueConstraint("kind", "row_id", name=op.f("uq_fact_entries_kind_row_id")),
        sa.UniqueConstraint("hash", name=op.f("uq_fact_entries_hash")),
    )
    _guard("fact_entries")
    _guard_deals()
    for table, columns in KEPT.items():
        ended, final = ENDED[table]
        changed = f"{_changed(*columns)} OR ({ended} AND {_changed(*final)})"
        _refuse(table, "keep", "UPDATE", changed, f"{table}: what was recorded is never edited")
        _refuse(table, "stay", "DELETE", "true", f"{table}: nothing recorded is ever deleted")


def downgrade() -> None:
    for table in KEPT:
        _drop(table, "keep", "stay")
    _drop("deals", "whose", "price", "plan", "signed", "cancelled", "stay")
    op.drop_table("fact_entries")


def _guard_deals() -> None:
    corrected = (
        f"EXISTS ({_correction('price')} AND before = {_text('OLD.price_fen')} AND after = {_text('NEW.price_fen')})"
    )
    _refuse("deals", "whose", "UPDATE", _changed(*WHOSE), "a deal stays whose it is")
    _refuse("deals", "price", "UPDATE", f"{PRICE} AND NOT {corrected}", "a price changes by its correction only")
    signing = "OLD.signed_at IS NULL AND OLD.plan_version_id IS NULL AND NEW.signed_at IS NOT NULL"
    corrected = (
        f"EXISTS ({_correction('plan')} AND before = {_text('OLD.plan_version_id')} "
        f"AND after = {_text('NEW.plan_version_id')})"
    )
    plan = f"{_changed('plan_version_id')} AND NOT ({signing}) AND NOT {corrected}"
    _refuse("deals", "plan", "UPDATE", plan, "a plan is fixed by the signing and changes by its correction only")
    corrected = f"EXISTS ({_correction('signed_at')} AND {_same('before', 'OLD')} AND {_same('after', 'NEW')})"
    signed = f"{_changed('signed_at')} AND NOT ({_reached('signed')}) AND NOT {corrected}"
    _refuse("deals", "signed", "UPDATE", signed, "a signing follows its milestone and changes by its correction only")
    cancelled = f"{_changed('cancelled_at')} AND NOT ({_reached('cancelled')})"
    _refuse("deals", "cancelled", "UPDATE", cancelled, "a cancellation follows its milestone")
    _refuse("deals", "stay", "DELETE", "true", "a deal is never deleted")


def _correction(what: str) -> str:
    """The latest correction of the deal's fact; conditions on it may follow."""
    latest = f"SELECT max(id) FROM corrected_facts WHERE deal_id = NEW.id AND what = '{what}'"  # noqa: S608
    return f"SELECT 1 FROM corrected_facts WHERE id = ({latest})"  # noqa: S608


def _reached(kind: str) -> str:
    """It did not stand there, and the deal's milestone of this kind says so."""
    column = f"{kind}_at"
    step = f"SELECT 1 FROM milestones WHERE deal_id = NEW.id AND kind = '{kind}' AND at = NEW.{column}"  # noqa: S608
    return f"OLD.{column} IS NULL AND EXISTS ({step})"


def _same(text: str, row: str) -> str:
    """A correction writes instants in ISO 8601."""
    if _on_sqlite():
        return f"strftime('%Y-%m-%d %H:%M:%f', {text}) = strftime('%Y-%m-%d %H:%M:%f', {row}.signed_at)"
    return f"{text}::timestamptz = {row}.signed_at"


def _text(column: str) -> str:
    return f"CAST({column} AS TEXT)"


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _changed(*columns: str) -> str:
    differ = "IS NOT" if _on_sqlite() else "IS DISTINCT FROM"
    return "(" + " OR ".join(f"OLD.{column} {differ} NEW.{column}" for column in columns) + ")"


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
    if deed == "DELETE":
        op.execute(
            f"CREATE TRIGGER {table}_stay_all BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _drop(table: str, *names: str) -> None:
    for name in names:
        op.execute(f"DROP TRIGGER {table}_{name}" + ("" if _on_sqlite() else f" ON {table}"))
        if not _on_sqlite():
            op.execute(f"DROP FUNCTION {table}_{name}()")
    if not _on_sqlite():
        op.execute(f"DROP TRIGGER {table}_stay_all ON {table}")


def _guard(table: str) -> None:
    """As 0002 does it for the tables of then."""
    if _on_sqlite():
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
