"""E-mails: written down where they become necessary, sent when that is committed, forgotten when they are settled.

A mail is enqueued in the transaction that makes it necessary, and sent by a thread of its own right after that
(`outbox`, `background_sender`). One whose server fell silent after the last word goes out again, with the same number.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import select

from ...adapters.delivery import DeliveryFailed
from ...adapters.mail import Post
from ...models import Mail, MailKind
from ...session import Session
from ..contacts import vault_of
from ..inserts import insert_unless_there
from .outbox import settle

_TO = "mail.to"
_PARAMS = "mail.params"


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail to be sent: what it says, to which address, in which language, and until when it has to go out."""

    kind: MailKind
    to: str
    params: Mapping[str, Any]
    locale: str
    expires_at: datetime


def enqueue(session: Session, now: datetime, key: str, mail: NewMail) -> bool:
    """Write down a mail that has to go out; False where there is one under this key already."""
    vault = vault_of(session)
    made = insert_unless_there(
        session,
        Mail,
        ("key",),
        kind=mail.kind,
        key=key,
        locale=mail.locale,
        to_sealed=vault.seal_text(mail.to, _TO),
        params_sealed=_sealed(session, mail.params),
        created_at=now,
        expires_at=mail.expires_at,
        next_try_at=now,
        attempts=0,
    )
    return made is not None


def params_of(session: Session, row: Mail) -> Mapping[str, Any]:
    """What a mail that waits says."""
    params: Mapping[str, Any] = json.loads(vault_of(session).open_text(row.params_sealed or b"", _PARAMS))
    return params


def rewrite(session: Session, row: Mail, params: Mapping[str, Any]) -> None:
    """Let a mail that nobody took up say something else; for who holds its row."""
    row.params_sealed = _sealed(session, params)


def _sealed(session: Session, params: Mapping[str, Any]) -> bytes:
    return vault_of(session).seal_text(json.dumps(dict(params)), _PARAMS)


def give_up(session: Session, now: datetime, keys: str, *, why: str) -> None:
    """Send nothing any more of what waits under keys that begin so."""
    waiting = Mail.key.startswith(keys, autoescape=True), Mail.next_try_at.is_not(None)
    for mail_id in session.scalars(select(Mail.id).where(*waiting)).all():
        settle(session, Mails, mail_id, given_up_at=now, failure=why)


class Mails:
    """The outbox of mails, and by whom they go out."""

    model: ClassVar[Any] = Mail
    sealed: ClassVar[tuple[str, ...]] = ("to_sealed", "params_sealed")

    def __init__(self, post: Post) -> None:
        self._post = post

    def unwanted(self, _session: Session, _now: datetime, _row: Mail) -> None:
        return None

    def ready(self, session: Session, row: Mail) -> "_Ready":
        vault = vault_of(session)
        params = params_of(session, row)
        return _Ready(self._post, vault.open_text(row.to_sealed or b"", _TO), row.kind, params, row.locale, row.key)

    def settled(self, _session: Session, _now: datetime, _message_id: int, _failure: DeliveryFailed | None) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A mail that can be handed over."""

    post: Post
    to: str
    kind: MailKind
    params: Mapping[str, Any]
    locale: str
    key: str

    def send(self) -> None:
        self.post.send(self.to, self.kind, self.params, locale=self.locale, key=self.key)

    def was_taken(self) -> bool:
        """No mail server says which mails it has: what may be out goes out again, as the same mail."""
        return False
