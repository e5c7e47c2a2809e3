"""What was written under an earlier schema is still there, and still proven, under the newest."""

from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, MetaData, Table, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import Boolean, Date, Integer, LargeBinary

from portal.crypto import KEY_BYTES, Vault
from portal.db import alembic_config, migrate
from portal.models import Payout, PostedLine, Statement
from tests.databases import Dialect, Migrated, opened

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
NOTHING_CARRIED = {"opening_fen": 0, "carried_fen": 0}


def test_lines_statements_and_payouts_of_before_have_a_payee_now(dialect: Dialect, migrated: Migrated) -> None:
    with migrated.empty(dialect) as url, opened(url) as engine:
        migrate(url, "0007")
        write_money(engine)
        migrate(url)
        with engine.connect() as connection:
            line = connection.execute(select(PostedLine.reference, PostedLine.payee, PostedLine.amount_fen)).one()
            told = connection.scalar(select(PostedLine.why))
            statement = connection.execute(select(Statement.payee, Statement.payable_fen, Statement.issued_to)).one()
            payout = connection.execute(select(Payout.payee, Payout.reference)).one()
            stands = connection.execute(text("SELECT line_id, statement_id FROM statement_lines")).one()
        assert line == ("line:1:1:signed", "agency:1", 36_000_00)
        assert told == {"deal": {"development": "-", "unit": "-", "broker": None, "price_fen": 1}}
        assert (statement, payout, stands) == (("agency:1", 36_000_00, "-"), ("agency:1", "P-1"), (1, 1))
        for table in ("posted_lines", "statements", "statement_lines"):
            with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
                connection.execute(text(f"DELETE FROM {table}"))


def test_referrers_of_before_are_kept_and_visit_gifts_name_their_givers(dialect: Dialect, migrated: Migrated) -> None:
    """0021 writes the referrers' table anew on SQLite: everything that points to it still does."""
    with migrated.empty(dialect) as url, opened(url) as engine:
        migrate(url, "0020")
        write_gifts(engine)
        migrate(url)
        with engine.begin() as connection:
            kept = connection.execute(text("SELECT id, person_id, audience, code, home FROM referrers")).all()
            givers = connection.execute(text("SELECT reference, referrer_id FROM vouchers ORDER BY id")).all()
            scans = "SELECT count(*) FROM scan_counts JOIN referrers ON referrers.id = scan_counts.referrer_id"
            assert connection.scalar(text(scans)) == 1
            if dialect == "sqlite":
                whole = text("SELECT count(*) FROM sqlite_master WHERE sql LIKE '%new_referrers%'")
                assert connection.scalar(whole) == 0
                assert connection.execute(text("PRAGMA foreign_key_check(scan_counts)")).all() == []
            connection.execute(text("UPDATE referrers SET audience = 'programme'"))
            twice = "INSERT INTO referrers (person_id, audience, development_id, code, joined_at) "
            values = "SELECT 1, 'citizen', {}, '{}', joined_at FROM referrers WHERE id = 1"
            connection.execute(text(twice + values.format("id + 1", "X")))
            with pytest.raises(IntegrityError), connection.begin_nested():
                connection.execute(text(twice + values.format("1", "Y")))
            assert connection.scalar(text("SELECT max(id) FROM referrers")) == 2
        assert kept == [(1, 1, "homeowner", "K7M42QX9", "3-1202")]
        assert givers == [("visit:1:8:0", 1), ("scan:stand:1:0", None)]


def test_bills_of_before_have_a_reference_and_stay_guarded(dialect: Dialect, migrated: Migrated) -> None:
    """0023 names them by owner, development and number; the same bill of two vouchers of before is kept as it was."""
    with migrated.empty(dialect) as url, opened(url) as engine:
        migrate(url, "0022")
        write_bills(engine)
        migrate(url)
        with engine.begin() as connection:
            named = connection.execute(text("SELECT bill, reference, amount_fen FROM relief_bills ORDER BY id")).all()
            if dialect == "sqlite":
                whole = text("SELECT count(*) FROM sqlite_master WHERE sql LIKE '%new_relief_bills%'")
                assert connection.scalar(whole) == 0
        assert named == [
            ("2026-04", "1:1:2026-04:1", 30_000),
            ("２０２６－０４", "1:1:2026-04:2", 30_000),
            ("2026-05", "1:1:2026-05:1", 30_000),
        ]
        for deed in ("UPDATE relief_bills SET months = 2", "DELETE FROM relief_bills"):
            with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
                connection.execute(text(deed))


def test_a_face_that_a_principal_confirmed_before_is_no_hard_evidence(dialect: Dialect, migrated: Migrated) -> None:
    """0049: it stays in force and waits for the developer's people; what reception confirmed stays, renewed too."""
    with migrated.empty(dialect) as url, opened(url) as engine:
        migrate(url, "0048")
        write_faces(engine)
        migrate(url)
        with engine.connect() as connection:
            confirmed = connection.execute(text("SELECT person_id, confirmed_at FROM face_templates ORDER BY id")).all()
            waiting = "SELECT person_id, template_id FROM face_enrolments WHERE state = 'proposed'"
            assert [(person, at is not None) for person, at in confirmed] == [(1, True), (2, False)]
            assert connection.execute(text(waiting)).all() == [(2, 20)]


