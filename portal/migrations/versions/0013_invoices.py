"""Invoices of agencies; holds released one by one; money that came back; and payouts that cannot leave their graph.

From here on the database itself knows the moves of a payout: it begins as requested, only its state moves, along
`MOVES`, and the bank file is named by the move that sends it. SQLite cannot alter a check, so there the tables are
written anew.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATES = ("requested", "approved", "exported", "paid", "rejected", "failed", "voided", "returned")
SENT = "(state IN ('exported', 'paid', 'failed', 'returned')) = (batch_id IS NOT NULL)"
LIVE = sa.text("state NOT IN ('rejected', 'failed', 'voided', 'returned')")
MOVES = (
    ("requested", "approved"),
    ("requested", "rejected"),
    ("requested", "voided"),
    ("approved", "exported"),
    ("approved", "voided"),
    ("exported", "paid"),
    ("exported", "failed"),
    ("paid", "returned"),
)
OUTCOMES = ("paid", "failed", "returned", "unknown_reference", "other_batch", "other_amount", "already_settled")
PAYEE = (
    "CASE WHEN agency_id IS NOT NULL THEN 'agency:' || CAST(agency_id AS TEXT)"
    " ELSE 'person:' || CAST(person_id AS TEXT) END"
)
ONE_PAYEE = "(agency_id IS NULL) <> (person_id IS NULL)"
COUNTS = sa.text("state = 'current'")


def upgrade() -> None:
    if _on_sqlite():
        _rebuild_payouts()
        _rebuild_steps()
        _rebuild_results()
    else:
        _alter_checks()
    _create_releases()
    _create_invoices()
    _guard_payouts()
    _guard_invoices()


def downgrade() -> None:
    raise NotImplementedError("money that came back has no place in the tables of before: restore a backup instead")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _known(table: str, column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(_among(column, words), name=op.f(f"ck_{table}_{column}_known"))


def _among(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


# On SQLite they are written anew, while foreign keys rest (env.py looks at them all before the commit)


def _rebuild_payouts() -> None:
    op.create_table(
        "new_payouts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("statement_id", BigInt, nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("batch_id", BigInt, nullable=True),
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("person_id", BigInt, nullable=True),
        sa.Column("payee", sa.String(length=40), sa.Computed(PAYEE, persisted=True), nullable=False),
        sa.CheckConstraint(SENT, name=op.f("ck_payouts_sent_in_batch")),
        _known("payouts", "state", STATES),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payouts_amount_positive")),
        sa.CheckConstraint(ONE_PAYEE, name=op.f("ck_payouts_one_payee")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_payouts_agency_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_payouts_person_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("fk_payouts_batch_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_payouts_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("reference", name=op.f("uq_payouts_reference")),
    )
    _replace("payouts", "id, reference, statement_id, amount_fen, state, batch_id, agency_id, person_id")
    op.create_index("ix_payouts_batch_id", "payouts", ["batch_id"])
    op.create_index("ix_payouts_state", "payouts", ["state", "id"])
    op.create_index("ix_payouts_payee", "payouts", ["payee", "id"])
    op.create_index("uq_payouts_statement", "payouts", ["statement_id"], unique=True, sqlite_where=LIVE)


def _rebuild_steps() -> None:
    op.create_table(
        "new_payout_steps",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("payout_id", BigInt, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("actor_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _known("payout_steps", "state", STATES),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_payout_steps_payout_id")),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_payout_steps_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_steps")),
        sa.UniqueConstraint("payout_id", "state", name=op.f("uq_payout_steps_payout_id_state")),
    )
    _replace("payout_steps", 'id, payout_id, state, actor_id, "at", note')
    _guard("payout_steps")


def _rebuild_results() -> None:
    op.create_table(
        "new_bank_results",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("batch_id", BigInt, nullable=False),
        sa.Column("payout_id", BigInt, nullable=True),
        sa.Column("row_digest", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("imported_by", BigInt, nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        _known("bank_results", "outcome", OUTCOMES),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("fk_bank_results_batch_id")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_bank_results_payout_id")),
        sa.ForeignKeyConstraint(["imported_by"], ["people.id"], name=op.f("fk_bank_results_imported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_results")),
        sa.UniqueConstraint("batch_id", "row_digest", name=op.f("uq_bank_results_batch_id_row_digest")),
    )
    kept = "id, batch_id, payout_id, row_digest, reference, amount_fen, outcome, message, imported_by, imported_at"
    _replace("bank_results", kept)
    _guard("bank_results")


def _replace(table: str, kept: str) -> None:
    op.execute(f"INSERT INTO new_{table} ({kept}) SELECT {kept} FROM {table}")  # noqa: S608 - names of ours
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)


# On PostgreSQL they are altered in place


def _alter_checks() -> None:
    for table, column, words in (
        ("payouts", "state", STATES),
        ("payout_steps", "state", STATES),
        ("bank_results", "outcome", OUTCOMES),
    ):
        op.drop_constraint(f"ck_{table}_{column}_known", table)
        op.create_check_constraint(op.f(f"ck_{table}_{column}_known"), table, _among(column, words))
    op.drop_constraint("ck_payouts_sent_in_batch", "payouts")
    op.create_check_constraint(op.f("ck_payouts_sent_in_batch"), "payouts", SENT)
    op.drop_index("uq_payouts_statement", "payouts")
    op.create_index("uq_payouts_statement", "payouts", ["statement_id"], unique=True, postgresql_where=LIVE)


# New on both


def _create_releases() -> None:
    op.create_table(
        "hold_releases",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("payout_id", BigInt, nullable=False),
        sa.Column("hold", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("released_by", BigInt, nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_hold_releases_has_reason")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_hold_releases_payout_id")),
        sa.ForeignKeyConstraint(["released_by"], ["people.id"], name=op.f("fk_hold_releases_released_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold_releases")),
        sa.UniqueConstraint("payout_id", "cause", name=op.f("uq_hold_releases_payout_id_cause")),
    )
    _guard("hold_releases")


def _create_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("statement_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("invoiced_on", sa.Date(), nullable=False),
        sa.Column("file_name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sent_by", BigInt, nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("ended_by", BigInt, nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        _known("invoices", "state", ("current", "superseded", "rejected")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_invoices_amount_positive")),
        sa.CheckConstraint("(state = 'current') = (ended_at IS NULL)", name=op.f("ck_invoices_ended_when")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_invoices_ended_by_whom")),
        sa.CheckConstraint("(state = 'rejected') = (reason IS NOT NULL)", name=op.f("ck_invoices_rejected_why")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_invoices_statement_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_invoices_agency_id")),
        sa.ForeignKeyConstraint(["sent_by"], ["people.id"], name=op.f("fk_invoices_sent_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name=op.f("fk_invoices_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("file_name", name=op.f("uq_invoices_file_name")),
    )
    for name, columns in (("statement", ["statement_id"]), ("number", ["agency_id", "number"]), ("digest", ["digest"])):
        op.create_index(
            f"uq_invoices_{name}", "invoices", columns, unique=True, sqlite_where=COUNTS, postgresql_where=COUNTS
        )
    op.create_index("ix_invoices_digest", "invoices", ["digest", "agency_id"])
    op.create_index("ix_invoices_statement", "invoices", ["statement_id", "id"])


# What the database refuses


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


def _guard_payouts() -> None:
    moves = ", ".join(f"'{before}>{after}'" for before, after in MOVES)
    changed = _changed("id", "reference", "statement_id", "amount_fen", "agency_id", "person_id")
    batch = f"({_changed('batch_id')} AND NOT (OLD.batch_id IS NULL AND OLD.state = 'approved'))"
    moved = f"(OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({moves}))"
    _refuse("payouts", "begin", "INSERT", "NEW.state <> 'requested'", "a payout begins as requested")
    _refuse("payouts", "move", "UPDATE", moved, "a payout moves along its graph")
    _refuse("payouts", "stand", "UPDATE", f"{changed} OR {batch}", "a payout keeps its sum, payee and batch")
    _refuse("payouts", "stay", "DELETE", "true", "a payout is never deleted")


def _guard_invoices() -> None:
    sent = ("id", "statement_id", "agency_id", "number", "amount_fen", "invoiced_on", "file_name", "digest")
    stand = f"{_changed(*sent, 'sent_by', 'sent_at')} OR OLD.state <> 'current'"
    _refuse("invoices", "begin", "INSERT", "NEW.state <> 'current'", "an invoice begins as the current one")
    _refuse("invoices", "stand", "UPDATE", stand, "an invoice is never edited")
    _refuse("invoices", "stay", "DELETE", "true", "an invoice is never deleted")


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
    op.execute(
        f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{why}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {deed} ON {table} "
        f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {table}_{name}()"
    )
    if deed == "DELETE":
        op.execute(
            f"CREATE TRIGGER {table}_stay_all BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_{name}()"
        )
