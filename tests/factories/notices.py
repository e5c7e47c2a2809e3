"""Events, and what stands in people's inboxes."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.models import Event, Notice, Person
from portal.rules.notifications.kind import Whom
from portal.rules.notifications.kinds import KINDS

from . import BEFORE


def event(session: Session, kind: str = "new_device", **given: Any) -> Event:
    """Something that happened; nobody was told of it yet."""
    values: dict[str, Any] = {"kind": kind, "at": BEFORE, "subject_kind": KINDS[kind].subject, "facts": {}}
    row = Event(**values | given)
    session.add(row)
    session.flush()
    return row


def notice(
    session: Session,
    *,
    person: Person,
    kind: str = "new_device",
    at: datetime = BEFORE,
    whom: Whom = Whom.PERSON,
    read_at: datetime | None = None,
    **given: Any,
) -> Notice:
    """What a person was told of."""
    subject = {"person_id": person.id, "subject_id": person.id, "at": at, "told_at": at}
    of = event(session, kind, **subject | given)
    topic = KINDS[kind].topic
    row = Notice(event_id=of.id, person_id=person.id, whom=whom, topic=topic, at=at, read_at=read_at)
    session.add(row)
    session.flush()
    return row
