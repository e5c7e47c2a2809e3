"""What happened, in the order in which the agency is told of it: thin, so that what counts is read where it stands."""

from dataclasses import asdict

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from commissions.refusal import Refusal

from ...models import Event
from ...rules.partner_api.identifiers import Prefix, identifier
from ...rules.partner_api.keys import Mode, Scope
from ...rules.partner_api.thin_events import Happened, thin
from ...rules.webhooks.hearing import checked_types
from ...services.notifications import worker
from ...services.partner_api import stream
from ...web.edge import config, database, db, now
from ..authentication import caller
from ..fields import Asked, Instant, Shown
from ..operations import Operation, operation

bp = Blueprint("api_events", __name__)

MOST = 100


class EventsQuery(Asked):
    """From where the stream is read on."""

    after: int = Field(default=0, ge=0, le=2**53, description="The last sequence that you have; 0 from the beginning.")
    limit: int = Field(default=MOST, ge=1, le=MOST)


class EventShown(Shown):
    """An event. Its sequence is the agency's own: from 1, without gaps, never given again."""

    id: str = Field(examples=[identifier(Prefix.EVENT, 1)])
    type: str = Field(examples=["registration_accepted"])
    sequence: int
    occurred_at: Instant
    subject: str | None = Field(description="Whom or what it is about; null where it cannot be read here.")
    url: str | None = Field(description="Where that is read.")


class EventsShown(Shown):
    """A part of the stream, the oldest first."""

    items: list[EventShown]
    latest: int = Field(description="Hand it over as `after` for what comes next.")


@operation(
    bp,
    Operation(
        "listEvents",
        "GET",
        "/events",
        Scope.EVENTS_READ,
        "events",
        _l("What happened since"),
        {200: EventsShown},
        query=EventsQuery,
        description=_l("Thirty days back. Ask again from `latest` on; a few seconds in between are enough."),
    ),
)
def list_events(query: EventsQuery) -> EventsShown:
    """The agency's stream, from a number on."""
    if caller().mode is Mode.TEST:
        _hand_on()
    found = stream.read(db(), caller().agency_id, now(), after=query.after, most=query.limit)
    items = [_shown(sequence, event) for sequence, event in found]
    return EventsShown(items=items, latest=items[-1].sequence if items else query.after)


class TriggerAsked(Asked):
    """What is to happen in the sandbox."""

    type: str = Field(max_length=40, examples=["registration_accepted"])


class Triggered(Shown):
    """What happens there now."""

    type: str


@operation(
    bp,
    Operation(
        "triggerEvent",
        "POST",
        "/events",
        Scope.EVENTS_READ,
        "events",
        _l("Let something happen in the sandbox"),
        {201: Triggered},
        body=TriggerAsked,
        refusals=("webhook_type_unknown", "api_sandbox_only"),
        example={"type": "statement_issued"},
        description=_l("For test keys alone: an event of this type stands in the stream, and goes to test webhooks."),
    ),
)
def trigger_event(asked: TriggerAsked) -> Triggered:
    """An event of a kind that others cause, such as a statement, to be tried in the sandbox."""
    if caller().mode is not Mode.TEST:
        raise Refusal("api_sandbox_only")
    (kind,) = checked_types([asked.type])
    stream.trigger(db(), caller().agency_id, now(), kind)
    return Triggered(type=kind)


def _hand_on() -> None:
    """No worker looks into a sandbox: who reads there hands on what happened, to the streams and the inbox alone."""
    with database().transaction() as session:
        while worker.hand_on(session, now()):
            pass


def _shown(sequence: int, event: Event) -> EventShown:
    happened = Happened(event.id, event.kind, event.at, event.subject_kind, event.subject_id)
    return EventShown(**asdict(thin(happened, sequence, f"{config().base_url.rstrip('/')}/api/v1")))
