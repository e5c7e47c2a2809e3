"""The ways by which somebody is told beside the inbox: each writes into the outbox of its carrier, and nothing else.

A new way is a class with these four verbs, listed in `ways_of`. What it enqueues stands in an outbox
as texts and mails do (`messages.outbox`), which asks the carrier before anything goes out twice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select

from ...config import Config
from ...models import App, Mail, MailKind, NoticeSettings, Person, TextKind, TextMessage
from ...rules.notifications.kind import Channel, Topic
from ...session import Session
from ..app_messages import outbox
from ..app_messages.outbox import NOT_TIED
from ..messages import mails, texts
from ..messages.outbox import LONGEST_REST, Model
from . import addresses
from .marks import N_
from .wording import Said, translated

_SEE = N_("See it")
_SEVERAL = N_("%(count)s new notices")

MOST_ITEMS = 20
"""A mail names so many things; what is more stands in the inbox."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is told: the person, his language, and his settings, where he has some."""

    person: Person
    locale: str
    settings: NoticeSettings | None
    apps: Mapping[App, str | None] = field(default_factory=dict)
    """the apps that he tied to his account, and why one does not reach him just now"""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a message says, and the page that it leads to."""

    said: Said
    path: str


@dataclass(slots=True)
class Message:
    """A message as it is written down: to whom, under which key, not before when, and what it says.

    `slot`: with what its items are said together, their topic or `rest`. `topic`: that of all its items, where its
    reader may stop mails about it.
    """

    reader: Reader
    key: str
    not_before: datetime
    expires_at: datetime
    slot: str
    topic: Topic | None
    items: list[Item]


class Way(Protocol):
    """A channel, and the outbox behind it."""

    channel: Channel
    sender: str
    """Which of the process's background senders carries it."""

    def refusal(self, reader: Reader) -> str | None:
        """Why this reader cannot be reached this way, or None."""
        ...

    def waiting(self, session: Session, now: datetime, keys: Collection[str]) -> set[str]:
        """Those of these messages that nobody takes up yet, held until the transaction ends: more may join them."""
        ...

    def enqueue(self, session: Session, now: datetime, message: Message) -> None:
        """Write a message down."""
        ...

    def join(self, session: Session, key: str, items: Sequence[Item]) -> None:
        """Let a message that waits say these, too."""
        ...


class SmsWay:
    """By text: the provider's approved template, with what happened and how many things."""

    channel = Channel.SMS
    sender = "texts"

    def refusal(self, reader: Reader) -> str | None:  # noqa: ARG002 - every account has a phone
        return None

    def waiting(self, session: Session, now: datetime, keys: Collection[str]) -> set[str]:
        return _waiting(session, TextMessage, now, keys)

    def enqueue(self, session: Session, now: datetime, message: Message) -> None:
        row = texts.enqueue_to_owner(
            session,
            now,
            message.reader.person,
            TextKind.NOTICE,
            {"what": message.items[0].said.subject, "count": str(len(message.items))},
            key=message.key,
            expires_at=message.expires_at,
        )
        row.not_before = row.next_try_at = message.not_before

    def join(self, session: Session, key: str, items: Sequence[Item]) -> None:
        row = session.scalars(select(TextMessage).where(TextMessage.key == key)).one()
        params = texts.params_of(session, row)
        texts.rewrite(session, row, {**params, "count": str(int(params["count"]) + len(items))})


