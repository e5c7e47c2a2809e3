"""Rows of an agency, for the walk over all routes: its keys, webhooks, invoices, its clients' files."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from portal.access.actor import SYSTEM, Actor
from portal.models import Invoice, Role, WebhookEndpoint
from portal.rules.partner_api.keys import Scope
from portal.services.partner_api import keys
from portal.services.webhooks import queueing
from portal.session import Session
from tests import care_world
from tests import factories as make
from tests.factories import notices

_MADE_AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def _key(session: Session, one: Any) -> int:
    new = keys.NewKey(f"门店 {make.new_phone()}", list(Scope))
    return keys.make(session, SYSTEM, _MADE_AT, one.agreement.agency, new)[0].id


def _invoice(session: Session, one: Any) -> int:
    return session.scalars(select(Invoice.id).where(Invoice.statement_id == one.payout.statement_id)).one()


def _endpoint(session: Session, one: Any) -> int:
    return _endpoint_of(session, one).id


def _endpoint_of(session: Session, one: Any) -> WebhookEndpoint:
    there = select(WebhookEndpoint).where(WebhookEndpoint.agency_id == one.agreement.agency_id)
    principal = make.person(session, Role.PRINCIPAL, agency=one.agreement.agency)
    return session.scalar(there) or notices.endpoint(session, of=principal, at=_MADE_AT)[0]


def _delivery(session: Session, one: Any) -> int:
    row = _endpoint_of(session, one)
    return queueing.try_out(session, Actor.of(row.maker), _MADE_AT, row).id


ROWS: dict[str, Callable[[Session, Any], int]] = care_world.ROWS | {
    "key_id": _key,
    "invoice_id": _invoice,
    "endpoint_id": _endpoint,
    "delivery_id": _delivery,
}
