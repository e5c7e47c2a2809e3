"""Bounds on every sum: what nobody means is refused, and no sum of them leaves 64 bits.

A price, a line and whatever makes one come to 10^12 fen at most (`commissions.money.MOST_FEN`), a transfer, which may
move a whole statement, to a thousand times that. Triggers look at what is written from now on: a constraint would refuse
the migration itself for one row of before.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

MOST = 10**12

BOUNDS = {
    ("deals", "price_fen"): (1, MOST),
    ("deal_discounts", "list_price_fen"): (1, MOST),
    ("posted_lines", "amount_fen"): (-MOST, MOST),
    ("adjustments", "amount_fen"): (-MOST, MOST),
    ("programme_costs", "amount_fen"): (-MOST, MOST),
    ("taxed_goods", "value_fen"): (-MOST, MOST),
    ("rewards", "value_fen"): (0, MOST),
    ("vouchers", "value_fen"): (0, MOST),
    ("relief_bills", "amount_fen"): (1, MOST),
    ("invoices", "amount_fen"): (1, 1000 * MOST),
    ("ledger_transfers", "amount_fen"): (1, 1000 * MOST),
}
"""The table and its column: what it may hold."""


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if not on_sqlite:
        op.execute(
            """
            CREATE FUNCTION refuse_amount() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'an amount of % is out of bounds', TG_TABLE_NAME; END $$
            """
        )
    for (table, column), (least, most) in BOUNDS.items():
        beyond = f"NEW.{column} NOT BETWEEN {least} AND {most}"
        if on_sqlite:
            for name, event in (("in", "INSERT"), ("change", f"UPDATE OF {column}")):
                op.execute(
                    f"CREATE TRIGGER {table}_{column}_bounds_{name} BEFORE {event} ON {table} WHEN {beyond} "
                    f"BEGIN SELECT RAISE(ABORT, 'an amount of {table} is out of bounds'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_{column}_bounds BEFORE INSERT OR UPDATE OF {column} ON {table} "
                f"FOR EACH ROW WHEN ({beyond}) EXECUTE FUNCTION refuse_amount()"
            )


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, column in BOUNDS:
        for name in ("_in", "_change") if on_sqlite else ("",):
            op.execute(f"DROP TRIGGER {table}_{column}_bounds{name}" + ("" if on_sqlite else f" ON {table}"))
    if not on_sqlite:
        op.execute("DROP FUNCTION refuse_amount()")
