"""What a bank's answer calls failed or sent back moves money only when another person than the exporter confirms it.

An answer's rows keep the file's name, its digest and their place in it. What was settled by the import alone, before
two people were needed, is written down as just that, so that the verification can tell it apart.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

BY_THE_EXPORTER = """
    EXISTS (
        SELECT 1 FROM bank_results AS said JOIN payout_batches AS batch ON batch.id = said.batch_id
        WHERE said.id = NEW.result_id AND batch.exported_by = NEW.decided_by
    )
"""
UNCONFIRMED = """
    NEW.state <> OLD.state AND NEW.state IN ('failed', 'returned') AND NOT EXISTS (
        SELECT 1 FROM bank_confirmations AS decided JOIN bank_results AS said ON said.id = decided.result_id
        WHERE said.payout_id = NEW.id AND said.outcome = NEW.state AND decided.decision = 'confirmed'
    )
"""
REFUSALS = (
    (
        "bank_confirmations",
        "other_hand",
        "INSERT",
        BY_THE_EXPORTER,
        "who exported a bank file confirms no answer to it",
    ),
    ("bank_confirmations", "no_earlier", "INSERT", "NEW.decision = 'earlier'", "nothing is settled without a decision"),
    ("payouts", "fails_by_two", "UPDATE", UNCONFIRMED, "a payment fails when its answer is confirmed"),
)


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for column, kind in (("file_name", "TEXT"), ("file_digest", "VARCHAR(64)"), ("file_row", "BIGINT")):
        kind = "INTEGER" if on_sqlite and kind == "BIGINT" else kind
        op.execute(f"ALTER TABLE bank_results ADD COLUMN {column} {kind}")
    _create()
    op.execute(
        "INSERT INTO bank_confirmations (result_id, decision, decided_at) "
        "SELECT id, 'earlier', imported_at FROM bank_results "
        "WHERE outcome IN ('failed', 'returned') AND payout_id IS NOT NULL ORDER BY id"
    )
    _guard(on_sqlite)


def downgrade() -> None:
    raise NotImplementedError("who confirmed an answer would be forgotten: restore a backup instead")


def _create() -> None:
    op.create_table(
        "bank_confirmations",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("result_id", BigInt, nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "decision IN ('confirmed', 'dismissed', 'earlier')", name=op.f("ck_bank_confirmations_decision_known")
        ),
        sa.CheckConstraint("(decision = 'earlier') = (decided_by IS NULL)", name=op.f("ck_bank_confirmations_by_whom")),
        sa.CheckConstraint(
            "decision <> 'dismissed' OR length(reason) > 0", name=op.f("ck_bank_confirmations_has_reason")
        ),
        sa.ForeignKeyConstraint(["result_id"], ["bank_results.id"], name=op.f("fk_bank_confirmations_result_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_bank_confirmations_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_confirmations")),
        sa.UniqueConstraint("result_id", name=op.f("uq_bank_confirmations_result_id")),
    )


def _guard(on_sqlite: bool) -> None:
    table = "bank_confirmations"
    if on_sqlite:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        for on, name, deed, when, why in REFUSALS:
            op.execute(
                f"CREATE TRIGGER {on}_{name} BEFORE {deed} ON {on} WHEN {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for on, name, deed, when, why in REFUSALS:
        op.execute(
            f"CREATE FUNCTION {on}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF {when} THEN RAISE EXCEPTION '{why}'; END IF; RETURN NEW; END $$"
        )
        op.execute(f"CREATE TRIGGER {on}_{name} BEFORE {deed} ON {on} FOR EACH ROW EXECUTE FUNCTION {on}_{name}()")
