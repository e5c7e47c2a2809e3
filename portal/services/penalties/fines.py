"""What a strike costs in money: a fine, and the commission of the showing's deal (飞单); both come back with an appeal.

The plan says how much (rules 4.4): the one by which a signing at the showing's instant would have been paid, so that
nobody is fined by terms that came later.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from commissions.accrual import Cause as LineCause

from ...access.actor import Actor
from ...models import Cause, Deal, DealPart, PostedLine, Strike, agency_payee
from ...session import Session
from .. import audit
from ..commission import accruals, plans
from ..commission.accruals import Event
from ..ledger.lines import NewLine, post_lines


def charge(session: Session, actor: Actor, now: datetime, strike: Strike) -> None:
    """Post what a strike costs, in the transaction that confirms it. Charging again posts nothing."""
    showing = strike.showing
    accruals.lock_agency(session, showing.agency_id)
    version = plans.for_signing(session, showing.development_id, showing.agency_id, showing.at)
    fine_fen = None if version is None else plans.parse(version.toml).fine_fen
    if version is not None and fine_fen is not None:
        _post_fine(session, actor, now, strike, -fine_fen, version.id)
    _post_forfeiture(session, actor, now, Event("strike", str(strike.id), strike), strike)


def give_back(session: Session, actor: Actor, now: datetime, strike: Strike) -> None:
    """Post what a voided strike had cost back, to the fen. Giving back again posts nothing."""
    accruals.lock_agency(session, strike.showing.agency_id)
    fine = session.scalar(select(PostedLine).where(PostedLine.reference == _references(strike)[0]))
    if fine is not None:
        _post_fine(session, actor, now, strike, -fine.amount_fen, fine.plan_version_id)
    _post_forfeiture(session, actor, now, Event("strike", f"{strike.id}-voided", strike), strike)


def _post_fine(
    session: Session, actor: Actor, now: datetime, strike: Strike, amount_fen: int, version_id: int | None
) -> None:
    charged, returned = _references(strike)
    reference = charged if amount_fen < 0 else returned
    if session.scalar(select(PostedLine.id).where(PostedLine.reference == reference)) is not None:
        return
    showing = strike.showing
    line = NewLine(
        reference=reference,
        payee=agency_payee(showing.agency_id),
        cause=Cause.FINE,
        amount_fen=amount_fen,
        summary=f"fine for strike {strike.id}" if amount_fen < 0 else f"fine for strike {strike.id} given back",
        why={
            "strike_id": strike.id,
            "showing_id": showing.id,
            "showing_at": showing.at.isoformat(),
            "returned": amount_fen > 0,
        },
        plan_version_id=version_id,
    )
    post_lines(session, actor, now, reference=reference, lines=[line])
    audit.record(session, actor, now, "fine_posted", strike, amount_fen=amount_fen)


def _post_forfeiture(session: Session, actor: Actor, now: datetime, event: Event, strike: Strike) -> None:
    """The deals that the showing's touch brought: to nothing while a strike stands, and back when none does."""
    touch = strike.showing.touch
    apart = select(DealPart.deal_id).where(DealPart.touch_id == touch.id, DealPart.until.is_(None))
    stmt = select(Deal).where(or_(Deal.touch_id == touch.id, Deal.id.in_(apart)), Deal.signed_at.is_not(None))
    sold: Sequence[Deal] = session.scalars(stmt.order_by(Deal.id)).all()
    if touch.agency_id is not None:
        accruals.post_deals(session, actor, now, event, touch.agency_id, sold, LineCause.FORFEITURE)


def _references(strike: Strike) -> tuple[str, str]:
    return f"fine:{strike.id}", f"fine:{strike.id}:returned"
