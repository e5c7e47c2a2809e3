"""The first agency's own receiver in the demo: a webhook, and the stand-in that plays that system."""

from datetime import datetime

from sqlalchemy import func, select

from ...access.actor import Actor
from ...adapters.webhooks.local import FOLDER, LocalReceiver
from ...config import Config
from ...models import Agency, Person, Role, StreamEntry, WebhookEndpoint
from ...rules.notifications.concerned import agency_stream
from ...services.webhooks import endpoints, queueing
from ...services.webhooks.background import api_base
from ...services.webhooks.endpoints import Wanted
from ...session import Session

_NAME = "门店系统"
_LATELY = 12
"""Events of the agency's stream that are sent as the world begins."""


def listen(session: Session, config: Config, now: datetime, port: int) -> None:
    """Let the first agency be told at the stand-in of this port; once it is, follow the port alone."""
    if not config.webhook_loopback:
        return
    address = f"http://127.0.0.1:{port}/dev/webhooks/receive"
    agency = session.scalars(select(Agency).order_by(Agency.id).limit(1)).one()
    there = WebhookEndpoint.agency_id == agency.id, WebhookEndpoint.url.like("%/dev/webhooks/receive")
    row = session.scalar(select(WebhookEndpoint).where(*there, WebhookEndpoint.deleted_at.is_(None)))
    if row is not None:
        row.url = address
    elif session.scalar(select(WebhookEndpoint.id).limit(1)) is None:
        _begin(session, config, now, agency, address)


def _begin(session: Session, config: Config, now: datetime, agency: Agency, address: str) -> None:
    of_agency = Person.agency_id == agency.id, Person.role == Role.PRINCIPAL
    principal = Actor.of(session.scalars(select(Person).where(*of_agency).order_by(Person.id).limit(1)).one())
    wanted = Wanted(_NAME, address, loopback=True)
    row, secret = endpoints.make(session, principal, now, agency, wanted)
    LocalReceiver(config.data_dir / FOLDER, lambda: now).know(secret)
    latest = select(func.max(StreamEntry.sequence)).where(StreamEntry.stream == agency_stream(agency.id))
    since = max((session.scalar(latest) or 0) - _LATELY, 1)
    queueing.send_since(session, principal, now, row, since, api_base(config))
