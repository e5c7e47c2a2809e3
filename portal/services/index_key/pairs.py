"""Digests under the former key, and what they are under the new one: computed beside everybody's work.

What is left is found by its pair not being there, so a command that was killed goes on where it stopped without
remembering anything. A row whose digest is not what its sealed value makes is broken: nobody finds it today, either.
"""

import logging
from collections.abc import Iterable, Iterator
from time import monotonic, sleep
from typing import Any, NamedTuple

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...adapters import bank
from ...crypto import SealBroken, Vault
from ...db import Database
from ...models import DigestPair, IndexRotation, Payout, PayoutApproval, PayoutBatch
from ...rules.bank_details.bank_details import BankDetails
from ...session import Session
from .. import contacts
from ..bank_details import bank_details
from ..inserts import insert_many_unless_there
from ..payouts.bank_files import BATCH_FILE
from .moving import Moving, moving

ROWS_AT_ONCE = 500
BANK_FILES = "payout_batches"
"""What the accounts in bank files are called beside the columns."""

_log = logging.getLogger(__name__)


class Step(NamedTuple):
    """What was just done: of which column, and how many digests are broken."""

    what: str
    done: int
    broken: int


class Keys(NamedTuple):
    """A vault that makes digests under the former key, and one that makes them under the new one."""

    former: Vault
    anew: Vault

    @classmethod
    def of(cls, session: Session, rotation: IndexRotation) -> "Keys":
        """Those of a round. Raises IndexKeyForeign where the settings lack one of them."""
        vault = contacts.vault_of(session)
        return cls(vault.under(rotation.former), vault.under(rotation.anew))


def fill(database: Database, rotation_id: int) -> Iterator[Step]:
    """One pass over all digests that have no pair yet. Others come between its transactions."""
    for one in moving():
        after: int | None = 0
        while after is not None:
            begun = monotonic()
            with database.transaction() as session:
                after, step = fill_rows(session, session.get_one(IndexRotation, rotation_id), one, after)
            if step.done or step.broken:
                yield step
            sleep(monotonic() - begun if after is not None else 0)
    with database.transaction() as session:
        step = fill_bank_files(session, session.get_one(IndexRotation, rotation_id))
    if step.done or step.broken:
        yield step


def fill_rows(
    session: Session, rotation: IndexRotation, one: Moving, after: int = 0, at_once: int = ROWS_AT_ONCE
) -> tuple[int | None, Step]:
    """Make the pairs of some rows behind a number: the last one's number, or None where nothing is left behind it."""
    keys = Keys.of(session, rotation)
    rows = session.execute(one.rows(after, at_once).where(~_has_pair(one.digest))).all()
    made, broken = list[tuple[str, str]](), 0
    for row in rows:
        pair = _pair(keys, one, row)
        if pair is None:
            broken += 1
        else:
            made.append(pair)
    _keep(session, made)
    return rows[-1].row if len(rows) == at_once else None, Step(one.name, len(made), broken)


def fill_bank_files(session: Session, rotation: IndexRotation) -> Step:
    """Make the pairs of accounts that were paid to, where no row has them any more: of the files that paid them."""
    keys, made, broken = Keys.of(session, rotation), set[tuple[str, str]](), 0
    for batch_id in session.scalars(select(PayoutBatch.id).where(_lacks_pair()).order_by(PayoutBatch.id)).all():
        batch = session.get_one(PayoutBatch, batch_id)
        try:
            sent = bank.read_payments(contacts.vault_of(session).open(batch.content_sealed, BATCH_FILE))
        except (SealBroken, Refusal):
            broken += 1
            _log.error("the bank file %s does not open, and is left as it is", batch.number)
            continue
        accounts = {one.reference: BankDetails(one.payee, one.bank, one.account) for one in sent}
        made |= set(_of_file(session, keys, batch, accounts))
    _keep(session, made)
    return Step(BANK_FILES, len(made), broken)


def _of_file(
    session: Session, keys: Keys, batch: PayoutBatch, accounts: dict[str, BankDetails]
) -> Iterator[tuple[str, str]]:
    paid = select(Payout).where(Payout.batch_id == batch.id).options(joinedload(Payout.approvals))
    for payout in session.scalars(paid).unique():
        details = accounts.get(payout.reference)
        if details is None:
            continue
        former, anew = (bank_details.digest_under(vault, payout.payee, details) for vault in keys)
        if former in {one.account_digest for one in payout.approvals}:
            yield former, anew


def fits(vault: Vault, one: Moving, row: Row[Any]) -> bool:
    """Whether a row's digest is what the key of a vault makes of what rests sealed."""
    try:
        return one.made(vault, row, one.clear(vault, row)) == str(row.digest)
    except SealBroken:
        return False


def _pair(keys: Keys, one: Moving, row: Row[Any]) -> tuple[str, str] | None:
    try:
        clear = one.clear(keys.anew, row)
    except SealBroken:
        _log.error("%s of row %s: what it is made of does not open", one.name, row.row)
        return None
    former = one.made(keys.former, row, clear)
    if former != row.digest:
        _log.error("%s of row %s is not what its sealed value makes", one.name, row.row)
        return None
    return former, one.made(keys.anew, row, clear)


def _has_pair(digest: Any) -> Any:
    return exists().where(DigestPair.former == digest)


def _lacks_pair() -> Any:
    """For the database: that a bank file paid something which was approved for an account without a pair."""
    return exists().where(
        Payout.batch_id == PayoutBatch.id,
        PayoutApproval.payout_id == Payout.id,
        ~_has_pair(PayoutApproval.account_digest),
    )


def _keep(session: Session, pairs: Iterable[tuple[str, str]]) -> None:
    rows = [{"former": former, "anew": anew} for former, anew in dict(pairs).items()]
    if rows:
        insert_many_unless_there(session, DigestPair, rows)
