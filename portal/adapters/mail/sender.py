"""What the portal asks of whoever delivers mails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is read: the same words plainly and as HTML, in the language of `locale`.

    `unsubscribe`: where its reader, or his mail program by one request (RFC 8058), stops mails of this sort.
    """

    to: str
    subject: str
    text: str
    html: str
    locale: str
    unsubscribe: str | None = None


class MailSender(Protocol):
    """Who delivers mails."""

    def send(self, letter: Letter, *, key: str) -> None:
        """Hand a mail over. `key` is the same for every repetition of one mail. Raises DeliveryFailed."""
        ...
