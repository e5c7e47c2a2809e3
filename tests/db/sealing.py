"""Windows sealed one at a time, for the tests of what a seal does: a close seals those of its month together."""

from datetime import datetime

from sqlalchemy import select

from commissions.calendar import window_bounds
from portal.access.actor import Actor
from portal.models import Agency, Deal, WindowSeal
from portal.services.commission import accruals, rating_facts, window_locks
from portal.services.commission.rating_facts import Place
from portal.session import Session


def seal_window(session: Session, actor: Actor, now: datetime, *, agency_id: int, label: str) -> datetime:
    """Seal an agency's windows of a label as a chunk of a close does; since when they are sealed.

    One that is sealed already stays as it is. What is due and was not posted is posted first.
    """
    accruals.lock_agency(session, agency_id)
    there = rating_facts.sealed_since(session, [agency_id], [label])
    if there:
        return there[agency_id, label]
    _post_outstanding(session, actor, now, agency_id, label)
    sealed_at = window_locks.seal_instant(session, [agency_id], now)
    row = WindowSeal(agency_id=agency_id, label=label, sealed_at=sealed_at, sealed_by=actor.id)
    session.add(row)
    return sealed_at


def _post_outstanding(session: Session, actor: Actor, now: datetime, agency_id: int, label: str) -> None:
    """Events have posted all of it, unless deals were loaded past the portal."""
    developments = session.scalars(select(Deal.development_id).distinct())
    start = window_bounds(label).start or now
    places = [Place(development_id, start) for development_id in developments]
    if not places:
        return
    book = rating_facts.open_book(session, agency_id, places)
    event = accruals.Event("seal", f"{agency_id}-{label}", session.get_one(Agency, agency_id))
    accruals.post(session, actor, now, event, agency_id, book, book.delta())
