"""Messages to people in their apps: written down where they become necessary, handed over when that is committed.

The outbox is that of texts and mails. What is particular: to which account a message goes is looked up when it goes, so
that who parted it gets nothing; the app's token may be over, and another one is asked for once; and an app recognises a
repetition for a while, so that what may have been taken goes out again within that time and not after it. So a message
is shown once, and in the rarest case not at all; the inbox has it anyway.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import select

from ...adapters.apps import AppCarrier, Note, TokenIsOver
from ...adapters.delivery import DeliveryFailed, may_have_gone
from ...clock import Clock
from ...db import Database
from ...models import App, AppMessage, Person, WeChatMessage, WeComMessage
from ...rules.provider_sign_in.claims import Issuer
from ...session import Session
from ..contacts import vault_of
from . import reach
from .tokens import Tokens

_PARAMS = "app.params"
MAY_HAVE_ARRIVED = "may_have_arrived"
"""It was handed over, no answer came, and by now the app would show it twice."""
NOT_TIED = "not_tied"
"""Its reader parted the account in the app before it went out."""

MODELS: Mapping[App, type[AppMessage]] = {App.WECOM: WeComMessage, App.WECHAT: WeChatMessage}


def enqueue(
    session: Session, now: datetime, app: App, person: Person, params: Mapping[str, Any], **given: Any
) -> AppMessage:
    """Write a message down: `key`, `locale`, `not_before` and `expires_at` are given."""
    row = MODELS[app](person_id=person.id, created_at=now, next_try_at=given["not_before"], attempts=0, **given)
    rewrite(session, row, params)
    session.add(row)
    session.flush()
    return row


def params_of(session: Session, row: AppMessage) -> Mapping[str, Any]:
    """What a message that waits says."""
    params: Mapping[str, Any] = json.loads(vault_of(session).open_text(row.params_sealed or b"", _PARAMS))
    return params


def rewrite(session: Session, row: AppMessage, params: Mapping[str, Any]) -> None:
    """Let a message that nobody took up say this; for who holds its row."""
    row.params_sealed = vault_of(session).seal_text(json.dumps(dict(params)), _PARAMS)


def of_keys(session: Session, keys: Collection[str]) -> dict[str, AppMessage]:
    """The messages of these keys, whichever app they go by."""
    found = session.scalars(select(AppMessage).where(AppMessage.key.in_(keys))) if keys else ()
    return {one.key: one for one in found}


def note_of(session: Session, row: AppMessage, issuer: Issuer) -> tuple[str, Note]:
    """To which account there a message goes, and what it says. Raises DeliveryFailed where its reader has none."""
    to = reach.subject_of(session, row.person_id, issuer)
    if to is None:
        raise DeliveryFailed(NOT_TIED, for_good=True)
    params = params_of(session, row)
    said = {one: params[one] for one in ("about", "title", "count", "link", "button")}
    return to, Note(**said, lines=tuple(params["lines"]), at=row.not_before or row.created_at)


class AppMessages:
    """What the outboxes of both apps have in common."""

    app: ClassVar[App]
    model: ClassVar[Any]
    sealed: ClassVar[tuple[str, ...]] = ("params_sealed",)

    def __init__(self, carrier: AppCarrier, database: Database, clock: Clock) -> None:
        self._carrier = carrier
        self._tokens = Tokens(database, clock, carrier)

    def unwanted(self, _session: Session, now: datetime, row: AppMessage) -> str | None:
        """Why it is not to go out; and since when it may be out already, for whoever asks at its next try."""
        unsure = row.attempts > 0 and may_have_gone(row.failure)
        if not unsure or row.unsure_since is None:
            row.unsure_since = now
        elif not row.unsure_since <= now < row.unsure_since + self._carrier.recognises:
            return MAY_HAVE_ARRIVED
        return None

    def ready(self, session: Session, row: AppMessage) -> "_Ready":
        to, note = note_of(session, row, self._carrier.issuer)
        return _Ready(self._carrier, self._tokens, to, note, row.key)

    def settled(self, _session: Session, _now: datetime, _message_id: int, _failure: DeliveryFailed | None) -> None:
        return None


class WeComMessages(AppMessages):
    """The outbox of messages to members in 企业微信."""

    app = App.WECOM
    model = WeComMessage


class WeChatMessages(AppMessages):
    """The outbox of notices to followers in WeChat."""

    app = App.WECHAT
    model = WeChatMessage


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message that can be handed over."""

    carrier: AppCarrier
    tokens: Tokens
    to: str
    note: Note
    key: str

    def send(self) -> str | None:
        token = self.tokens.current()
        try:
            return self.carrier.send(token, self.to, self.note, key=self.key)
        except TokenIsOver:
            self.tokens.forget(token)
        try:
            return self.carrier.send(self.tokens.current(), self.to, self.note, key=self.key)
        except TokenIsOver as error:
            raise DeliveryFailed(error.code, carrier=True) from None

    def was_taken(self) -> bool:
        """No app says what it has; within its time it knows the same message again, and shows it once."""
        return False
