"""Who is told of what happens in his app: what is sent there, what must hold of it, and how one would first write it.

Some of the staff tied their accounts in 企业微信, and the principals theirs in WeChat. The carrier shows what it was
handed, and knows the same message again for as long as the apps do: whoever sends later than that is seen.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.adapters.apps import Note
from portal.adapters.tencent import Grant
from portal.db import Database
from portal.models import App, AppMessage, Delivery, Event, Notice, Person
from portal.rules.notifications import ways
from portal.rules.notifications.kind import Channel
from portal.rules.notifications.kinds import KINDS
from portal.rules.provider_sign_in.claims import Issuer
from portal.services.app_messages import outbox, reach
from portal.services.app_messages.background import OUTBOXES
from portal.services.messages import worker as message_worker
from portal.services.notifications import addresses, deliveries, worker
from portal.services.notifications.ways import AppWay, Message
from tests.factories.notices import WECHAT, WECOM
from tests.hammer.control import Control, Patches
from tests.hammer.operations import Operation, Told
from tests.hammer.orders import Orders
from tests.hammer.world import Hand

_AT_ONCE = 6
"""Messages that one hand sends before it does something else."""
_PORTION = 15
_BETWEEN = 0.03
"""Seconds between a naive look and the deed after it."""
_CHANNELS = (Channel.WECOM, Channel.WECHAT)


class _AtOnce(AppWay):
    """At any hour: the hammer's time is the middle of a night."""

    def enqueue(self, session: Session, now: datetime, message: Message) -> None:
        message.not_before = now
        super().enqueue(session, now, message)


WAYS = [_AtOnce(App.WECOM, "https://portal.example"), _AtOnce(App.WECHAT, "https://portal.example")]


@dataclass(frozen=True)
class Shown:
    """An app as all processes see it: a file for each message, a line for each time that it was shown."""

    issuer: Issuer
    folder: Path
    now: Any
    recognises: timedelta = timedelta(minutes=10)

    @property
    def name(self) -> str:
        return self.issuer.name

    def token(self) -> Grant:
        return Grant("token", timedelta(hours=2))

    def send(self, _token: str, to: str, _note: Note, *, key: str) -> str:
        """Show a message, unless it was shown a short while ago."""
        self.folder.mkdir(exist_ok=True)
        path, now = self.folder / key, self.now()
        seen = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        if not any(abs(now.timestamp() - at) < self.recognises.total_seconds() for _to, at in seen):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(descriptor, json.dumps([to, now.timestamp()]).encode() + b"\n")
            os.close(descriptor)
        return "number"


def _anybody(_session: Session, _hand: Hand) -> object:
    return True


def _send(database: Database, hand: Hand, _target: object) -> Told:
    """As the threads of both apps do."""
    for app, issuer in ((App.WECOM, WECOM), (App.WECHAT, WECHAT)):
        left = iter(range(_AT_ONCE))
        carrier = Shown(issuer, hand.carrier.folder / "apps", hand.now)
        box = OUTBOXES[app](carrier, database, hand.now)
        message_worker.run_due(database, box, hand.now, lambda left=left: next(left, None) is not None)  # type: ignore[misc]  # bound to its round
    return []


SEND = Operation("app", 4, _anybody, _send)


# What must hold


def told_in_apps_once(session: Session) -> Iterator[str]:
    """Each event goes once to each app of each person whom it concerns, and each message says what stands in it."""
    tied_to = _ties(session)
    found = Counter(
        session.execute(
            select(Delivery.event_id, Delivery.person_id, Delivery.channel).where(Delivery.channel.in_(_CHANNELS))
        ).all()
    )
    for (event_id, person_id, way), times in found.items():
        if times > 1:
            yield f"event {event_id} went {times} times to {person_id} by {way}"
    stmt = select(Notice).options(joinedload(Notice.event)).where(Notice.read_at.is_(None))
    for notice in session.scalars(stmt):
        event, kind = notice.event, KINDS[notice.event.kind]
        late = event.told_at is None or event.told_at - event.at >= ways.LATE
        for channel in tied_to.get(notice.person_id, ()):
            if not late and ways.wanted(kind, channel, {}) and not found[event.id, notice.person_id, channel]:
                yield f"{event.kind} {event.id} did not go to {notice.person_id} by {channel}"
    counted = select(Delivery.message_key, func.count()).where(Delivery.channel.in_(_CHANNELS))
    said = dict(session.execute(counted.group_by(Delivery.message_key)).all())
    for row in session.scalars(select(AppMessage).where(AppMessage.params_sealed.is_not(None))):
        count = outbox.params_of(session, row)["count"]
        if count != said.get(row.key, 0):
            yield f"{row.key} says {count} things, and there are {said.get(row.key, 0)}"


def shown_once(folder: Path) -> Iterator[str]:
    """No app showed a message twice."""
    for path in (folder / "apps").glob("*"):
        times = len(path.read_text().splitlines())
        if times > 1:
            yield f"{path.name} was shown {times} times"


def _ties(session: Session) -> dict[int, list[Channel]]:
    found: dict[int, list[Channel]] = {}
    for person_id, app in reach.ties_of(session, session.scalars(select(Person.id)).all()):
        found.setdefault(person_id, []).append(Channel(app.value))
    return found


# As one would first write it: look what did not go to an app yet, and send it


def _naive(_orders: Orders) -> Patches:
    properly = worker.hand_on

    def hand_on(session: Session, now: datetime, out: worker.Out) -> int:
        tied_to = _ties(session)
        matters = [name for name, kind in KINDS.items() if any(ways.wanted(kind, one, {}) for one in _CHANNELS)]
        same = Delivery.event_id == Notice.event_id, Delivery.person_id == Notice.person_id
        gone = select(Delivery.id).where(*same, Delivery.channel.in_(_CHANNELS))
        silent = Notice.person_id.in_(tied_to), Event.kind.in_(matters), Notice.read_at.is_(None), ~gone.exists()
        stmt = select(Notice).join(Notice.event).where(*silent).options(joinedload(Notice.event))
        notices = session.scalars(stmt.order_by(Notice.id).limit(_PORTION)).all()
        sleep(_BETWEEN)
        choices = addresses.choices_of(session, {one.person_id for one in notices})
        deliveries.deliver(session, now, notices, choices, WAYS, "en")
        return properly(session, now, replace(out, ways=[one for one in out.ways if not isinstance(one, AppWay)]))

    return [(worker, "hand_on", hand_on)]


CONTROL = Control(
    "told in apps once",
    ["tell", "subscribe"],
    _naive,
    constraints=[("deliveries", "uq_deliveries_event"), ("app_messages", "uq_app_messages_key")],
    dialects=["postgresql"],
)
