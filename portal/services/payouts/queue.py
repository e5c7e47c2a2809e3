"""The payouts that wait for an approver, and for which one of two."""

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from ...access.actor import Actor
from ...models import Agency, FirstApproval, FirstApprovalAnew, Payout, PayoutApproval, PayoutState, Person
from . import holds, payouts


def to_approve(actor: Actor) -> Select[Payout]:
    """What waits for an approver: what was requested, and what was approved for another account than there is now."""
    return payouts.listing(actor).where(or_(Payout.state == PayoutState.REQUESTED, holds.needs_another_approval()))


def waits_for_another(actor: Actor) -> ColumnElement[bool]:
    """A payout that the actor has approved as the first of two, for the first time or anew: another follows him."""
    first = and_(
        Payout.state == PayoutState.REQUESTED, Payout.first_approval.has(FirstApproval.approver_id == actor.id)
    )
    newest = select(func.max(PayoutApproval.id)).where(PayoutApproval.payout_id == Payout.id).correlate(Payout)
    of_now = or_(
        Payout.agency.has(Agency.bank_digest == FirstApprovalAnew.account_digest),
        Payout.person.has(Person.bank_digest == FirstApprovalAnew.account_digest),
    )
    last = FirstApprovalAnew.approval_id == newest.scalar_subquery()
    anew = Payout.first_anew.any(and_(FirstApprovalAnew.approver_id == actor.id, last, of_now))
    return or_(first, anew)
