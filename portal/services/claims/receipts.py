"""Receipts: what was decided, signed, so that its party can show it and anyone can verify it (rules 2.7).

What is signed is one canonical JSON text: version, key, subject (kind and number), party, instant and facts. Who can
write to the database but has not the signing key can neither make a receipt nor change one, nor hang a true one on
another registration: the subject's number is signed too, and these numbers are the order of arrival. The receipt's
own id is only what people call it by; it is not signed. What signing cannot show is a receipt that is missing: the
database refuses to delete one, and its party has the link.

The facts hold the client only masked, and of a rival nothing.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from ... import crypto
from ...crypto import signed_with
from ...models import Base, Receipt
from ...session import Session
from .. import contacts
from . import signing_keys
from .signing_keys import SigningKey

VERSION = 1
ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True)
class Checked:
    """A receipt as the public page shows it, and whether its signature holds."""

    receipt: Receipt
    valid: bool

    @property
    def facts(self) -> dict[str, Any]:
        return self.receipt.facts

    def instant(self, name: str) -> datetime | None:
        """An instant out of the facts."""
        text = self.facts.get(name)
        return datetime.fromisoformat(text) if text else None


def issue(session: Session, now: datetime, subject: Base, party_id: int, facts: dict[str, Any]) -> Receipt:
    """Sign what was decided about a stored row, for its party. Instants among the facts become ISO 8601 in UTC."""
    session.flush()
    number = subject.__mapper__.primary_key_from_instance(subject)[0]
    return session.store(signed(session, now, (subject.__tablename__, number), party_id, facts))


def signed(session: Session, now: datetime, subject: tuple[str, int], party_id: int, facts: dict[str, Any]) -> Receipt:
    """`issue` of a row that is known by table and number alone; the caller stores what comes of it."""
    receipt = Receipt(
        key=crypto.token(),
        subject_kind=subject[0],
        subject_id=subject[1],
        party_id=party_id,
        facts={name: _iso(fact) if isinstance(fact, datetime) else fact for name, fact in facts.items()},
        at=now,
    )
    signer = contacts.signer_of(session)
    receipt.signature = signer.sign(signed_text(receipt).encode())
    receipt.signed_by = signing_keys.name_of(signer.public_key)
    return receipt


def receipt_of(session: Session, subject: Base) -> Receipt:
    """The receipt of a decided row. Raises NoResultFound: every decision has one."""
    number = subject.__mapper__.primary_key_from_instance(subject)[0]
    return session.scalars(
        select(Receipt).where(Receipt.subject_kind == subject.__tablename__, Receipt.subject_id == number)
    ).one()


def verify(session: Session, key: str) -> Checked | None:
    """The receipt under this key, checked; None where there is no such receipt."""
    receipt = session.scalar(select(Receipt).where(Receipt.key == key))
    if receipt is None:
        return None
    return Checked(receipt, key_of(session, receipt) is not None)


def key_of(session: Session, receipt: Receipt) -> SigningKey | None:
    """The key of ours that signed a receipt, also a former one; None where none of them did."""
    text = signed_text(receipt).encode()
    keys = [one for one in signing_keys.believed(session) if receipt.signed_by in (None, one.name)]
    return next((one for one in keys if signed_with(one.public_key, text, receipt.signature)), None)


def proof(session: Session, receipt: Receipt) -> dict[str, Any]:
    """All that is needed to verify without this server: the exact text that was signed, signature and public key."""
    return {
        "algorithm": ALGORITHM,
        "signed": signed_text(receipt),
        "signature": base64.b64encode(receipt.signature).decode(),
        **_published(key_of(session, receipt) or signing_keys.believed(session)[0]),
    }


def public_keys(session: Session) -> dict[str, Any]:
    """The present public key, raw in base64, and the former ones whose receipts hold."""
    present, *former = signing_keys.believed(session)
    return {
        "algorithm": ALGORITHM,
        **_published(present),
        "former": [{**_published(key), "until": _iso(key.ended_at) if key.ended_at else None} for key in former],
    }


def _published(key: SigningKey) -> dict[str, str]:
    return {"key_id": key.name, "public_key": base64.b64encode(key.public_key).decode()}


def signed_text(receipt: Receipt) -> str:
    """The canonical JSON that the signature covers: sorted keys, no spaces, instants in UTC to the microsecond."""
    body = {
        "version": VERSION,
        "key": receipt.key,
        "subject": {"kind": receipt.subject_kind, "number": receipt.subject_id},
        "party": receipt.party_id,
        "at": _iso(receipt.at),
        "facts": receipt.facts,
    }
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
