"""What happens in a sandbox, told to the test endpoints of its agency: by who acted there, for no worker looks in.

The sandbox keeps the stream, the real database keeps endpoints and deliveries. What was written down already is found
by its identifier, so doing it again adds nothing, and what a killed process left out the next request brings.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ...clock import local_day
from ...db import Database
from ...models import WebhookDelivery, WebhookEndpoint
from ...rules.partner_api.keys import Mode
from ...rules.partner_api.thin_events import thin
from ...rules.webhooks.hearing import wants
from ...session import Session
from ..notifications.worker import hand_on
from ..partner_api import stream
from ..webhooks.queueing import add_unless_there, happened, hearing, row_of

_MOST = 500
_LATELY = timedelta(days=1)
"""What a sandbox begins with lies further back, and is no news."""


@dataclass(frozen=True, slots=True)
class Own:
    """An agency that acted in its sandbox: its number, how it is numbered there, when, and the API's address."""

    agency_id: int
    inside_id: int
    at: datetime
    base: str


def run_due(real: Database, sandbox: Database, own: Own) -> int:
    """Write down what the agency's test endpoints hear of its sandbox; how many deliveries that is.

    For edges, outside their transaction.
    """
    with real.reading() as session:
        if not session.scalars(hearing([own.agency_id], Mode.TEST)).all():
            return 0
    with sandbox.transaction() as session:
        while hand_on(session, own.at):
            pass
    with real.transaction() as session, sandbox.reading() as inside:
        endpoints = session.scalars(hearing([own.agency_id], Mode.TEST)).all()
        return sum(_queue(session, inside, endpoint, own) for endpoint in endpoints)


def _queue(session: Session, inside: Session, endpoint: WebhookEndpoint, own: Own) -> int:
    day = f"_{local_day(own.at):%Y%m%d}"
    today = WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.message.endswith(day, autoescape=True)
    after = session.scalar(select(func.max(WebhookDelivery.sequence)).where(*today)) or 0
    rows = []
    for number, event in stream.read(inside, own.inside_id, own.at, after=after, most=_MOST):
        if event.at > own.at - _LATELY and wants(endpoint.types, event.kind):
            told = thin(happened(event), number, own.base)
            rows.append(row_of(endpoint.id, told, own.at, message=told.id + day))
    return add_unless_there(session, rows)
