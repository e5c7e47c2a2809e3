"""What was entered for a voucher can be taken back: bills, and what is left of a parking space; and it is said why.

A bill is found by its owner, development and number in one writing, whichever voucher paid it; taken back, its number
is free again. `relief_bills` only grows: SQLite writes it anew with the reference, PostgreSQL lays its guard aside while
the references of before are filled in.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

GROWING = ("relief_returns", "redemption_ends")
CAUSES = "revoked_because IN ('changed', 'taken_back', 'replaced')"
SAYS_WHY = "revoked_because IS NULL OR revoked_because <> 'taken_back' OR length(revoked_reason) > 0"
ONCE = sa.text("state <> 'refused' AND state <> 'withdrawn' AND reward_id IS NOT NULL")


def upgrade() -> None:
    _say_why_revoked()
    _name_bills()
    _create_returns()
    _create_ends()
    _link_adjustments()
    for table in GROWING:
        _guard(table)


def downgrade() -> None:
    raise NotImplementedError("what was taken back would count again: restore a backup instead")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _say_why_revoked() -> None:
    """Columns as text: SQLite takes one with its check only in one piece."""
    op.execute(
        "ALTER TABLE vouchers ADD COLUMN revoked_because VARCHAR(40) "
        f"CONSTRAINT ck_vouchers_revoked_because_known CHECK ({CAUSES})"
    )
    op.execute(
        f"ALTER TABLE vouchers ADD COLUMN revoked_reason TEXT CONSTRAINT ck_vouchers_revoked_why CHECK ({SAYS_WHY})"
    )


def _name_bills() -> None:
    if _on_sqlite():
        _write_bills_anew()
        return
    op.add_column("relief_bills", sa.Column("reference", sa.String(length=120), nullable=True))
    op.execute("ALTER TABLE relief_bills DISABLE TRIGGER relief_bills_append_only")
    bills = sa.table("relief_bills", sa.column("id"), sa.column("reference"))
    for row in list(_referred()):
        op.get_bind().execute(sa.update(bills).where(bills.c.id == row["id"]).values(reference=row["reference"]))
    op.execute("ALTER TABLE relief_bills ENABLE TRIGGER relief_bills_append_only")
    op.alter_column("relief_bills", "reference", nullable=False)
    op.drop_constraint("uq_relief_bills_voucher_id_bill", "relief_bills")
    op.create_unique_constraint(op.f("uq_relief_bills_reference"), "relief_bills", ["reference"])
    op.create_index(op.f("ix_relief_bills_voucher_id"), "relief_bills", ["voucher_id"])


def _write_bills_anew() -> None:
    kept = ("id", "voucher_id", "bill", "months", "amount_fen", "by_id", "at", "reference")
    new = op.create_table(
        "new_relief_bills",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("voucher_id", BigInt, nullable=False),
        sa.Column("bill", sa.String(length=40), nullable=False),
        sa.Column("months", BigInt, nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.CheckConstraint("months > 0", name=op.f("ck_relief_bills_months_positive")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_relief_bills_amount_positive")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_relief_bills_voucher_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_relief_bills_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relief_bills")),
        sa.UniqueConstraint("reference", name=op.f("uq_relief_bills_reference")),
    )
    rows = [{name: row[name] for name in kept} for row in _referred()]
    if rows:
        op.bulk_insert(new, rows)
    op.drop_table("relief_bills")
    op.rename_table("new_relief_bills", "relief_bills")
    op.create_index(op.f("ix_relief_bills_voucher_id"), "relief_bills", ["voucher_id"])
    _guard("relief_bills")


def _referred() -> Iterator[dict[str, object]]:
    """The bills of before, each with its reference: the same bill of the same owner again has the next number."""
    bills = sa.table(
        "relief_bills",
        *(sa.column(name) for name in ("id", "voucher_id", "bill", "months", "amount_fen", "by_id")),
        sa.column("at", UtcDateTime()),
    )
    vouchers = sa.table("vouchers", *(sa.column(name) for name in ("id", "holder_id", "development_id")))
    owned = sa.select(bills, vouchers.c.holder_id, vouchers.c.development_id).join_from(
        bills, vouchers, vouchers.c.id == bills.c.voucher_id
    )
    times: Counter[str] = Counter()
    for row in op.get_bind().execute(owned.order_by(bills.c.id)).mappings().all():
        owner = f"{row['holder_id']}:{row['development_id']}" if row["holder_id"] else f"voucher:{row['voucher_id']}"
        named = f"{owner}:{_number(row['bill'])[:60]}"
        times[named] += 1
        yield dict(row) | {"reference": f"{named}:{times[named]}"}


def _number(text: str) -> str:
    """As `referral.voucher.bill_number` writes it today."""
    narrow = unicodedata.normalize("NFKC", text).upper()
    number = "".join("-" if unicodedata.category(sign) == "Pd" or sign == "\u2212" else sign for sign in narrow)
    return "".join(sign for sign in number if unicodedata.category(sign)[0] not in "CZ")


def _create_returns() -> None:
    op.create_table(
        "relief_returns",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("bill_id", BigInt, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_relief_returns_says_why")),
        sa.ForeignKeyConstraint(["bill_id"], ["relief_bills.id"], name=op.f("fk_relief_returns_bill_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_relief_returns_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relief_returns")),
        sa.UniqueConstraint("bill_id", name=op.f("uq_relief_returns_bill_id")),
    )


def _create_ends() -> None:
    op.create_table(
        "redemption_ends",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("redemption_id", BigInt, nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_redemption_ends_says_why")),
        sa.ForeignKeyConstraint(["redemption_id"], ["redemptions.id"], name=op.f("fk_redemption_ends_redemption_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_redemption_ends_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_ends")),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_redemption_ends_redemption_id")),
    )


def _link_adjustments() -> None:
    """What was charged back is asked for once, unless that was turned down."""
    integer = "INTEGER" if _on_sqlite() else "BIGINT"
    op.execute(
        f"ALTER TABLE adjustments ADD COLUMN reward_id {integer} "
        "CONSTRAINT fk_adjustments_reward_id REFERENCES rewards (id)"
    )
    where = {"sqlite_where": ONCE, "postgresql_where": ONCE}
    op.create_index("uq_adjustments_reward", "adjustments", ["reward_id"], unique=True, **where)


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
