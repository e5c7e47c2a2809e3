"""What endpoints are to be told: a row for each event and endpoint, written in the transaction that numbers the event.

So an event that stands in the agency's stream waits for every endpoint that wants it, whoever is killed; and the
request that caused it has paid one INSERT, as for every event (`events.telling`).
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Agency, Event, StreamEntry, WebhookDelivery, WebhookEndpoint
from ...rules.notifications.concerned import agency_stream
from ...rules.partner_api.identifiers import Prefix
from ...rules.partner_api.keys import Mode
from ...rules.partner_api.thin_events import STREAM_KEPT, Happened, ThinEvent, thin
from ...rules.webhooks.hearing import HEARD, TEST, wants
from ...session import Session
from .. import audit

_AT_ONCE = 500
_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

Numbered = tuple[int, int, Event]
"""An event that an agency is told of: the agency, the event's number in its stream, and the event."""


def queue(session: Session, now: datetime, numbered: Sequence[Numbered], base: str) -> None:
    """Write down what endpoints hear of these events; `base` is the address of the API."""
    agencies = {agency_id for agency_id, _, _ in numbered}
    if not agencies:
        return
    of_agency: defaultdict[int, list[WebhookEndpoint]] = defaultdict(list)
    for endpoint in session.scalars(hearing(agencies, Mode.LIVE)):
        of_agency[endpoint.agency_id].append(endpoint)
    rows = [
        row_of(endpoint.id, thin(happened(event), sequence, base), now)
        for agency_id, sequence, event in numbered
        for endpoint in of_agency[agency_id]
        if wants(endpoint.types, event.kind)
    ]
    if rows:
        session.execute(insert(WebhookDelivery), rows)


def try_out(session: Session, actor: Actor, now: datetime, row: WebhookEndpoint) -> WebhookDelivery:
    """Send an endpoint a test, at once and only once. Raises Refusal(webhook_deleted)."""
    if row.deleted_at is not None:
        raise Refusal("webhook_deleted")
    told = ThinEvent(f"{Prefix.EVENT}_test{secrets.token_hex(8)}", TEST, 0, now)
    delivery = WebhookDelivery(**row_of(row.id, told, now) | {"sequence": None})
    row.rests_until = None
    session.add(delivery)
    session.flush()
    audit.record(session, actor, now, "webhook_tried", row, name=row.name)
    return delivery


def send_again(session: Session, actor: Actor, now: datetime, row: WebhookDelivery) -> None:
    """Send one delivery again, whatever became of it. Raises Refusal: webhook_is_off, webhook_deleted,
    webhook_waits_already."""
    _open(row.endpoint)
    settled = WebhookDelivery.id == row.id, WebhookDelivery.next_try_at.is_(None)
    if session.scalar(update(WebhookDelivery).where(*settled).values(_anew(now)).returning(WebhookDelivery.id)) is None:
        raise Refusal("webhook_waits_already")
    row.endpoint.rests_until = None
    audit.record(session, actor, now, "webhook_sent_again", row.endpoint, name=row.endpoint.name, count=1)


def send_since(session: Session, actor: Actor, now: datetime, row: WebhookEndpoint, sequence: int, base: str) -> int:
    """Send again all that the agency was told since this number, as far as the endpoint wants it and the stream goes
    back; how many. Raises Refusal: webhook_is_off, webhook_deleted, webhook_nothing_since."""
    _open(row)
    if row.mode is Mode.TEST:  # a sandbox's stream lies there, and begins anew each day
        count = _reopen(session, now, row, sequence)
    else:
        count, after = 0, sequence - 1
        while found := _since(session, row, now, after):
            after = found[-1][0]
            count += _queue_anew(session, row, now, [(number, event) for number, event in found], base)
    if not count:
        raise Refusal("webhook_nothing_since", field="sequence", sequence=sequence)
    row.rests_until = None
    audit.record(session, actor, now, "webhook_sent_again", row, name=row.name, count=count, sequence=sequence)
    return count


