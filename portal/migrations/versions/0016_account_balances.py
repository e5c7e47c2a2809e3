"""What the ledger's accounts hold, kept up with every batch: filled here from all that was posted before. Bank files
stand as they were sent."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PAYEES_KINDS = ("accrued", "payable", "in_transit")


def upgrade() -> None:
    op.create_table(
        "account_balances",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("debit_fen", BigInt, nullable=False),
        sa.Column("credit_fen", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_balances")),
        sa.UniqueConstraint("account", name=op.f("uq_account_balances_account")),
    )
    op.create_index("ix_account_balances_kind", "account_balances", ["kind", "id"])
    op.execute(
        f"""
        INSERT INTO account_balances (account, kind, debit_fen, credit_fen)
        SELECT account, {_kind()}, SUM(debit_fen), SUM(credit_fen)
        FROM (
            SELECT debit AS account, amount_fen AS debit_fen, 0 AS credit_fen FROM ledger_transfers
            UNION ALL
            SELECT credit, 0, amount_fen FROM ledger_transfers
        ) AS sides
        GROUP BY account
        """  # noqa: S608 - words of ours
    )
    _guard("payout_batches")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("update", "delete"):
            op.execute(f"DROP TRIGGER payout_batches_no_{deed}")
    else:
        op.execute("DROP TRIGGER payout_batches_append_only ON payout_batches")
    op.drop_table("account_balances")


def _kind() -> str:
    cases = " ".join(f"WHEN account LIKE '{kind}:%' THEN '{kind}'" for kind in PAYEES_KINDS)
    return f"CASE {cases} ELSE account END"


def _guard(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
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
