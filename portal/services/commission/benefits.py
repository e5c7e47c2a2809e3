"""Benefits (the trip): granted when a rank is reached, booked by finance, and lost with the rank (rules 5.2, 5.5).

An unbooked one is revoked by itself. A booked one cannot be taken back by a rule: it goes to finance, who lets it
stand or charges it back, which is then an adjustment by hand.
"""

from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...models import Agency, Benefit, BenefitState, Deal, Development
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from .rating_facts import Book, Place, window


def settle(session: Session, actor: Actor, now: datetime, agency_id: int, book: Book) -> None:
    """Grant what a rank of the book's touched windows reaches, and take back what no rank reaches any more.

    Settling again changes nothing.
    """
    due = _due(book)
    granted = {
        (row.scope, row.window, row.name): row
        for row in session.scalars(select(Benefit).where(Benefit.agency_id == agency_id, Benefit.revoked_at.is_(None)))
        if (row.scope, row.window) in book.touched
    }
    for key, row in granted.items():
        if key in due:
            _keep(session, actor, now, row, due[key])
        else:
            _lose(session, actor, now, row)
    for place, label, name in sorted(due.keys() - granted.keys()):
        deal_id = due[place, label, name]
        row = Benefit(agency_id=agency_id, scope=place, window=label, name=name, deal_id=deal_id, granted_at=now)
        session.add(row)
        audit.record(session, actor, now, "benefit_granted", row)
        _tell(session, actor, now, "benefit_granted", row)


def book_benefit(session: Session, actor: Actor, now: datetime, benefit: Benefit, *, booking: str) -> None:
    """Write down that a granted benefit is booked: where, when, for whom. From then on no rule takes it back.

    Raises Refusal: booking_needed, benefit_moved.
    """
    if not booking.strip():
        raise Refusal("booking_needed", field="booking")
    _expect(session, benefit, BenefitState.GRANTED)
    benefit.booked_at, benefit.booked_by, benefit.booking = now, actor.id, booking.strip()
    audit.record(session, actor, now, "benefit_booked", benefit)
    _tell(session, actor, now, "benefit_booked", benefit)


def decide_benefit(
    session: Session, actor: Actor, now: datetime, benefit: Benefit, *, stands: bool, reason: str
) -> None:
    """Decide over a booked benefit whose rank was lost: it stands, or is charged back by an adjustment.

    Raises Refusal: benefit_reason_needed, benefit_moved.
    """
    if not reason.strip():
        raise Refusal("benefit_reason_needed", field="reason")
    _expect(session, benefit, BenefitState.ESCALATED)
    benefit.decided_at, benefit.decided_by, benefit.decision = now, actor.id, reason.strip()
    if not stands:
        benefit.revoked_at = now
    audit.record(session, actor, now, "benefit_decided", benefit, stands=stands)
    _tell(session, actor, now, "benefit_stands" if stands else "benefit_charged_back", benefit)


def _tell(session: Session, actor: Actor, now: datetime, kind: str, benefit: Benefit) -> None:
    """Tell the agency, and whom else it concerns, what became of a benefit."""
    tell(session, actor, now, kind, benefit, Concerned(agency=benefit.agency_id))


# Reading


def listed(actor: Actor, *, state: str = "") -> Select[Benefit]:
    """The benefits that the actor may see, with all that the list shows; `state` or empty for all."""
    stmt = scope.visible(actor, Benefit).options(
        joinedload(Benefit.agency),
        joinedload(Benefit.booker),
        joinedload(Benefit.decider),
        joinedload(Benefit.deal).joinedload(Deal.development),
    )
    if not state:
        return stmt
    ended, decided = Benefit.revoked_at.is_not(None), Benefit.decided_at.is_not(None)
    escalated, booked = Benefit.escalated_at.is_not(None), Benefit.booked_at.is_not(None)
    meant = {
        BenefitState.GRANTED: ~ended & ~booked,
        BenefitState.BOOKED: ~ended & ~decided & ~escalated & booked,
        BenefitState.ESCALATED: ~ended & ~decided & escalated,
        BenefitState.STANDS: ~ended & decided,
        BenefitState.REVOKED: ended & ~decided,
        BenefitState.CHARGED: ended & decided,
    }
    return stmt.where(meant[BenefitState(state)])


def development_of(session: Session, benefit: Benefit) -> Development | None:
    """The development in which its deals are counted; None where they are counted in all together."""
    kind, _, key = benefit.scope.partition(":")
    return session.get(Development, int(key)) if kind == "development" else None


def waiting(session: Session) -> int:
    """How many booked benefits wait for a decision of finance."""
    open_ones = (Benefit.escalated_at.is_not(None), Benefit.decided_at.is_(None), Benefit.revoked_at.is_(None))
    return session.scalar(select(func.count(Benefit.id)).where(*open_ones)) or 0


def _due(book: Book) -> dict[tuple[str, str, str], int]:
    """The benefits of the touched windows: scope, label and name, with the deal that brings each."""
    due = {}
    for deal, rated in zip(book.deals, book.rated(), strict=True):
        if rated.benefit is None or deal.signed_at is None or deal.deal_id in book.beyond:
            continue
        counted = window(Place(int(str(deal.development)), deal.signed_at), book.plans[int(str(deal.plan))])
        if counted in book.touched:
            due[(*counted, rated.benefit)] = deal.deal_id
    return due


def _keep(session: Session, actor: Actor, now: datetime, row: Benefit, deal_id: int) -> None:
    """It stays, on the deal that holds its rank now."""
    if row.deal_id != deal_id:
        audit.record(session, actor, now, "benefit_moved_on", row, before=row.deal_id, after=deal_id)
        row.deal_id = deal_id
    if row.state is BenefitState.ESCALATED:
        row.escalated_at = None
        audit.record(session, actor, now, "benefit_regained", row)
        _tell(session, actor, now, "benefit_regained", row)


def _lose(session: Session, actor: Actor, now: datetime, row: Benefit) -> None:
    if row.state is BenefitState.GRANTED:
        row.revoked_at = now
        audit.record(session, actor, now, "benefit_revoked", row)
        _tell(session, actor, now, "benefit_revoked", row)
    elif row.state is BenefitState.BOOKED:
        row.escalated_at = now
        audit.record(session, actor, now, "benefit_escalated", row)
        _tell(session, actor, now, "benefit_escalated", row)


def _expect(session: Session, benefit: Benefit, state: BenefitState) -> None:
    """The benefit as it stands now, with its agency's postings held up; it must stand so. Raises benefit_moved."""
    session.execute(select(Agency.id).where(Agency.id == benefit.agency_id).with_for_update(key_share=True))
    session.refresh(benefit)
    if benefit.state is not state:
        raise Refusal("benefit_moved")
