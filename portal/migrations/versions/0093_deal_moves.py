"""A deal that is not signed may be given to somebody else by a person's decision: each move is a row (ADR 58)."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None

TABLE = "deal_moves"
FIXED = ("id", "development_id", "client_id", "unit", "created_at", "created_by")
WHOSE = ("touch_id", "owner_id", "agency_id")
REFERENCES = {
    "deal_id": "deals",
    **{
        f"{side}_{column}": table
        for side in ("from", "to")
        for column, table in zip(WHOSE, ("touches", "people", "agencies"), strict=True)
    },
    "decided_by": "people",
}


def upgrade() -> None:
    needed = ("deal_id", "decided_by")
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        *(sa.Column(column, BigInt, nullable=column not in needed) for column in REFERENCES),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column, table in REFERENCES.items()
        ),
        sa.CheckConstraint("length(reason) > 0", name=op.f(f"ck_{TABLE}_has_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_deal_id"), TABLE, ["deal_id"])
    _only_grows()
    _drop_whose()
    same = "IS" if _on_sqlite() else "IS NOT DISTINCT FROM"
    matches = [f"from_{column} {same} OLD.{column} AND to_{column} {same} NEW.{column}" for column in WHOSE]
    latest = f"id = (SELECT max(id) FROM {TABLE} WHERE deal_id = NEW.id)"  # noqa: S608
    decided = f"EXISTS (SELECT 1 FROM {TABLE} WHERE {latest} AND {' AND '.join(matches)})"  # noqa: S608
    unsigned = "OLD.signed_at IS NULL AND OLD.cancelled_at IS NULL"
    _refuse_whose(f"{_changed(*FIXED)} OR ({_changed(*WHOSE)} AND NOT ({unsigned} AND {decided}))")


def downgrade() -> None:
    """Deals stay whose they became; that they were moved is forgotten."""
    _drop_whose()
    _refuse_whose(_changed(*FIXED, *WHOSE))
    op.drop_table(TABLE)


def _refuse_whose(when: str) -> None:
    why = "a deal stays whose it is"
    if _on_sqlite():
        op.execute(
            f"CREATE TRIGGER deals_whose BEFORE UPDATE ON deals WHEN {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION deals_whose() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {when} THEN RAISE EXCEPTION '{why}'; END IF; RETURN NEW; END $$"
    )
    op.execute("CREATE TRIGGER deals_whose BEFORE UPDATE ON deals FOR EACH ROW EXECUTE FUNCTION deals_whose()")


def _drop_whose() -> None:
    op.execute("DROP TRIGGER deals_whose" + ("" if _on_sqlite() else " ON deals"))
    if not _on_sqlite():
        op.execute("DROP FUNCTION deals_whose()")


def _only_grows() -> None:
    if not _on_sqlite():
        op.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{deed.lower()} BEFORE {deed} ON {TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
        )


def _changed(*columns: str) -> str:
    differ = "IS NOT" if _on_sqlite() else "IS DISTINCT FROM"
    return "(" + " OR ".join(f"OLD.{column} {differ} NEW.{column}" for column in columns) + ")"


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
