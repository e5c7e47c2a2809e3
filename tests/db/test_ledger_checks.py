"""`ledger verify` names what was changed behind the database's back, wherever it stands."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commissions.ledger import BANK, Fault, Transfer, payable
from portal.access.actor import SYSTEM
from portal.services import ledger, payout_batches
from tests.db.money import Staff, answer, approved, exported, requested

GUARDED = ("posted_lines", "ledger_transfers", "statements", "statement_lines")

TAMPERED = [
    ("UPDATE posted_lines SET amount_fen = amount_fen + 1 WHERE id = 1", "line"),
    ("UPDATE ledger_transfers SET amount_fen = amount_fen + 1 WHERE id = 1", "digest"),
    ("DELETE FROM statement_lines WHERE statement_id = 1", "statement"),
    ("UPDATE statements SET lines_fen = 5, total_fen = 5, payable_fen = 5 WHERE id = 1", "statement"),
    ("UPDATE statements SET opening_fen = -1, total_fen = lines_fen - 1, payable_fen = lines_fen - 1", "opening"),
    ("UPDATE statements SET payable_fen = payable_fen + 1, carried_fen = -1", "statement_transfer"),
    ("UPDATE statements SET number = 'x' || number", "statement_transfer"),
    ("UPDATE payouts SET amount_fen = amount_fen + 1", "payout"),
    ("UPDATE payouts SET state = 'exported', batch_id = 1 WHERE state = 'approved'", "payout_transfer"),
    ("UPDATE payouts SET state = 'failed' WHERE state = 'paid'", "payout_transfer"),
    ("UPDATE payouts SET state = 'requested', batch_id = NULL WHERE state = 'paid'", "payout_transfer"),
    ("UPDATE payout_batches SET total_fen = total_fen + 1", "bank_file"),
    ("UPDATE payout_batches SET digest = 'x'", "bank_file"),
    ("UPDATE payout_batches SET content_sealed = digest", "bank_file"),
]


@pytest.fixture
def tampered(session: Session, now: datetime) -> Session:
    """A ledger with a payout of every kind, and the triggers that guard it taken away."""
    staff = Staff.hired(session)
    batch = exported(session, staff, now)
    payout_batches.import_result(session, staff.pays, now, batch, answer(session, batch))
    exported(session, staff, now)
    approved(session, staff, now)
    requested(session, staff, now)
    assert ledger.verify(session).fault is None
    for table in GUARDED:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text(f"DROP TRIGGER {table}_append_only ON {table}"))
        else:
            session.execute(text(f"DROP TRIGGER {table}_no_update"))
            session.execute(text(f"DROP TRIGGER {table}_no_delete"))
    for name in ("payouts_move", "payouts_stand"):
        on = " ON payouts" if session.get_bind().dialect.name == "postgresql" else ""
        session.execute(text(f"DROP TRIGGER {name}{on}"))
    return session


@pytest.mark.parametrize(("deed", "what"), TAMPERED)
def test_what_was_changed_is_named(tampered: Session, deed: str, what: str) -> None:
    # ids differ on PostgreSQL, whose sequences do not roll back: `1` stands for the first row
    for table in ("posted_lines", "ledger_transfers", "statements", "payout_batches"):
        first = tampered.scalar(text(f"SELECT min(id) FROM {table}"))
        column = {"statements": "statement_id", "payout_batches": "batch_id"}.get(table)
        if column:
            deed = deed.replace(f"{column} = 1", f"{column} = {first}")
        if f" {table} " in deed:
            deed = deed.replace("WHERE id = 1", f"WHERE id = {first}")
    if "content_sealed" in deed and tampered.get_bind().dialect.name == "postgresql":
        deed = deed.replace("= digest", "= digest::bytea")
    tampered.execute(text(deed))
    fault = ledger.verify(tampered).fault
    assert fault is not None
    assert fault.what == what


def test_money_that_nothing_explains_is_found_by_its_account(session: Session, now: datetime) -> None:
    gift = Transfer("gift", payable("agency:3"), BANK, 100, "no reason at all")
    ledger.post(session, SYSTEM, now, reference="gift", transfers=[gift])
    assert ledger.verify(session).fault == Fault(0, "balance", BANK)
