"""Rounds in which another index key comes into force, and guards that let a digest follow it.

Digests stand in tables that only grow, too: of bank details in proposals and approvals, of phones in proposals of
accounts. From now on a digest there may be changed to what it is under the new key, by a pair that an open round
computed, with every other column as it was (ADR 69).
"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0098"
down_revision = "0097"
branch_labels = None
depends_on = None

ONLY_GROW = {
    "payout_approvals": ("account_digest", "id payout_id approved_by approved_at"),
    "first_approvals_anew": ("account_digest", "id payout_id approval_id approver_id at"),
}
"""Tables of which nothing else ever changes: their digest, and the rest of their columns."""
PROPOSALS = {
    "account_proposals": (
        "phone_index",
        "phone_sealed kind person_id role name note proposed_by proposed_at id opened_id state decided_by decided_at "
        "reason",
    ),
    "bank_changes": (
        "digest",
        "details_sealed agency_id person_id proposed_by proposed_at id call_back state decided_by decided_at reason",
    ),
}
OWNERS = {"agencies": "agency", "people": "person"}
"""Whose account comes into force by two people: where it only gets another digest, it is the same account."""

IS_TURNED = """
CREATE FUNCTION is_turned(former text, anew text) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT 1 FROM index_rotations WHERE ended_at IS NULL)
    AND EXISTS (SELECT 1 FROM digest_pairs AS pair WHERE pair.former = $1 AND pair.anew = $2)
$$
"""
IS_TURNED_IN = """
CREATE FUNCTION is_turned_in(what text, former jsonb, anew jsonb) RETURNS boolean LANGUAGE sql AS $$
    SELECT CASE what {arms} ELSE false END
