"""What an agency's systems are told: the agency's own stream of events, in its order and without gaps."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from ...models import Event, StreamEntry
from ...rules.notifications.concerned import agency_stream
from ...rules.notifications.kinds import KINDS
from ...rules.partner_api.thin_events import STREAM_KEPT
from ...session import Session


def read(session: Session, agency_id: int, now: datetime, *, after: int, most: int) -> Sequence[tuple[int, Event]]:
    """The events behind a number of the agency's stream, the oldest first, each with its own number."""
    rows = session.execute(
        select(StreamEntry.sequence, Event)
        .join(Event, Event.id == StreamEntry.event_id)
        .where(
            StreamEntry.stream == agency_stream(agency_id), StreamEntry.sequence > after, Event.at >= now - STREAM_KEPT
        )
        .order_by(StreamEntry.sequence)
        .limit(most)
    )
    return [(sequence, event) for sequence, event in rows]


def trigger(session: Session, agency_id: int, now: datetime, kind: str) -> None:
    """Let an event of this kind happen, of no deed and about nothing: in a sandbox alone. It rings in no inbox."""
    session.add(
        Event(kind=kind, at=now, subject_kind=KINDS[kind].subject, agency_id=agency_id, facts={}, part_of="trigger")
    )
