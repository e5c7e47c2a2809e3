"""The signing keys of then and now: which public keys prove that a receipt is ours (ADR 45)."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from ...crypto import signed_with
from ...models import KeyMark
from ...rules.keys.starting import NAME_LENGTH, KeyKind
from ...session import Session
from ..contacts import signer_of

_PURPOSE = b"portal former signing key\0"


class SigningKey(NamedTuple):
    """A public key whose receipts count; `ended_at`: until when it signed, None of the present one."""

    name: str
    public_key: bytes
    ended_at: datetime | None


def name_of(public_key: bytes) -> str:
    """What a signing key is called: the first digits of its public key."""
    return public_key.hex()[:NAME_LENGTH]


def believed(session: Session) -> list[SigningKey]:
    """The present key, and the former ones that it vouches for: what somebody merely wrote into the table is none."""
    present = signer_of(session).public_key
    rows = session.scalars(
        select(KeyMark).where(KeyMark.kind == KeyKind.SIGNING, KeyMark.voucher.is_not(None)).order_by(KeyMark.id.desc())
    )
    former = [row for row in rows if bytes.fromhex(row.mark) != present and _vouched(present, row)]
    return [
        SigningKey(name_of(present), present, None),
        *(SigningKey(row.name, bytes.fromhex(row.mark), row.ended_at) for row in former),
    ]


def vouch(session: Session, rows: Iterable[KeyMark], former: KeyMark) -> None:
    """Let the present key vouch for the one that it follows, and for those that this one had vouched for."""
    key = bytes.fromhex(former.mark)
    for row in rows:
        if row is former or _vouched(key, row):
            row.voucher = signer_of(session).sign(_PURPOSE + row.mark.encode())


def _vouched(by: bytes, row: KeyMark) -> bool:
    return row.voucher is not None and signed_with(by, _PURPOSE + row.mark.encode(), row.voucher)
