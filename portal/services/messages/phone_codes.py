"""The code that shows whose number it is that somebody typed on a public page: drawn, texted, and tried."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import CodePurpose, PhoneCode, TextKind
from ...rules.messages import phone_code
from ...rules.messages.phone_code import SentToday
from ...rules.showings import arrival_code
from ...rules.showings.arrival_code import DIGITS, LIMITS, Issued
from ...session import Session
from .. import audit, contacts
from ..contacts import Phone, vault_of
from ..locks import wait_in_line
from . import texts

_DIGEST = "phone.code"


@dataclass(frozen=True, slots=True)
class Page:
    """The page that asks for a number: what for, of which record, called how in the text, and how many codes a day;
    None where only each number and each network has a limit."""

    purpose: CodePurpose
    subject_id: int
    name: str
    most_a_day: int | None

    def holds(self) -> tuple[ColumnElement[bool], ...]:
        """For the database: this page's codes."""
        return PhoneCode.purpose == self.purpose, PhoneCode.subject_id == self.subject_id


def send(session: Session, now: datetime, page: Page, phone: Phone, *, network: str) -> PhoneCode:
    """Draw a code and text it to the number; an earlier one of this page counts no longer.

    To a client's number that may get no text none goes, and nobody is told: the code is drawn all the same. Raises
    Refusal: codes_of_page, codes_from_here, code_just_sent, codes_used_up.
    """
    wait_in_line(session, "code")
    indexes = contacts.phone_indexes(session, phone)
    latest = _latest(session, page, indexes)
    sent = _sent_today(session, now, page, indexes, network)
    phone_code.check_sending(now, _issued(latest), sent, page.most_a_day)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    message = texts.enqueue_to_stranger(
        session,
        now,
        phone,
        TextKind.PHONE_CODE,
        {"code": code, "development": page.name},
        key=f"phone-code-{secrets.token_hex(16)}",
        expires_at=now + LIMITS.lives,
    )
    if latest is not None and latest.closed_at is None:
        latest.closed_at = now
        session.flush()
    row = PhoneCode(
        purpose=page.purpose,
        subject_id=page.subject_id,
        phone_index=indexes[0],
        network=network,
        message=message,
        digest=_digests(session, page, phone, now, code)[0],
        issued_at=now,
        tries=0,
    )
    session.add(row)
    audit.record(session, Actor(None, None, address=network), now, "phone_code_sent", row, purpose=page.purpose)
    return row


def try_code(session: Session, now: datetime, page: Page, phone: Phone, typed: str) -> PhoneCode | Refusal:
    """Spend a try. The right code is closed, proven, and returned.

    A refusal is returned, not raised, since the try counts: number_code_over, number_code_guessed_out, code_wrong.
    """
    wait_in_line(session, "code")
    row = _latest(session, page, contacts.phone_indexes(session, phone))
    if refusal := phone_code.refuse_try(now, _issued(row)):
        return refusal
    assert row is not None  # else the rule refused
    row.tries += 1
    digests = _digests(session, page, phone, row.issued_at, arrival_code.normalise(typed))
    fits = any(hmac.compare_digest(row.digest, one) for one in digests)
    if fits or row.tries >= LIMITS.tries:
        row.closed_at = now
    if fits:
        row.proven_at = now
    session.flush()
    return row if fits else phone_code.wrong(Issued(row.issued_at, row.tries))


def _latest(session: Session, page: Page, indexes: Sequence[str]) -> PhoneCode | None:
    """The latest code of a number on a page, as it stands when every other transaction over codes is through."""
    mine = select(PhoneCode).where(*page.holds(), PhoneCode.phone_index.in_(indexes))
    return session.scalar(mine.order_by(PhoneCode.id.desc()).limit(1).execution_options(populate_existing=True))


def _sent_today(session: Session, now: datetime, page: Page, indexes: Sequence[str], network: str) -> SentToday:
    def count(*which: Any) -> int:
        today = PhoneCode.issued_at >= day_start(local_day(now))
        return session.scalar(select(func.count()).select_from(PhoneCode).where(today, *which)) or 0

    return SentToday(
        to_number=count(PhoneCode.phone_index.in_(indexes)),
        from_network=count(PhoneCode.network == network),
        of_page=count(*page.holds()),
    )


def _issued(row: PhoneCode | None) -> Issued | None:
    return Issued(row.issued_at, row.tries, row.closed_at is not None) if row is not None else None


def _digests(session: Session, page: Page, phone: Phone, issued_at: datetime, typed: str) -> list[str]:
    """Keyed, and bound to its page and number: a million digests are soon made, but not without the key.

    Under every index key, the one in force first; the number is in it by its index under the same key.
    """
    vault, found = vault_of(session), []
    for mark in vault.all_marks():
        key = vault.under(mark)
        index = contacts.phone_index_under(key, phone)
        said = f"{page.purpose}\0{page.subject_id}\0{index}\0{issued_at.isoformat()}\0{typed}"
        found.append(key.blind(said, _DIGEST))
    return found
