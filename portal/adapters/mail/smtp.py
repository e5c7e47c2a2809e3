"""Mails by SMTP, to the server that the settings name: encrypted from the first byte (`tls`) or from STARTTLS on.

A server that does not offer STARTTLS is given nothing: neither the password nor the mail goes out in the open. `none`
is for a relay on the same machine. What we repeat after a lost answer has the same Message-ID, so that mailboxes can
show it once.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from ..delivery import NO_ANSWER, UNREACHABLE, DeliveryFailed
from .sender import Letter

TIMEOUT_SECONDS = 30
"""For each answer of the server. No visitor waits for it, and a server that is slow to say that it has a mail is not to
get it twice."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed in. `security`: tls, starttls or none; without a `user` nobody signs in."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""


class SmtpMail:
    """Hands mails to a server. `trusting` says whose certificates count: those that the machine trusts unless given."""

    def __init__(
        self, server: Server, sender: str, clock: Callable[[], datetime], trusting: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock
        self._trusting = trusting or ssl.create_default_context()

    def send(self, letter: Letter, *, key: str) -> None:
        try:
            message = self._message(letter, key)
        except (ValueError, MessageError) as error:
            raise DeliveryFailed("unsendable", for_good=True) from error
        with self._reached() as connection:
            self._hand_in(connection, message, letter.to)

    def _hand_in(self, connection: smtplib.SMTP, message: EmailMessage, to: str) -> None:
        try:
            connection.send_message(message, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as error:
            status = min(code for code, _words in error.recipients.values())
            raise DeliveryFailed(f"smtp_{status}", for_good=status >= 500) from error
        except smtplib.SMTPDataError as error:
            raise DeliveryFailed(f"smtp_{error.smtp_code}", for_good=error.smtp_code >= 500) from error
        except smtplib.SMTPResponseException as error:  # our sender: a setting that can be mended
            raise DeliveryFailed(f"smtp_{error.smtp_code}", carrier=True) from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryFailed("not_supported") from error
        except OSError as error:  # smtplib's other errors are such too
            raise DeliveryFailed(NO_ANSWER, carrier=True) from error

    @contextmanager
    def _reached(self) -> Iterator[smtplib.SMTP]:
        """A connection on which a mail can be handed in. That it does not close in good order changes nothing."""
        try:
            connection = self._opened()
        except smtplib.SMTPResponseException as error:  # our sign-in: a setting that can be mended
            raise DeliveryFailed(f"smtp_{error.smtp_code}", carrier=True) from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryFailed("not_supported", carrier=True) from error
        except OSError as error:
            raise DeliveryFailed(UNREACHABLE, carrier=True) from error
        try:
            yield connection
        finally:
            with suppress(OSError):
                connection.quit()
            connection.close()

    def _opened(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=self._trusting
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        try:
            if server.security == "starttls":
                connection.starttls(context=self._trusting)
            if server.user:
                connection.login(server.user, server.password)
        except (OSError, ValueError):
            connection.close()
            raise
        return connection

    def _message(self, letter: Letter, key: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = _addressed(letter.to)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self._clock())
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        message["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = letter.locale.replace("_", "-")
        if letter.unsubscribe is not None:
            message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message


def _addressed(to: str) -> Address:
    """The address as a header holds it. Raises ValueError or MessageError where readers of mail would see another one:
    an encoded word (=?…?=) is decoded in a header and not on the envelope."""
    local, _, domain = to.rpartition("@")
    address = Address(username=local, domain=domain)
    if not (local and domain) or address.addr_spec != to or "=?" in to:
        raise ValueError("no address that a header can hold")
    return address
