"""Finance checks an invoice before it counts (验票): who, when, whose tax number, at what rate.

Invoices of before are unchecked, also those of payments that were approved: they wait for finance like all others.
Of an e-invoice, whose twenty digits are national, one counts anywhere once it is checked.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

CHECK = ("checked_by", "checked_at", "tax_number", "tax_bps")
NATIONAL = sa.text("state = 'current' AND checked_at IS NOT NULL AND length(number) = 20")


def upgrade() -> None:
    number = "INTEGER" if _on_sqlite() else "BIGINT"
    op.execute(
        f"ALTER TABLE invoices ADD COLUMN checked_by {number} CONSTRAINT fk_invoices_checked_by REFERENCES people (id)"
    )
    op.add_column("invoices", sa.Column("checked_at", UtcDateTime(), nullable=True))
    op.add_column("invoices", sa.Column("tax_number", sa.String(length=20), nullable=True))
    op.add_column("invoices", sa.Column("tax_bps", BigInt, nullable=True))
    op.create_index(
        "uq_invoices_national", "invoices", ["number"], unique=True, sqlite_where=NATIONAL, postgresql_where=NATIONAL
    )
    whole = " OR ".join(f"(NEW.{column} IS NULL) <> (NEW.checked_at IS NULL)" for column in CHECK)
    differ = "IS NOT" if _on_sqlite() else "IS DISTINCT FROM"
    again = " OR ".join(f"OLD.{column} {differ} NEW.{column}" for column in CHECK)
    _refuse("come", "INSERT", "NEW.checked_at IS NOT NULL", "an invoice is checked after it came")
    _refuse("whole", "UPDATE", whole, "a check of an invoice is whole")
    _refuse("once", "UPDATE", f"OLD.checked_at IS NOT NULL AND ({again})", "an invoice is checked once")


def downgrade() -> None:
    for name in ("come", "whole", "once"):
        if _on_sqlite():
            op.execute(f"DROP TRIGGER invoices_{name}")
        else:
            op.execute(f"DROP FUNCTION invoices_{name} CASCADE")
    op.drop_index("uq_invoices_national", "invoices")
    for column in reversed(CHECK):
        op.drop_column("invoices", column)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _refuse(name: str, deed: str, when: str, why: str) -> None:
    """A trigger that refuses the deed on a row of which `when` is true, as 0013 does."""
    if _on_sqlite():
        op.execute(
            f"CREATE TRIGGER invoices_{name} BEFORE {deed} ON invoices WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION invoices_{name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{why}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER invoices_{name} BEFORE {deed} ON invoices "
        f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION invoices_{name}()"
    )
