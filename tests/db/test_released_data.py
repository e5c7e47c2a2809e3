"""What was written under an earlier schema is still there, and still proven, under the newest."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, Table, create_engine, select, text
from sqlalchemy.types import Boolean, Date, Integer, LargeBinary

from portal.db import migrate
from portal.models import Payout, PostedLine, Statement
from tests.databases import Dialect, Migrated

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
NOTHING_CARRIED = {"opening_fen": 0, "carried_fen": 0}


def test_lines_statements_and_payouts_of_before_have_a_payee_now(dialect: Dialect, migrated: Migrated) -> None:
    with migrated.empty(dialect) as url:
        migrate(url, "0007")
        engine = create_engine(url)
        write_money(engine)
        migrate(url)
        with engine.connect() as connection:
            line = connection.execute(select(PostedLine.reference, PostedLine.payee, PostedLine.amount_fen)).one()
            statement = connection.execute(select(Statement.payee, Statement.payable_fen)).one()
            payout = connection.execute(select(Payout.payee, Payout.reference)).one()
            stands = connection.execute(text("SELECT line_id, statement_id FROM statement_lines")).one()
        assert line == ("line:1:1:signed", "agency:1", 36_000_00)
        assert (statement, payout, stands) == (("agency:1", 36_000_00), ("agency:1", "P-1"), (1, 1))
        for table in ("posted_lines", "statements", "statement_lines"):
            with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
                connection.execute(text(f"DELETE FROM {table}"))
        engine.dispose()


def write_money(engine: Engine) -> None:
    """One deal's commission on a statement that is to be paid, as 0007 kept it."""
    tables = MetaData()
    tables.reflect(engine)
    rows: tuple[tuple[str, dict[str, Any]], ...] = (
        ("agencies", {}),
        ("people", {"role": "finance"}),
        ("developments", {"policy": "{}"}),
        ("clients", {}),
        ("plan_versions", {"name": "standard"}),
        ("deals", {"agency_id": 1, "plan_version_id": 1}),
        ("milestones", {"kind": "signed"}),
        ("ledger_batches", {}),
        (
            "commission_lines",
            {"cause": "accrual", "instalment": "signed", "window": "2026-03", "amount_fen": 36_000_00, "why": "{}"},
        ),
        ("statements", dict.fromkeys(("lines_fen", "total_fen", "payable_fen"), 36_000_00) | NOTHING_CARRIED),
        ("statement_lines", {}),
        ("payouts", {"reference": "P-1", "amount_fen": 36_000_00, "state": "requested"}),
    )
    with engine.begin() as connection:
        for name, values in rows:
            table = tables.tables[name]
            connection.execute(table.insert().values(filled(table) | values))


def filled(table: Table) -> dict[str, Any]:
    """A value for every column that must have one: what the row is about comes besides."""
    return {column.name: _some(column.type) for column in table.columns if not column.nullable}


def _some(kind: Any) -> object:
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer):
        return 1
    if isinstance(kind, LargeBinary):
        return b"-"
    if isinstance(kind, Date):
        return AT.date()
    return AT if "TIME" in str(kind).upper() else "-"