class MailWay:
    """By mail, to a confirmed address: everything that happened, with a link each."""

    channel = Channel.MAIL
    sender = "mails"

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")

    def refusal(self, reader: Reader) -> str | None:
        confirmed = reader.settings is not None and reader.settings.mail_confirmed_at is not None
        return None if confirmed else "no_address"

    def waiting(self, session: Session, now: datetime, keys: Collection[str]) -> set[str]:
        return _waiting(session, Mail, now, keys)

    def enqueue(self, session: Session, now: datetime, message: Message) -> None:
        settings = message.reader.settings
        assert settings is not None  # else it was refused
        address = addresses.address_in(session, settings)
        assert address is not None
        params: dict[str, Any] = {"items": self._items(message.items), "inbox": f"{self._base}/inbox"}
        if message.topic is not None:
            token = addresses.stop_token(session, settings.person_id, message.topic)
            params["unsubscribe"] = f"{self._base}/inbox/stop/{token}"
        mails.enqueue(
            session,
            now,
            message.key,
            mails.NewMail(MailKind.NOTICE, address, params, message.reader.locale, message.expires_at),
        )
        row = session.scalars(select(Mail).where(Mail.key == message.key)).one()
        row.not_before = row.next_try_at = message.not_before

    def join(self, session: Session, key: str, items: Sequence[Item]) -> None:
        row = session.scalars(select(Mail).where(Mail.key == key)).one()
        params: dict[str, Any] = dict(mails.params_of(session, row))
        mails.rewrite(session, row, {**params, "items": [*params["items"], *self._items(items)][-MOST_ITEMS:]})

    def digest(self, items: Sequence[tuple[str, int]]) -> dict[str, Any]:
        """What a digest of these notices says, each by its subject and number."""
        lines = [{"subject": subject, "link": f"{self._base}/inbox/{number}"} for subject, number in items]
        return {"items": lines, "inbox": f"{self._base}/inbox", "settings": f"{self._base}/inbox/settings"}

    def _items(self, items: Sequence[Item]) -> list[Mapping[str, str]]:
        return [
            {"subject": one.said.subject, "why": one.said.why, "do": one.said.do, "link": f"{self._base}{one.path}"}
            for one in items[-MOST_ITEMS:]
        ]


class AppWay:
    """To one person in an app that he tied to his account: what happened and what to do, or that several things did."""

    def __init__(self, app: App, base_url: str) -> None:
        self._app = app
        self._base = base_url.rstrip("/")
        self.channel = Channel(app.value)
        self.sender = app.value

    def refusal(self, reader: Reader) -> str | None:
        return reader.apps.get(self._app, NOT_TIED)

    def waiting(self, session: Session, now: datetime, keys: Collection[str]) -> set[str]:
        return _waiting(session, outbox.MODELS[self._app], now, keys)

    def enqueue(self, session: Session, now: datetime, message: Message) -> None:
        reader = message.reader
        items = [_kept(item) for item in message.items]
        outbox.enqueue(
            session,
            now,
            self._app,
            reader.person,
            self._params(message.slot, items, len(items), reader.locale),
            key=message.key,
            locale=reader.locale,
            not_before=message.not_before,
            expires_at=message.expires_at,
        )

    def join(self, session: Session, key: str, items: Sequence[Item]) -> None:
        row = outbox.of_keys(session, [key])[key]
        params = outbox.params_of(session, row)
        kept, count = [*params["items"], *map(_kept, items)], params["count"] + len(items)
        outbox.rewrite(session, row, self._params(params["about"], kept, count, row.locale))

    def _params(self, slot: str, items: Sequence[Mapping[str, str]], count: int, locale: str) -> Mapping[str, Any]:
        """What a message says of these things, of which it keeps the latest."""
        kept = items[-MOST_ITEMS:]
        last = kept[-1]
        said = {"about": slot, "items": kept, "count": count, "button": translated(_SEE, locale)}
        if count == 1:
            lines = [one for one in (last["why"], last["do"]) if one]
            return {**said, "title": last["subject"], "lines": lines, "link": f"{self._base}{last['path']}"}
        title = translated(_SEVERAL, locale) % {"count": count}
        return {**said, "title": title, "lines": [one["subject"] for one in kept], "link": f"{self._base}/inbox"}


def _kept(item: Item) -> Mapping[str, str]:
    return {"subject": item.said.subject, "why": item.said.why, "do": item.said.do, "path": item.path}


def _waiting(session: Session, model: Model, now: datetime, keys: Collection[str]) -> set[str]:
    """The messages under these keys that rest until a later hour, and that nobody tried."""
    if not keys:
        return set()
    rests = model.attempts == 0, model.next_try_at.is_not(None), model.not_before > now
    held = select(model.key).where(model.key.in_(keys), *rests, model.not_before <= now + LONGEST_REST)
    return set(session.scalars(held.with_for_update(skip_locked=True, of=model)))


def ways_of(config: Config) -> list[Way]:
    """The ways that there are by these settings."""
    ways: list[Way] = []
    if config.texts(config.sms_notice_template):
        ways.append(SmsWay())
    if config.mail_by != "none":
        ways.append(MailWay(config.base_url))
    if config.wecom_app:
        ways.append(AppWay(App.WECOM, config.base_url))
    if config.wechat_notices:
        ways.append(AppWay(App.WECHAT, config.base_url))
    return ways
