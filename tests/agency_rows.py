"""Rows of an agency, for the walk over all routes: its keys, its invoices, its clients' files."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from portal.access.actor import SYSTEM
from portal.models import Invoice
from portal.rules.partner_api.keys import Scope
from portal.services.partner_api import keys
from portal.session import Session
from tests import care_world
from tests import factories as make

_MADE_AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def _key(session: Session, one: Any) -> int:
    new = keys.NewKey(f"门店 {make.new_phone()}", list(Scope))
    return keys.make(session, SYSTEM, _MADE_AT, one.agreement.agency, new)[0].id


def _invoice(session: Session, one: Any) -> int:
    return session.scalars(select(Invoice.id).where(Invoice.statement_id == one.payout.statement_id)).one()


ROWS: dict[str, Callable[[Session, Any], int]] = care_world.ROWS | {"key_id": _key, "invoice_id": _invoice}
