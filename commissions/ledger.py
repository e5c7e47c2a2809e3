"""The ledger: transfers that balance by construction, corrected by mirroring, chained by hashes.

A transfer moves an amount from one account to another, in one row, so there is nothing that could fail
to sum to zero (rules 6.5). Its reference is unique, which makes posting it again harmless. Batches are
hashed in a chain: whoever changes, drops or adds a transfer later breaks the chain from there on.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from commissions.refusal import Refusal

EXPENSE = "expense:commission"
"""What commissions cost."""
REWARDS = "expense:reward"
"""What referral rewards in money cost."""
ADJUSTMENTS = "expense:adjustment"
"""What two people's hands changed where no rule did."""
FINES = "income:fine"
"""What fines bring back."""
WITHHELD = "tax:withheld"
"""Tax kept back from individuals, owed to the authority."""
BANK = "bank"
"""Where money leaves."""

_ACCOUNT = re.compile(
    r"expense:(?:commission|reward|adjustment)|income:fine|tax:withheld|bank"
    r"|(?:accrued|payable|in_transit):(?:agency|person):[0-9]+"
)


@lru_cache(maxsize=4096)  # a close makes a million transfers between few accounts
def _is_account(code: str) -> bool:
    return _ACCOUNT.fullmatch(code) is not None


COUNTERPARTS: Mapping[str, str] = {
    "fine": FINES,
    "adjustment": ADJUSTMENTS,
    "reward": REWARDS,
    "withholding": WITHHELD,
}
"""The account on the other side of a payee's line, by its cause; every other cause is a commission's."""


def counterpart(cause: str) -> str:
    """The account that pays a line of this cause, or is paid by it."""
    return COUNTERPARTS.get(cause, EXPENSE)


def accrued(payee: str) -> str:
    """Earned by a payee (``agency:3``) but not on a statement yet: ``accrued:agency:3``."""
    return f"accrued:{payee}"


def payable(payee: str) -> str:
    """On an issued statement, owed: ``payable:agency:3``."""
    return f"payable:{payee}"


def in_transit(payee: str) -> str:
    """In a bank file, not confirmed yet: ``in_transit:agency:3``."""
    return f"in_transit:{payee}"


@dataclass(frozen=True, slots=True)
class Transfer:
    """``amount_fen`` (always positive) to the debit of one account and the credit of another.

    Raises Refusal ``bad_account`` for a code this ledger does not know, ``same_account`` and
    ``bad_transfer_amount``.
    """

    reference: str
    debit: str
    credit: str
    amount_fen: int
    why: str

    def __post_init__(self) -> None:
        for account in (self.debit, self.credit):
            if not _is_account(account):
                raise Refusal("bad_account", account=account)
        if self.debit == self.credit:
            raise Refusal("same_account", account=self.debit)
        if self.amount_fen <= 0:
            raise Refusal("bad_transfer_amount", amount_fen=self.amount_fen)


def transfer(reference: str, debit: str, credit: str, amount_fen: int, why: str) -> Transfer:
    """A transfer for a signed amount: a negative one runs the other way, so a clawback needs no thought."""
    if amount_fen < 0:
        debit, credit, amount_fen = credit, debit, -amount_fen
    return Transfer(reference, debit, credit, amount_fen, why)


def reverse(original: Transfer, reference: str, why: str) -> Transfer:
    """The mirror of ``original``: the only correction there is. A mirror can itself be mirrored."""
    return Transfer(reference, original.credit, original.debit, original.amount_fen, why)


# Balances


class TrialRow(NamedTuple):
    """An account's turnover, and its balance: positive when debits outweigh."""

    account: str
    debit_fen: int
    credit_fen: int

    @property
    def balance_fen(self) -> int:
        return self.debit_fen - self.credit_fen


def trial_balance(transfers: Iterable[Transfer]) -> tuple[TrialRow, ...]:
    """Every account that was touched, by its code. Debits and credits come to the same total."""
    debited: defaultdict[str, int] = defaultdict(int)
    credited: defaultdict[str, int] = defaultdict(int)
    for entry in transfers:
        debited[entry.debit] += entry.amount_fen
        credited[entry.credit] += entry.amount_fen
    return tuple(TrialRow(code, debited[code], credited[code]) for code in sorted({*debited, *credited}))


# The chain of hashes

GENESIS = hashlib.sha256(b"portal ledger, block 0").hexdigest()
"""What the first block names as the one before it."""


class Block(NamedTuple):
    """The seal on one batch of transfers: its number from 1, the digest before it and its own (hex)."""

    number: int
    previous: str
    digest: str


class Batch(NamedTuple):
    """A block as stored and the transfers found under it, in posting order."""

    block: Block
    transfers: tuple[Transfer, ...]


class Fault(NamedTuple):
    """The first thing wrong with a chain: in which block, and what.

    ``number`` (not the next), ``previous`` (not the digest before) or ``digest`` (not what the transfers give).
    What stands beside the chain has words of its own, and ``reference`` says where.
    """

    number: int
    what: str
    reference: str | None = None


def chain(transfers: Sequence[Transfer], last: Block | None) -> Block:
    """The block that seals a batch behind ``last`` (None: it is the first). An empty batch is refused.

    Raises Refusal ``empty_batch``.
    """
    if not transfers:
        raise Refusal("empty_batch")
    number, previous = (1, GENESIS) if last is None else (last.number + 1, last.digest)
    return Block(number, previous, _digest(number, previous, transfers))


def first_fault(batches: Iterable[Batch]) -> Fault | None:
    """Recompute a whole chain, batch by batch; None when it holds. It reads each batch once and keeps none."""
    last: Block | None = None
    for block, transfers in batches:
        fault = _fault_in(block, transfers, last)
        if fault is not None:
            return fault
        last = block
    return None


def _fault_in(block: Block, transfers: Sequence[Transfer], last: Block | None) -> Fault | None:
    number, previous = (1, GENESIS) if last is None else (last.number + 1, last.digest)
    if block.number != number:
        return Fault(block.number, "number")
    if block.previous != previous:
        return Fault(block.number, "previous")
    if block.digest != _digest(block.number, block.previous, transfers):
        return Fault(block.number, "digest")
    return None


def _digest(number: int, previous: str, transfers: Iterable[Transfer]) -> str:
    """SHA-256 over the block's head and its transfers, each a JSON array on a line of its own.

    JSON with ASCII escapes and no spaces is one spelling only, and no field can run into the next.
    """
    sha = hashlib.sha256(_canonical(number, previous))
    for entry in transfers:
        sha.update(_canonical(entry.reference, entry.debit, entry.credit, entry.amount_fen, entry.why))
    return sha.hexdigest()


def _canonical(*fields: str | int) -> bytes:
    return _JSON.encode(fields).encode("ascii") + b"\n"


_JSON = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
"""Made once: `json.dumps` would make one a transfer."""
