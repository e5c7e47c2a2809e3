"""The ledger on both databases: posted once, chained, refused by the database itself when edited."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.ledger import BANK, EXPENSE, GENESIS, Transfer, accrued, reverse
from portal.access.actor import SYSTEM
from portal.db import Database
from portal.models import AccountBalance
from portal.services.ledger import balances as ledger_balances
from portal.services.ledger import posting
from portal.services.verification import proof

ACCRUED = accrued("agency:3")


def earned(reference: str, amount_fen: int = 36_000_00) -> Transfer:
    return Transfer(reference, EXPENSE, ACCRUED, amount_fen, "accrual")


def test_batches_are_numbered_and_chained(session: Session, now: datetime) -> None:
    first = posting.post(session, SYSTEM, now, reference="one", transfers=[earned("a"), earned("b")])
    second = posting.post(session, SYSTEM, now, reference="two", transfers=[earned("c")])
    assert (first.id, first.previous_hash) == (1, GENESIS)
    assert (second.id, second.previous_hash) == (2, first.hash)
    checked = proof.verify_ledger(session)
    assert (checked.batches, checked.transfers, checked.turnover_fen) == (2, 3, 108_000_00)
    assert proof.chain_fault(session) is None


def test_posting_again_posts_nothing(session: Session, now: datetime) -> None:
    first = posting.post(session, SYSTEM, now, reference="one", transfers=[earned("a")])
    assert posting.post(session, SYSTEM, now, reference="one", transfers=[earned("a")]) is first
    assert proof.verify_ledger(session).transfers == 1
    with pytest.raises(posting.ReferenceTaken):
        posting.post(session, SYSTEM, now, reference="one", transfers=[earned("a", 1)])


def test_a_mirror_brings_the_balance_back_to_zero(session: Session, now: datetime) -> None:
    posting.post(session, SYSTEM, now, reference="one", transfers=[earned("a", 500)])
    assert ledger_balances.balance_of(session, ACCRUED) == -500
    posting.post(session, SYSTEM, now, reference="two", transfers=[reverse(earned("a", 500), "b", "mistake")])
    assert ledger_balances.balance_of(session, ACCRUED) == 0
    assert ledger_balances.balance_of(session, BANK) == 0
    rows = session.scalars(select(AccountBalance).order_by(AccountBalance.account))
    assert [(row.account, row.debit_fen, row.credit_fen) for row in rows] == [(ACCRUED, 500, 500), (EXPENSE, 500, 500)]


@pytest.mark.parametrize("table", ["ledger_batches", "ledger_transfers"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET reference = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_posted(session: Session, now: datetime, table: str, deed: str) -> None:
    posting.post(session, SYSTEM, now, reference="one", transfers=[earned("a")])
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(deed.format(table)))


def test_verify_finds_what_was_forged_behind_the_triggers(session: Session, now: datetime) -> None:
    posting.post(session, SYSTEM, now, reference="one", transfers=[earned("a")])
    posting.post(session, SYSTEM, now, reference="two", transfers=[earned("b")])
    forged = "INSERT INTO ledger_transfers (batch_id, reference, debit, credit, amount_fen, why) VALUES "
    session.execute(text(forged + f"(2, 'c', '{EXPENSE}', '{ACCRUED}', 1, 'forged')"))
    fault = proof.verify_ledger(session).fault
    assert fault is not None
    assert (fault.number, fault.what) == (2, "digest")


def test_verify_misses_no_line(session: Session, now: datetime) -> None:
    """A transfer that claims to belong to a commission line needs that line."""
    posting.post(session, SYSTEM, now, reference="one", transfers=[earned("line:1:2:signed")])
    assert proof.verify_ledger(session).fault == (1, "transfer", "line:1:2:signed")


def test_racing_posts_make_one_unbroken_chain(database: Database, now: datetime) -> None:
    """Eight writers, half of them with references that another one posts too."""
    start = threading.Barrier(8)

    def run(number: int) -> None:
        start.wait()
        for turn in range(5):
            reference = f"{number // 2 if turn % 2 else number}-{turn}"
            with database.transaction() as session:
                posting.post(session, SYSTEM, now, reference=reference, transfers=[earned(reference)])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        checked = proof.verify_ledger(session)
        assert proof.chain_fault(session) is None
    assert checked.batches == checked.transfers == 8 * 3 + 4 * 2
