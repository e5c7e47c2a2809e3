"""`ledger verify` names what was changed behind the database's back, wherever it stands.

Whoever has the database in his hands can drop its triggers. So they are dropped here, and then one thing is broken at a
time: for every fault that there is, at least one deed that it finds.
"""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, selectinload

from commissions.ledger import BANK, Fault, Transfer, chain, payable
from portal.access.actor import SYSTEM
from portal.crypto import KEY_ID_BYTES, SealBroken, Vault
from portal.db import Database
from portal.models import Base, KeyMark, LedgerBatch, LedgerTransfer, PayoutBatch
from portal.rules.keys.starting import KeyKind
from portal.services.ledger import posting, trail
from portal.services.ledger.balances import OF_PAYEES
from portal.services.verification import proof
from portal.services.verification import runs as verification_runs
from portal.services.verification import worker as verification_worker
from portal.web.words.ledger import FAULTS


def first(table: str, where: str = "true") -> str:
    return f"(SELECT min(id) FROM {table} WHERE {where})"


PAID = first("payouts", "state = 'paid'")
RETURNED_ROW = f"UPDATE bank_results SET outcome = 'returned' WHERE payout_id = {PAID}"
STEP_OF_PAID = f"WHERE payout_id = {PAID} AND state"
STATED = "reference LIKE 'statement:%'"
HASHES = f"'{'a' * 64}', '{'b' * 64}'"
NEW_BATCH = "INSERT INTO ledger_batches (id, reference, at, previous_hash, hash) SELECT {} FROM ledger_batches"

TAMPERED: list[tuple[str, str]] = [
    ("number", NEW_BATCH.format(f"max(id) + 2, 'x', max(at), {HASHES}")),
    ("previous", NEW_BATCH.format(f"max(id) + 1, 'x', max(at), {HASHES}")),
    ("digest", f"UPDATE ledger_transfers SET amount_fen = amount_fen + 1 WHERE id = {first('ledger_transfers')}"),
    ("digest", f"UPDATE ledger_transfers SET why = 'x' WHERE id = {first('ledger_transfers')}"),
    ("digest", "DELETE FROM ledger_transfers WHERE reference LIKE 'paid:%'"),
    ("line", f"UPDATE posted_lines SET amount_fen = amount_fen + 1 WHERE id = {first('posted_lines')}"),
    ("line", f"UPDATE posted_lines SET cause = 'reward' WHERE id = {first('posted_lines')}"),
    ("transfer", "DELETE FROM posted_lines WHERE cause = 'fine' AND amount_fen > 0"),
    ("statement", f"DELETE FROM statement_lines WHERE statement_id = {first('statements')}"),
    ("statement", "UPDATE statements SET lines_fen = 5, total_fen = 5, payable_fen = 5"),
    ("opening", "UPDATE statements SET opening_fen = -1, total_fen = lines_fen - 1, payable_fen = lines_fen - 1"),
    ("statement_transfer", "UPDATE statements SET payable_fen = payable_fen + 1, carried_fen = -1"),
    ("statement_transfer", "UPDATE statements SET number = 'x' || number"),
    ("payout", "UPDATE payouts SET amount_fen = amount_fen + 1"),
    (
        "payout_transfer",
        f"UPDATE payouts SET state = 'exported', batch_id = {first('payout_batches')} WHERE state = 'approved'",
    ),
    ("payout_transfer", "UPDATE payouts SET state = 'failed' WHERE state = 'paid'"),
    ("payout_transfer", "UPDATE payouts SET state = 'requested', batch_id = NULL WHERE state = 'paid'"),
    ("payout_steps", "DELETE FROM payout_steps WHERE state = 'approved'"),
    ("payout_steps", "UPDATE payouts SET state = 'approved' WHERE state = 'requested'"),
    ("payout_steps", "UPDATE payouts SET state = 'voided' WHERE state = 'requested'"),
    (
        "hands",
        f"UPDATE payout_steps SET actor_id = (SELECT issued_by FROM statements LIMIT 1) {STEP_OF_PAID} = 'approved'",
    ),
    (
        "hands",
        f"UPDATE payout_steps SET actor_id = (SELECT actor_id FROM payout_steps {STEP_OF_PAID} = 'approved') "
        f"{STEP_OF_PAID} = 'exported'",
    ),
    ("bank_result", f"DELETE FROM bank_results WHERE payout_id = {PAID}"),
    ("bank_result", RETURNED_ROW),
    ("bank_result", "UPDATE bank_results SET amount_fen = amount_fen + 1"),
    ("bank_file", "UPDATE payout_batches SET total_fen = total_fen + 1"),
    ("bank_file", "UPDATE payout_batches SET digest = 'x'"),
    ("bank_file", "UPDATE payout_batches SET content_sealed = CAST(digest AS bytea)"),
    ("adjustment", "UPDATE adjustments SET amount_fen = amount_fen + 1"),
    ("adjustment", "UPDATE adjustments SET state = 'refused'"),
    ("withholding", "UPDATE withholdings SET cash_fen = cash_fen - 1"),
    ("withholding", "DELETE FROM withholdings"),
    ("reward", "UPDATE rewards SET value_fen = value_fen + 1 WHERE state = 'approved'"),
    ("reward", "UPDATE rewards SET state = 'due' WHERE state = 'approved'"),
    ("fine", "UPDATE strikes SET voided_at = NULL"),
    ("fine", "UPDATE strikes SET voided_at = confirmed_at"),
    ("period", f"UPDATE ledger_batches SET reference = 'close:2026-01:1' WHERE id = {first('ledger_batches')}"),
    ("summary", f"UPDATE account_balances SET debit_fen = debit_fen + 1 WHERE id = {first('account_balances')}"),
    ("summary", "DELETE FROM account_balances WHERE account = 'bank'"),
    ("summary", "INSERT INTO account_balances (account, kind, debit_fen, credit_fen) VALUES ('x', 'x', 1, 1)"),
]

