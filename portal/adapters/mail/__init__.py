"""E-mails: worded from a template of ours, handed to who delivers them, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...config import Config
from .local import LocalMail
from .sender import MailSender
from .smtp import Server, SmtpMail
from .words import Words


@dataclass(frozen=True, slots=True)
class Post:
    """Who words our mails, and who delivers them."""

    sender: MailSender
    words: Words

    def send(self, to: str, template: str, params: Mapping[str, Any], *, locale: str, key: str) -> None:
        """Word a mail and hand it over; `key` is the same for every repetition of it. Raises DeliveryFailed."""
        self.sender.send(self.words.letter(to, template, params, locale), key=key)


def load_mail(config: Config, clock: Callable[[], datetime]) -> Post | None:
    """Who delivers mails by these settings; None where none go out."""
    words = Words({"zh_Hans_CN": config.brand_name_zh, "en": config.brand_name})
    if config.mail_by == "smtp":
        server = Server(config.mail_host, config.mail_at, config.mail_security, config.mail_user, config.mail_password)
        return Post(SmtpMail(server, config.mail_from, clock), words)
    return Post(LocalMail(config.data_dir / "mails"), words) if config.mail_by == "local" else None
