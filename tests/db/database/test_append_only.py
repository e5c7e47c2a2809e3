"""What was decided or posted cannot be changed, whoever asks: the database itself refuses (rules 6.5, 9)."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.access.actor import SYSTEM
from portal.db import Database
from portal.models import APPEND_ONLY, DIGESTS_TURN, SEALED_ANEW, Base
from portal.services import audit
from tests.factories import BEFORE

MUST_STAND = {
    *("audit_entries", "ledger_batches", "ledger_transfers", "posted_lines", "statements", "statement_lines"),
    *("payout_steps", "payout_batches", "bank_results", "withholdings", "window_seals", "receipts"),
}


BUT_FOR_THE_SEAL = {"care_days", "care_grounds", "care_needs"}
"""They stand, too, but what is sealed in them may be sealed anew, and emptied on request."""


def test_what_the_rules_name_is_among_them() -> None:
    assert set(APPEND_ONLY) >= MUST_STAND
    assert set(APPEND_ONLY) <= set(Base.metadata.tables)


@pytest.fixture
def written(database: Database) -> Database:
    """A database with an audit entry in it: SQLite's triggers speak only where there is a row."""
    with database.transaction() as session:
        audit.record(session, SYSTEM, BEFORE, "signed_in", "people")
    return database


def attempts(dialect: str, table: str) -> list[str]:
    column = next(iter(Base.metadata.tables[table].primary_key)).name
    tries = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
    return tries + ([f"TRUNCATE {table} CASCADE"] if dialect == "postgresql" else [])


def test_nothing_changes_or_deletes_an_entry(written: Database) -> None:
    dialect = written.engine.dialect.name
    tries = [*attempts(dialect, "audit_entries"), "UPDATE audit_entries SET facts = '{}' WHERE id = 1"]
    if dialect == "sqlite":
        tries.append("INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries")
    for statement in tries:
        with pytest.raises(DBAPIError, match="append-only"), written.transaction() as session:
            session.execute(text(statement))


def test_every_table_of_the_list_is_guarded(database: Database) -> None:
    """On PostgreSQL each statement is tried; on SQLite, where a trigger needs a row, each trigger is looked up."""
    dialect = database.engine.dialect.name
    if dialect == "sqlite":
        with database.reading() as session:
            triggers = set(session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
        assert triggers >= {f"{table}_no_{deed}" for table in APPEND_ONLY for deed in ("update", "delete")}
        guarded = {name.removesuffix("_no_update") for name in triggers if name.endswith("_no_update")}
        assert guarded - BUT_FOR_THE_SEAL <= set(APPEND_ONLY)
        return
    with database.reading() as session:
        triggers = set(session.scalars(text("SELECT tgname FROM pg_trigger")))
    looking_at_rows = set(APPEND_ONLY) & {*SEALED_ANEW, *DIGESTS_TURN}
    assert triggers >= {f"{table}_no_update" for table in looking_at_rows}, "tests/db/keys/test_rotation.py tries them"
    for table in APPEND_ONLY:
        for statement in attempts(dialect, table)[table in looking_at_rows :]:
            with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
                session.execute(text(statement))


def test_an_entry_can_be_added(written: Database) -> None:
    """The guards stand against change, not against writing."""
    with written.transaction() as session:
        audit.record(session, SYSTEM, BEFORE, "signed_in", "people")


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_role_that_owns_nothing_cannot_put_the_guards_away(database: Database) -> None:
    """On PostgreSQL: whoever may write every table can still change no posted row, nor turn the triggers off. SQLite
    has no roles: who has its file has everything, and `ledger verify` finds what was changed."""
    with database.transaction() as session:
        session.execute(text("CREATE ROLE ledger_writer"))
        session.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO ledger_writer"))
    tries = {
        "UPDATE ledger_transfers SET why = 'x'": "append-only",
        "TRUNCATE ledger_transfers": "append-only",
        "SET session_replication_role = replica": "permission denied",
        "ALTER TABLE ledger_transfers DISABLE TRIGGER ALL": "must be owner",
        "DROP TRIGGER ledger_transfers_append_only ON ledger_transfers": "must be owner",
    }
    try:
        for statement, said in tries.items():
            with pytest.raises(DBAPIError, match=said), database.transaction() as session:
                session.execute(text("SET LOCAL ROLE ledger_writer"))
                session.execute(text(statement))
    finally:
        with database.transaction() as session:
            session.execute(text("DROP OWNED BY ledger_writer"))
            session.execute(text("DROP ROLE ledger_writer"))
