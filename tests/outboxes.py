"""Carriers for tests, and one round of sending at a given instant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.adapters.apps import Note
from portal.adapters.delivery import DeliveryFailed
from portal.adapters.mail import Post
from portal.adapters.sms.inbound import Report
from portal.adapters.sms.sender import Sms
from portal.adapters.tencent import Grant
from portal.db import Database
from portal.rules.provider_sign_in.claims import Issuer
from portal.services.app_messages.outbox import AppMessages
from portal.services.messages import worker as message_worker
from portal.services.messages.mails import Mails
from portal.services.messages.texts import Texts
from portal.services.robots.outbox import RobotMessages


@dataclass
class Phones:
    """A carrier of texts that keeps what it is given, or fails as it is told."""

    failure: DeliveryFailed | None = None
    texts: list[tuple[str, str, Mapping[str, str], str]] = field(default_factory=list)
    reports: dict[str, Report] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def send(self, phone: str, template: str, params: Mapping[str, str], *, key: str) -> str:
        if self.failure:
            raise self.failure
        self.texts.append((phone, template, params, key))
        return f"provider-{len(self.texts)}"

    def has(self, phone: str, *, key: str, since: datetime) -> bool:
        return any((phone, key) == (one[0], one[3]) for one in self.texts)

    def report(self, phone: str, *, key: str, number: str, sent_at: datetime) -> Report | None:
        self.asked.append((phone, key))
        if self.failure:
            raise self.failure
        return self.reports.get(key)


@dataclass
class Groups:
    """A carrier of robots' messages."""

    failure: DeliveryFailed | None = None
    said: list[tuple[str, str]] = field(default_factory=list)

    def send(self, key: str, markdown: str) -> None:
        if self.failure:
            raise self.failure
        self.said.append((key, markdown))


@dataclass
class Apps:
    """A carrier of messages in an app. `failures` come one a try, before anything is taken."""

    issuer: Issuer
    recognises: timedelta = timedelta(hours=4)
    failures: list[BaseException] = field(default_factory=list)
    tries: int = 0
    sent: list[tuple[str, Note, str]] = field(default_factory=list)
    tokens: int = 0

    @property
    def name(self) -> str:
        return self.issuer.name

    def token(self) -> Grant:
        self.tokens += 1
        return Grant(f"token-{self.tokens}", timedelta(hours=2))

    def send(self, token: str, to: str, note: Note, *, key: str) -> str:
        assert token == f"token-{self.tokens}"
        self.tries += 1
        if self.failures:
            raise self.failures.pop(0)
        if key not in {one[2] for one in self.sent}:  # it knows a repetition
            self.sent.append((to, note, key))
        return f"number-{len(self.sent)}"


def send_texts(database: Database, sms: Sms, at: datetime | Callable[[], datetime]) -> int:
    """One round; how many went out."""
    return message_worker.run_due(database, Texts(sms), at if callable(at) else lambda: at).sent


def send_mails(database: Database, post: Post, at: datetime | Callable[[], datetime]) -> int:
    """One round; how many went out."""
    return message_worker.run_due(database, Mails(post), at if callable(at) else lambda: at).sent


def send_robots(database: Database, groups: Groups, at: datetime) -> int:
    """One round; how many messages went out."""
    return message_worker.run_due(database, RobotMessages(groups, "https://portal.example"), lambda: at).sent


def send_in_app(database: Database, of: type[AppMessages], apps: Apps, at: datetime) -> int:
    """One round; how many messages went out."""
    return message_worker.run_due(database, of(apps, database, lambda: at), lambda: at).sent