ELSEWHERE = {"bank_details", "sent_account", "reference", "seal", "closing", "balance", "rewritten"}
"""The faults that need more than one statement to bring about: they have tests of their own."""
OF_FACTS = {"fact_chain", "fact", "deal", "rating", "facts_rewritten", "audit", "paper"}
"""Those of `test_facts`, and of `test_statement_documents`."""


def test_what_was_changed_is_named(unguarded: Session) -> None:
    found = []
    for _what, deed in TAMPERED:
        with unguarded.begin_nested() as attempt:
            unguarded.execute(text(_spelled(unguarded, deed)))
            unguarded.expire_all()
            fault = proof.verify_ledger(unguarded).fault
            found.append((fault and fault.what, deed))
            attempt.rollback()
    assert found == TAMPERED
    assert proof.verify_ledger(unguarded).fault is None


def test_a_key_that_is_missing_is_no_fault_of_the_books(unguarded: Session, now) -> None:
    sealed = unguarded.scalars(select(PayoutBatch.content_sealed)).first()
    name = sealed[:KEY_ID_BYTES].hex()
    unguarded.vault = Vault([bytes(range(32))], bytes(32))
    fault = proof.verify_ledger(unguarded).fault
    assert fault is not None, "a key that nobody ever had here: somebody wrote over the file"
    unguarded.add(KeyMark(kind=KeyKind.DATA, name=name, mark="0" * 64, since=now))
    with pytest.raises(SealBroken) as broken:
        proof.verify_ledger(unguarded)
    assert broken.value.no_key == name


def _spelled(session: Session, deed: str) -> str:
    return deed.replace("AS bytea", "AS BLOB") if session.get_bind().dialect.name == "sqlite" else deed


def test_a_reference_that_was_posted_twice_is_found_where_the_table_lets_it_be(unguarded: Session) -> None:
    """The unique constraint is gone, and the chain is made as if all were well."""
    if unguarded.get_bind().dialect.name == "postgresql":
        unguarded.execute(text("ALTER TABLE ledger_transfers DROP CONSTRAINT uq_ledger_transfers_reference"))
    else:
        unguarded.execute(text("ALTER TABLE ledger_transfers RENAME TO honest_transfers"))
        unguarded.execute(text("CREATE TABLE ledger_transfers AS SELECT * FROM honest_transfers"))
    moved = unguarded.scalars(select(LedgerTransfer).where(LedgerTransfer.reference.startswith("statement:"))).first()
    assert moved is not None
    again = Transfer(moved.reference, moved.debit, moved.credit, moved.amount_fen, moved.why)
    before = trail.head(unguarded)
    block = chain([again], before)
    values = {"id": block.number, "previous": block.previous, "hash": block.digest, **asdict(again)}
    unguarded.execute(text(NEW_BATCH.format(":id, 'x', max(at), :previous, :hash")), values)
    row = "SELECT max(id) + 1, :id, :reference, :debit, :credit, :amount_fen, :why FROM ledger_transfers"
    columns = "(id, batch_id, reference, debit, credit, amount_fen, why)"
    unguarded.execute(text(f"INSERT INTO ledger_transfers {columns} {row}"), values)
    assert proof.verify_ledger(unguarded).fault == Fault(block.number, "reference", moved.reference)


def test_a_close_without_its_seals_is_found(unguarded: Session) -> None:
    """A month that is being closed, and a statement of that close, whose ranks nobody sealed."""
    zeros = (
        *("agency_cursor", "person_cursor", "chunks", "whole", "done", "seals", "posted", "posted_fen"),
        *("statements", "lines", "lines_fen", "payable_fen", "carried_fen"),
    )
    columns = f"(month, state, started_by, started_at, {', '.join(zeros)})"
    row = f"'2026-03', 'closing', issued_by, issued_at{', 0' * len(zeros)} FROM statements ORDER BY id LIMIT 1"
    unguarded.execute(text(f"INSERT INTO periods {columns} SELECT {row}"))
    of_first = f"(SELECT batch_id FROM ledger_transfers WHERE id = {first('ledger_transfers', STATED)})"
    unguarded.execute(text(f"UPDATE ledger_batches SET reference = 'close:2026-03:1' WHERE id = {of_first}"))
    fault = proof.verify_ledger(unguarded).fault
    assert fault is not None
    assert (fault.number, fault.what) == (0, "seal")