$$
"""
ARM = (
    "WHEN '{table}' THEN former - '{column}' = anew - '{column}' "
    "AND is_turned(former ->> '{column}', anew ->> '{column}')"
)
REFUSE_ALL_BUT = """
CREATE FUNCTION refuse_all_but_a_turned_digest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_turned_in(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""
FIRST_LINE = "IF is_turned_in(TG_TABLE_NAME, to_jsonb(OLD) - 'payee', to_jsonb(NEW) - 'payee') THEN RETURN NEW; END IF;"
"""`payee` is made by the database of the row, after the trigger."""
OWNERS_LINE = (
    "IF NEW.bank_changed_at IS NOT DISTINCT FROM OLD.bank_changed_at "
    "AND is_turned(OLD.bank_digest, NEW.bank_digest) THEN RETURN NEW; END IF;"
)


def upgrade() -> None:
    op.create_table(
        "index_rotations",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("former", sa.String(length=64), nullable=False),
        sa.Column("anew", sa.String(length=64), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("turned_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("rows", BigInt, nullable=False),
        sa.Column("facts", Json, nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("signed_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint("former <> anew", name=op.f("ck_index_rotations_two_keys")),
        sa.CheckConstraint("ended_at IS NULL OR turned_at IS NOT NULL", name=op.f("ck_index_rotations_turned_first")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (facts IS NULL) AND (facts IS NULL) = (signature IS NULL)"
            " AND (signature IS NULL) = (signed_by IS NULL)",
            name=op.f("ck_index_rotations_ends_with_proof"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_rotations")),
    )
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_index_rotations_open",
        "index_rotations",
        ["former"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "digest_pairs",
        sa.Column("former", sa.String(length=64), nullable=False),
        sa.Column("anew", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("former", name=op.f("pk_digest_pairs")),
        sa.UniqueConstraint("anew", name=op.f("uq_digest_pairs_anew")),
    )
    if _on_sqlite():
        for trigger, exception in _sqlite_exceptions().items():
            _rewrite_on_sqlite(trigger, exception)
    else:
        _let_through_on_postgresql()


def downgrade() -> None:
    if _on_sqlite():
        for trigger, exception in _sqlite_exceptions().items():
            _rewrite_on_sqlite(trigger, exception, back=True)
    else:
        _as_before_on_postgresql()
    op.drop_table("digest_pairs")
    op.drop_table("index_rotations")


def _sqlite_exceptions() -> dict[str, str]:
    """By trigger: what it lets through from now on."""
    found = {}
    for table, (digest, others) in ONLY_GROW.items():
        found[f"{table}_no_update"] = _turned(digest, others.split())
    for table, (digest, others) in PROPOSALS.items():
        for name in ("text", "decision"):
            found[f"{table}_no_{name}"] = _turned(digest, others.split())
    for table in OWNERS:
        found[f"{table}_bank_by_two"] = _turned("bank_digest", ["bank_changed_at"])
    return found


def _turned(digest: str, others: Iterable[str]) -> str:
    """Whether nothing but a digest changes in SQLite's row, and by a pair of an open round."""
    same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in others)
    pair = f"former = OLD.{digest} AND anew = NEW.{digest}"
    round_is_open = "EXISTS (SELECT 1 FROM index_rotations WHERE ended_at IS NULL)"
    by_a_pair = f"EXISTS (SELECT 1 FROM digest_pairs WHERE {pair})"  # noqa: S608 - words of ours
    return " AND ".join([same, round_is_open, by_a_pair])


def _rewrite_on_sqlite(trigger: str, exception: str, *, back: bool = False) -> None:
    """Give a trigger one more exception, whatever it lets through already, or take it away again."""
    sql: str = op.get_bind().scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": trigger})
    event, _, rest = sql.partition(" BEGIN SELECT RAISE(ABORT, ")
    when, last = f" WHEN NOT ({exception})", f" AND NOT ({exception})"
    if back:
        event = event.removesuffix(last).removesuffix(when)
    else:
        event += last if " WHEN " in event else when
    op.execute(f"DROP TRIGGER {trigger}")
    op.execute(f"{event} BEGIN SELECT RAISE(ABORT, {rest}")


def _let_through_on_postgresql() -> None:
    arms = " ".join(ARM.format(table=table, column=column) for table, (column, _) in {**ONLY_GROW, **PROPOSALS}.items())
    op.execute(IS_TURNED)
    op.execute(IS_TURNED_IN.format(arms=arms))
    op.execute(REFUSE_ALL_BUT)
    for function in ("refuse_all_but_a_new_seal", "refuse_all_but_an_erasure"):
        _rewrite_on_postgresql(function, FIRST_LINE)
    for kind in OWNERS.values():
        _rewrite_on_postgresql(f"refuse_{kind}_bank_of_one", OWNERS_LINE)
    for table in ONLY_GROW:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_all_but_a_turned_digest()"
        )


def _as_before_on_postgresql() -> None:
    for table in ONLY_GROW:
        op.execute(f"DROP TRIGGER {table}_no_update ON {table}")
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for function in ("refuse_all_but_a_new_seal", "refuse_all_but_an_erasure"):
        _rewrite_on_postgresql(function, FIRST_LINE, back=True)
    for kind in OWNERS.values():
        _rewrite_on_postgresql(f"refuse_{kind}_bank_of_one", OWNERS_LINE, back=True)
    op.execute("DROP FUNCTION refuse_all_but_a_turned_digest()")
    op.execute("DROP FUNCTION is_turned_in(text, jsonb, jsonb)")
    op.execute("DROP FUNCTION is_turned(text, text)")


def _rewrite_on_postgresql(function: str, line: str, *, back: bool = False) -> None:
    """Let a trigger's function begin with one more exception, whatever it lets through already, or take it away."""
    named = sa.text(
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = :name AND pronamespace = "
        "current_schema()::regnamespace"
    )
    sql: str = op.get_bind().scalar(named, {"name": function})
    head, begin, body = sql.partition("BEGIN\n")
    op.execute(head + begin + (body.removeprefix(f"    {line}\n") if back else f"    {line}\n{body}"))


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
