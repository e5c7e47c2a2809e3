"""Rounds in which everything is sealed anew, and guards that let nothing else through.

What stands sealed in tables that only grow could never leave its key: the triggers refused the new seal, too. From now
on they let one through while a round is open: of that round's key, as long as the former one, and with every other
column as it was.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

ONLY_GROW = {
    "payout_batches": ("content_sealed", "id number count total_fen digest exported_by exported_at"),
    "registrations": ("name_sealed", "id development_id client_id broker_id agency_id touch_id outcome code at"),
}
"""Tables that only grow: what is sealed, and the rest of their columns."""
PROPOSALS = {
    "account_proposals": (
        "phone_sealed",
        "kind person_id role name phone_index note proposed_by proposed_at",
        "id opened_id state decided_by decided_at reason",
    ),
    "bank_changes": (
        "details_sealed",
        "agency_id person_id digest proposed_by proposed_at",
        "id call_back state decided_by decided_at reason",
    ),
}
"""Proposals: what is sealed, what stands as it was proposed, and what is decided later. (`payee` follows from others.)"""

SEALED_ANEW = """
CREATE FUNCTION sealed_anew(former text, anew text) RETURNS boolean LANGUAGE sql AS $$
    SELECT length(former) = length(anew) AND EXISTS (
        SELECT 1 FROM key_rotations
        WHERE ended_at IS NULL AND name = substr(anew, 3, 8) AND name <> substr(former, 3, 8)
    )
$$
"""
REFUSE = """
CREATE FUNCTION refuse_all_but_a_new_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    former jsonb := to_jsonb(OLD);
    anew jsonb := to_jsonb(NEW);
BEGIN
    IF former - TG_ARGV = anew - TG_ARGV AND sealed_anew(former ->> TG_ARGV[0], anew ->> TG_ARGV[0]) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""
"""The first argument is the column that is sealed; the others are made by the database of the row, after the trigger."""


def upgrade() -> None:
    op.create_table(
        "key_rotations",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("rows", BigInt, nullable=False),
        sa.Column("files", BigInt, nullable=False),
        sa.CheckConstraint("rows >= 0 AND files >= 0", name=op.f("ck_key_rotations_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_rotations")),
    )
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_key_rotations_open",
        "key_rotations",
        ["name"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    _drop_guards(former=True)
    if _on_sqlite():
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    _drop_guards(former=False)
    if not _on_sqlite():
        op.execute("DROP FUNCTION refuse_all_but_a_new_seal()")
        op.execute("DROP FUNCTION sealed_anew(text, text)")
    _guard_as_before()
    op.drop_table("key_rotations")


def _guard_sqlite() -> None:
    for table, (sealed, others) in ONLY_GROW.items():
        op.execute(_refusal(table, "update", "UPDATE", _beside_a_new_seal(sealed, others.split())))
    for table, (sealed, proposed, decided) in PROPOSALS.items():
        both = [*proposed.split(), *decided.split()]
        op.execute(_refusal(table, "text", f"UPDATE OF {', '.join(proposed.split())}"))
        op.execute(_refusal(table, "other_seal", f"UPDATE OF {sealed}", _beside_a_new_seal(sealed, both)))
        only_if = f"OLD.state <> 'proposed' AND {_beside_a_new_seal(sealed, both)}"
        op.execute(_refusal(table, "decision", "UPDATE", only_if))


def _guard_postgresql() -> None:
    op.execute(SEALED_ANEW)
    op.execute(REFUSE)
    for table, (sealed, _) in ONLY_GROW.items():
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(_but_a_new_seal(table, "update", "UPDATE", sealed))
    for table, (sealed, proposed, _) in PROPOSALS.items():
        op.execute(
            f"CREATE TRIGGER {table}_no_text BEFORE UPDATE OF {', '.join(proposed.split())} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(_but_a_new_seal(table, "other_seal", f"UPDATE OF {sealed}", sealed))
        op.execute(_but_a_new_seal(table, "decision", "UPDATE", sealed, "WHEN (OLD.state <> 'proposed')"))


def _guard_as_before() -> None:
    """What the migrations of before had made."""
    for table in ONLY_GROW:
        if _on_sqlite():
            op.execute(_refusal(table, "update", "UPDATE"))
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
    for table, (sealed, proposed, _) in PROPOSALS.items():
        text = f"UPDATE OF {', '.join([*proposed.split(), sealed])}"
        if _on_sqlite():
            op.execute(_refusal(table, "text", text))
            op.execute(_refusal(table, "decision", "UPDATE", "OLD.state <> 'proposed'"))
            continue
        op.execute(
            f"CREATE TRIGGER {table}_no_text BEFORE {text} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_decision BEFORE UPDATE ON {table} "
            "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
        )


def _drop_guards(*, former: bool) -> None:
    """Those of UPDATE: of before, or of this migration."""
    names = [(table, f"{table}_no_{name}") for table in PROPOSALS for name in ("text", "decision")]
    if _on_sqlite():
        names += [(table, f"{table}_no_update") for table in ONLY_GROW]
    else:
        names += [(table, f"{table}_append_only") for table in ONLY_GROW]
    if not former:
        names += [(table, f"{table}_no_other_seal") for table in PROPOSALS]
        names += [] if _on_sqlite() else [(table, f"{table}_no_update") for table in ONLY_GROW]
    for table, name in names:
        op.execute(f"DROP TRIGGER {name}" if _on_sqlite() else f"DROP TRIGGER {name} ON {table}")


def _refusal(table: str, name: str, event: str, only_if: str = "") -> str:
    when = f"WHEN {only_if} " if only_if else ""
    return (
        f"CREATE TRIGGER {table}_no_{name} BEFORE {event} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _but_a_new_seal(table: str, name: str, event: str, sealed: str, when: str = "") -> str:
    made = ", 'payee'" if table == "bank_changes" else ""
    return (
        f"CREATE TRIGGER {table}_no_{name} BEFORE {event} ON {table} FOR EACH ROW {when} "
        f"EXECUTE FUNCTION refuse_all_but_a_new_seal('{sealed}'{made})"
    )


def _beside_a_new_seal(sealed: str, others: Iterable[str]) -> str:
    """Whether SQLite's row changes in another way than by being sealed anew."""
    same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in others)
    former, anew = (f"lower(hex(substr({row}.{sealed}, 1, 4)))" for row in ("OLD", "NEW"))
    opened = f"ended_at IS NULL AND name = {anew} AND name <> {former}"
    by_a_round = f"EXISTS (SELECT 1 FROM key_rotations WHERE {opened})"  # noqa: S608 - words of ours
    return f"NOT ({same} AND length(NEW.{sealed}) IS length(OLD.{sealed}) AND {by_a_round})"


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