def latest_delivered(session: Session, row: WebhookEndpoint) -> int:
    """The highest number up to which the endpoint has got something; 0: nothing yet."""
    got = WebhookDelivery.endpoint_id == row.id, WebhookDelivery.delivered_at.is_not(None)
    return session.scalar(select(func.max(WebhookDelivery.sequence)).where(*got)) or 0


def happened(event: Event) -> Happened:
    """An event as the rule takes it in."""
    return Happened(event.id, event.kind, event.at, event.subject_kind, event.subject_id)


def add_unless_there(session: Session, rows: Sequence[dict[str, Any]], **otherwise: Any) -> int:
    """Write deliveries down; one that is there and settled gets the values of `otherwise`; how many rows that were."""
    if not rows:
        return 0
    stmt = _INSERT[session.connection().dialect.name](WebhookDelivery).values(list(rows))
    names = ["endpoint_id", "message"]
    if otherwise:
        settled = WebhookDelivery.next_try_at.is_(None)
        stmt = stmt.on_conflict_do_update(index_elements=names, set_=otherwise, where=settled)
    else:
        stmt = stmt.on_conflict_do_nothing(index_elements=names)
    return len(session.scalars(stmt.returning(WebhookDelivery.id)).all())


def row_of(endpoint_id: int, told: ThinEvent, now: datetime, message: str | None = None) -> dict[str, Any]:
    """A delivery as it is written down; `message`: its identifier, where that is not the event's own."""
    return {
        "endpoint_id": endpoint_id,
        "message": message or told.id,
        "kind": told.type,
        "sequence": told.sequence,
        "body": told.body,
        "created_at": now,
        "next_try_at": now,
        "tries": 0,
    }


def hearing(agencies: Iterable[int], mode: Mode) -> Select[WebhookEndpoint]:
    """The endpoints of open agencies that are told something now."""
    return (
        select(WebhookEndpoint)
        .join(Agency, Agency.id == WebhookEndpoint.agency_id)
        .where(
            WebhookEndpoint.agency_id.in_(agencies),
            WebhookEndpoint.mode == mode,
            WebhookEndpoint.disabled_at.is_(None),
            WebhookEndpoint.deleted_at.is_(None),
            Agency.deactivated_at.is_(None),
        )
        .order_by(WebhookEndpoint.id)
    )


def _open(row: WebhookEndpoint) -> None:
    if row.deleted_at is not None:
        raise Refusal("webhook_deleted")
    if row.disabled_at is not None:
        raise Refusal("webhook_is_off")


def _anew(now: datetime) -> dict[str, Any]:
    """What makes a settled delivery wait again, with all its attempts before it."""
    return {"next_try_at": now, "tries": 0, "delivered_at": None, "given_up_at": None, "why": None}


def _since(session: Session, row: WebhookEndpoint, now: datetime, after: int) -> list[tuple[int, Event]]:
    """A portion of the agency's stream behind a number."""
    stmt = (
        select(StreamEntry.sequence, Event)
        .join(Event, Event.id == StreamEntry.event_id)
        .where(
            StreamEntry.stream == agency_stream(row.agency_id),
            StreamEntry.sequence > after,
            Event.at >= now - STREAM_KEPT,
        )
        .order_by(StreamEntry.sequence)
        .limit(_AT_ONCE)
    )
    return [(sequence, event) for sequence, event in session.execute(stmt)]


def _queue_anew(
    session: Session, row: WebhookEndpoint, now: datetime, found: Sequence[tuple[int, Event]], base: str
) -> int:
    rows = [
        row_of(row.id, thin(happened(event), number, base), now)
        for number, event in found
        if event.kind in HEARD and wants(row.types, event.kind)
    ]
    return add_unless_there(session, rows, **_anew(now))


def _reopen(session: Session, now: datetime, row: WebhookEndpoint, sequence: int) -> int:
    settled = (
        WebhookDelivery.endpoint_id == row.id,
        WebhookDelivery.sequence >= sequence,
        WebhookDelivery.next_try_at.is_(None),
    )
    again = update(WebhookDelivery).where(*settled).values(_anew(now)).returning(WebhookDelivery.id)
    return len(session.scalars(again).all())
