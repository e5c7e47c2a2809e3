"""A deal given to somebody else, or split, by a person's decision. Before it is signed nothing was earned by it yet;
afterwards `parts` posts what follows.

What stood before is kept in the move; the attribution that the rule had made stays as it is, with its receipt, and
another one stands beside it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Attribution, Deal, DealMove, MilestoneKind, Touch
from ...session import Session
from .. import audit
from ..claims import decision_receipts, rule_profiles, touches
from . import deals, parts

BY_DECISION = "by_decision"
"""The rule by which such a deal is attributed, as its reasons name it."""


def give(session: Session, actor: Actor, now: datetime, deal: Deal, touch: Touch | None, reason: str) -> DealMove:
    """Let a deal be a touch's, or nobody's (None). The caller holds the deal's lock, and, where it is signed, those of
    the agencies concerned (`parts.lock`).

    Raises Refusal `conflict_not_offered` for a deal that is cancelled, and those of `parts.decide`.
    """
    if deal.cancelled_at is not None:
        raise Refusal("conflict_not_offered", field="outcome")
    if deal.signed_at is not None:
        sides = [parts.Side(touch.agency_id, touch.person_id, touch.id)] if touch and touch.agency_id else []
        row = parts.decide(session, actor, now, deal, sides, reason)
    else:
        row = _give_unsigned(session, actor, now, deal, touch, reason)
    why: dict[str, Any] = {"rule": BY_DECISION, "at": now.isoformat(), "owner": None, "lost": []}
    attribution = Attribution(deal_id=deal.id, touch_id=deal.touch_id, why=why, at=now)
    session.add(attribution)
    session.flush()
    session.expire(deal, ["attributions"])
    audit.record(session, actor, now, "deal_moved", deal, touch_id=deal.touch_id, before=row.from_touch_id)
    if touch is not None:
        profile = rule_profiles.in_force(session, deal.development, touch.at)
        touches.extend(session, touch, profile.sold_until(_subscribed_at(deal)))
        decision_receipts.of_attribution(session, now, attribution, touch, rule="decided_by_person")
    return row


def split(
    session: Session, actor: Actor, now: datetime, deal: Deal, others: Sequence[parts.Portion], reason: str
) -> DealMove:
    """Let the brokers of registrations have parts of a signed deal; the rest stays where it is, and so does the client.
    The caller holds the locks (`parts.lock`). Raises the Refusals of `parts.decide`."""
    return parts.decide(session, actor, now, deal, parts.split_sides(deal, others), reason)


def _give_unsigned(
    session: Session, actor: Actor, now: datetime, deal: Deal, touch: Touch | None, reason: str
) -> DealMove:
    row = DealMove(
        deal_id=deal.id,
        from_touch_id=deal.touch_id,
        from_owner_id=deal.owner_id,
        from_agency_id=deal.agency_id,
        to_touch_id=touch.id if touch else None,
        to_owner_id=touch.person_id if touch else None,
        to_agency_id=touch.agency_id if touch else None,
        reason=reason,
        decided_by=actor.id,
        at=now,
    )
    session.add(row)
    session.flush()  # the database lets a deal change only behind the move that says so
    deal.touch_id, deal.owner_id, deal.agency_id = row.to_touch_id, row.to_owner_id, row.to_agency_id
    session.flush()
    session.refresh(deal)
    return row


def _subscribed_at(deal: Deal) -> datetime:
    return deals.reached(deal)[MilestoneKind.SUBSCRIBED]