def test_a_chain_that_was_made_anew_is_not_the_one_that_was_verified(unguarded: Session, now: datetime) -> None:
    """Whoever can write everything can also compute every hash: but not one that was written down."""
    verification_runs.note(unguarded, SYSTEM, now, verification_runs.verify(unguarded), seconds=1)
    noted = proof.verify_ledger(unguarded).head
    unguarded.execute(text(f"UPDATE ledger_transfers SET why = 'x' WHERE id = {first('ledger_transfers')}"))
    last, anew = None, []
    for batch in unguarded.scalars(
        select(LedgerBatch).order_by(LedgerBatch.id).options(selectinload(LedgerBatch.transfers))
    ):
        unguarded.refresh(batch)
        last = chain([Transfer(t.reference, t.debit, t.credit, t.amount_fen, t.why) for t in batch.transfers], last)
        anew.append({"id": last.number, "previous": last.previous, "hash": last.digest})
    unguarded.execute(text("UPDATE ledger_batches SET previous_hash = :previous, hash = :hash WHERE id = :id"), anew)
    unguarded.expire_all()
    assert proof.verify_ledger(unguarded).fault is None
    assert verification_runs.verify(unguarded).fault == Fault(len(anew), "rewritten")
    assert not proof.holds(unguarded, noted)


def test_two_workers_do_not_verify_at_once(database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = []
    real = verification_runs.verify

    def verify(*given: object) -> object:
        beside.append(verification_worker.run_due(database, lambda: now))
        return real(*given)

    monkeypatch.setattr(verification_worker, "verify", verify)
    assert verification_worker.run_due(database, lambda: now - timedelta(minutes=1)) is not None
    assert beside == [None]


def test_every_fault_that_has_words_is_brought_about_here() -> None:
    assert {what for what, _deed in TAMPERED} | ELSEWHERE | OF_FACTS == set(FAULTS)


def test_the_postings_are_those_of_the_documentation(ledger_world: Session) -> None:
    """Every transfer is one of the table's, or the other way round; every event of the table is in this world, but for
    a close and for money that came back."""
    page = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")
    told = {
        tuple(cell.strip(" `") for cell in row.strip("|").split("|")[1:])
        for row in page.split("*[postings]*")[1].split("##")[0].strip().splitlines()[2:]
    }
    transfers = ledger_world.scalars(select(LedgerTransfer)).all()
    posted = {(t.reference.split(":")[0] + ":", _kind(t.debit), _kind(t.credit)) for t in transfers}
    assert posted <= told | {(event, credit, debit) for event, debit, credit in told}
    assert {event for event, _debit, _credit in told - posted} == {"close:", "returned:"}


def _kind(account: str) -> str:
    return account if account.split(":")[0] not in OF_PAYEES else account.split(":")[0]


GUARDED = (
    *("ledger_batches", "ledger_transfers", "posted_lines", "statements", "statement_lines", "payouts", "payout_steps"),
    *("payout_batches", "bank_results", "withholdings", "audit_entries"),
)
"""Tables of money that have rows in this ledger_world."""


@pytest.mark.parametrize("table", GUARDED)
def test_the_database_refuses_every_change_of_money(ledger_world: Session, table: str) -> None:
    """Whatever the deed is, it names a row that is there: SQLite's triggers speak only where there is one."""
    assert ledger_world.scalar(text(f"SELECT count(*) FROM {table}"))
    column = "amount_fen" if table == "payouts" else next(iter(Base.metadata.tables[table].primary_key)).name
    deeds = [f"UPDATE {table} SET {column} = {column} + 1", f"DELETE FROM {table}"]
    if ledger_world.get_bind().dialect.name == "postgresql":
        deeds.append(f"TRUNCATE {table} CASCADE")
    else:
        columns = ", ".join(f'"{one.name}"' for one in Base.metadata.tables[table].columns if one.computed is None)
        deeds.append(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}")
    for deed in deeds:
        with pytest.raises(DBAPIError), ledger_world.begin_nested():
            ledger_world.execute(text(deed))


def test_money_that_nothing_explains_is_found_by_its_account(session: Session, now: datetime) -> None:
    gift = Transfer("gift", payable("agency:3"), BANK, 100, "no reason at all")
    posting.post(session, SYSTEM, now, reference="gift", transfers=[gift])
    assert proof.verify_ledger(session).fault == Fault(0, "balance", BANK)
