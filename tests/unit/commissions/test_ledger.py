"""Transfers that balance, mirrors that restore, and a chain that shows every tampering."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.ledger import (
    ADJUSTMENTS,
    BANK,
    EXPENSE,
    FINES,
    GENESIS,
    REWARDS,
    WITHHELD,
    Batch,
    Block,
    Fault,
    Transfer,
    accrued,
    chain,
    counterpart,
    first_fault,
    in_transit,
    payable,
    reverse,
    transfer,
    trial_balance,
)
from commissions.refusal import Refusal

A3 = accrued("agency:3")
ACCOUNTS = [EXPENSE, BANK, A3, payable("agency:3"), in_transit("agency:3"), payable("person:7")]
TRANSFERS = st.lists(
    st.tuples(st.permutations(ACCOUNTS), st.integers(-(10**12), 10**12).filter(bool), st.text(max_size=5)), max_size=20
).map(lambda rows: [transfer(f"t{n}", a[0], a[1], fen, why) for n, (a, fen, why) in enumerate(rows)])


def balances(transfers):
    return {row.account: row.balance_fen for row in trial_balance(transfers) if row.balance_fen}


def test_a_negative_amount_runs_the_other_way():
    assert transfer("r", EXPENSE, A3, -5, "clawback") == Transfer("r", A3, EXPENSE, 5, "clawback")


@pytest.mark.parametrize(
    ("debit", "credit", "amount_fen", "refusal"),
    [
        (EXPENSE, A3, 0, Refusal("bad_transfer_amount", amount_fen=0)),
        (BANK, BANK, 5, Refusal("same_account", account=BANK)),
        ("cash", BANK, 5, Refusal("bad_account", account="cash")),
        (BANK, "payable:agency:", 5, Refusal("bad_account", account="payable:agency:")),
        (BANK, "accrued:agency:3\n", 5, Refusal("bad_account", account="accrued:agency:3\n")),
    ],
)
def test_what_is_no_transfer_is_refused(debit, credit, amount_fen, refusal):
    with pytest.raises(Refusal) as refused:
        transfer("r", debit, credit, amount_fen, "")
    assert refused.value == refusal


def test_a_commission_from_accrual_to_bank():
    way = [EXPENSE, A3, payable("agency:3"), in_transit("agency:3"), BANK]
    steps = [transfer(f"s{n}", debit, credit, 500, "") for n, (debit, credit) in enumerate(pairwise(way))]
    assert balances(steps) == {EXPENSE: 500, BANK: -500}


@pytest.mark.parametrize(
    ("cause", "account"),
    [
        ("fine", FINES),
        ("adjustment", ADJUSTMENTS),
        ("reward", REWARDS),
        ("withholding", WITHHELD),
        ("accrual", EXPENSE),
        ("", EXPENSE),
    ],
)
def test_what_no_other_account_stands_against_is_a_commission(cause, account):
    assert counterpart(cause) == account


@given(TRANSFERS)
def test_every_set_of_transfers_balances(transfers):
    rows = trial_balance(transfers)
    assert sum(row.debit_fen for row in rows) == sum(row.credit_fen for row in rows)
    assert sum(row.balance_fen for row in rows) == 0


@given(TRANSFERS)
def test_a_mirror_undoes_and_its_mirror_restores(transfers):
    mirrored = [reverse(one, f"r-{one.reference}", "wrong") for one in transfers]
    restored = [reverse(one, f"r-{one.reference}", "right") for one in mirrored]
    assert balances([*transfers, *mirrored]) == {}
    assert balances([*transfers, *mirrored, *restored]) == balances(transfers)


# The chain

ROWS = [transfer(f"t{n}", EXPENSE, A3, n, "成交") for n in range(1, 7)]


def chained(*batches):
    last, blocks = None, []
    for rows in batches:
        last = chain(rows, last)
        blocks.append(Batch(last, tuple(rows)))
    return blocks


BOOK = chained(ROWS[:2], ROWS[2:4], ROWS[4:])


def test_a_chain_begins_at_genesis_and_holds():
    assert (BOOK[0].block.number, BOOK[0].block.previous) == (1, GENESIS)
    assert first_fault(BOOK) is None
    assert first_fault([]) is None


def test_the_digest_is_fixed_for_good():
    """Stored chains must verify for ever: a change of this figure is a change of the format."""
    assert chain([Transfer("t1", EXPENSE, A3, 1, "成交")], None).digest == (
        "b4d05e40e3264cd04a1de0a84344ba0ef91fc43a4df80b0957d930632943e410"
    )


def with_batch(index, batch):
    return [*BOOK[:index], batch, *BOOK[index + 1 :]]


TAMPERED = {
    "an amount": (with_batch(1, Batch(BOOK[1].block, (replace(ROWS[2], amount_fen=9), ROWS[3]))), Fault(2, "digest")),
    "a reason": (with_batch(1, Batch(BOOK[1].block, (replace(ROWS[2], why=""), ROWS[3]))), Fault(2, "digest")),
    "the order": (with_batch(1, Batch(BOOK[1].block, (ROWS[3], ROWS[2]))), Fault(2, "digest")),
    "a row dropped": (with_batch(1, Batch(BOOK[1].block, ROWS[2:3])), Fault(2, "digest")),
    "a batch dropped": ([BOOK[0], BOOK[2]], Fault(3, "number")),
    "the first dropped": (BOOK[1:], Fault(2, "number")),
    "a block re-hashed": (
        with_batch(1, Batch(chain(ROWS[2:3], BOOK[0].block), tuple(ROWS[2:3]))),
        Fault(3, "previous"),
    ),
    "a digest": (with_batch(2, Batch(Block(3, BOOK[1].block.digest, "0" * 64), BOOK[2].transfers)), Fault(3, "digest")),
}


@pytest.mark.parametrize(("book", "fault"), TAMPERED.values(), ids=TAMPERED)
def test_tampering_shows_as_the_first_fault(book, fault):
    assert first_fault(book) == fault


def test_an_empty_batch_is_not_sealed():
    with pytest.raises(Refusal) as refused:
        chain([], None)
    assert refused.value == Refusal("empty_batch")