def test_passwords_of_before_rest_in_their_own_row(dialect: Dialect, migrated: Migrated) -> None:
    """0050 seals each for its row, and needs the keys for it; back again they are as they were."""
    vault = Vault([bytes([1]) * KEY_BYTES], bytes([2]) * KEY_BYTES)
    with migrated.empty(dialect) as url, opened(url) as engine:
        migrate(url, "0049")
        write_people(engine)
        with pytest.raises(RuntimeError, match="portal migrate"):
            migrate(url, "0050")
        migrate(url, "0050", vault=vault)
        with engine.connect() as connection:
            sealed = connection.execute(text("SELECT id, password_sealed FROM people ORDER BY id")).all()
        plain = [one and vault.open_text(one, f"person.password:{key}") for key, one in sealed]
        assert plain == ["first", "second", None]
        config = alembic_config(url)
        config.attributes["vault"] = vault
        command.downgrade(config, "0049")
        with engine.connect() as connection:
            kept = connection.scalars(text("SELECT password_hash FROM people ORDER BY id")).all()
        assert kept == ["first", "second", None]


def write_people(engine: Engine) -> None:
    """Two people with passwords, and one who is invited; as 0049 kept them."""
    table = Table("people", MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        for key, hashed in enumerate(("first", "second", None), start=1):
            values = {"id": key, "role": "finance", "phone_index": str(key), "password_hash": hashed}
            connection.execute(table.insert().values(filled(table) | values))


def write_faces(engine: Engine) -> None:
    """Two brokers' faces, one confirmed by reception and renewed since, one by a principal; as 0048 kept them."""
    tables = MetaData()
    tables.reflect(engine)
    decided = {"state": "confirmed", "decided_at": AT, "doubts": "[]", "found": "{}"}
    face = {"confirmed_at": AT, "vector_sealed": b"-"}
    people = (("broker", 1), ("broker", 1), ("reception", None), ("principal", 1))
    rows: tuple[tuple[str, dict[str, Any]], ...] = (
        ("agencies", {}),
        *(
            ("people", {"id": key, "role": role, "agency_id": agency, "phone_index": str(key)})
            for key, (role, agency) in enumerate(people, start=1)
        ),
        ("face_templates", {"id": 10, "person_id": 1} | face),
        ("face_templates", {"id": 20, "person_id": 2} | face),
        ("face_enrolments", {"id": 101, "person_id": 1, "proposed_by": 1, "decided_by": 3} | decided),
        (
            "face_enrolments",
            {"id": 102, "person_id": 2, "template_id": 20, "proposed_by": 2, "decided_by": 4} | decided,
        ),
    )
    with engine.begin() as connection:
        for name, values in rows:
            table = tables.tables[name]
            connection.execute(table.insert().values(filled(table) | values))


def write_bills(engine: Engine) -> None:
    """Two fee reliefs of one homeowner, and bills that they paid, as 0022 kept them."""
    tables = MetaData()
    tables.reflect(engine)
    relief = {"kind": "fee_relief", "term_months": 12, "months_left": 9, "state": "open", "holder_id": 1}
    reward = {"kind": "fee_relief", "term_months": 12, "state": "fulfilled", "due_on": AT.date(), "why": "{}"}
    rows: tuple[tuple[str, dict[str, Any]], ...] = (
        ("people", {"role": "referrer"}),
        ("developments", {"policy": "{}"}),
        ("referrers", {"audience": "homeowner"}),
        ("clients", {}),
        ("deals", {}),
        ("rewards", {"id": 1, "slot": 1} | reward),
        ("rewards", {"id": 2, "slot": 2} | reward),
        ("vouchers", {"id": 1, "code": "A", "reference": "reward:1", "reward_id": 1} | relief),
        ("vouchers", {"id": 2, "code": "B", "reference": "reward:2", "reward_id": 2} | relief),
        ("relief_bills", {"id": 1, "voucher_id": 1, "bill": "2026-04", "amount_fen": 30_000}),
        ("relief_bills", {"id": 2, "voucher_id": 2, "bill": "２０２６－０４", "amount_fen": 30_000}),
        ("relief_bills", {"id": 3, "voucher_id": 2, "bill": "2026-05", "amount_fen": 30_000}),
    )
    with engine.begin() as connection:
        for name, values in rows:
            table = tables.tables[name]
            connection.execute(table.insert().values(filled(table) | values))


def write_gifts(engine: Engine) -> None:
    """A homeowner whose friend came and got a coffee, and a gift of a stand; as 0020 kept them."""
    tables = MetaData()
    tables.reflect(engine)
    gift = {"kind": "gift", "value_fen": 3000, "state": "open"}
    rows: tuple[tuple[str, dict[str, Any]], ...] = (
        ("people", {"role": "referrer"}),
        ("developments", {"policy": "{}"}),
        ("developments", {"id": 2, "name": "another", "policy": "{}"}),
        ("referrers", {"audience": "homeowner", "code": "K7M42QX9", "home": "3-1202"}),
        ("scan_counts", {"scans": 3}),
        ("vouchers", {"id": 1, "code": "A", "reference": "visit:1:8:0"} | gift),
        ("vouchers", {"id": 2, "code": "B", "reference": "scan:stand:1:0"} | gift),
    )
    with engine.begin() as connection:
        for name, values in rows:
            table = tables.tables[name]
            connection.execute(table.insert().values(filled(table) | values))


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
            {"cause": "accrual", "instalment": "signed", "window": "2026-03", "amount_fen": 36_000_00, "why": {}},
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
