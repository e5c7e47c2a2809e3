"""Reviewing a showing: a person says whether the visit was genuine or fake, or cannot be told (rules 3.4, 4.1)."""

from datetime import datetime

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Decision, Freeze, Showing, ShowingReview, Verdict
from ...session import Session
from .. import audit
from ..claims import decision_receipts
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..showings import check_ins
from . import strikes


def review_showing(
    session: Session, actor: Actor, now: datetime, showing: Showing, *, decision: Decision, reason: str
) -> Freeze | None:
    """A person's decision, one a showing: genuine protects the client, fake makes a strike, inconclusive does neither
    (rules 3.4, 4.1).

    Returns the freeze where it was the strike too many. Raises Refusal: reason_needed, visit_counts_already,
    already_reviewed.
    """
    if decision is not Decision.GENUINE and not reason.strip():
        raise Refusal("reason_needed", field="reason" if decision is Decision.FAKE else "untold")
    if decision is Decision.INCONCLUSIVE and showing.verdict is Verdict.VERIFIED:
        raise Refusal("visit_counts_already")
    reviewed = insert_unless_there(
        session,
        ShowingReview,
        ("showing_id",),
        showing_id=showing.id,
        decision=decision,
        reason=reason.strip(),
        reviewer_id=actor.id,
        at=now,
    )
    if reviewed is None:
        raise Refusal("already_reviewed")
    session.refresh(showing, ["review"])
    audit.record(session, actor, now, "showing_reviewed", showing, decision=decision)
    if decision is Decision.FAKE:
        return strikes.strike(session, actor, now, showing)
    if decision is Decision.GENUINE:
        check_ins.protect(session, now, showing)
        check_ins.tell_verified(session, actor, now, showing)
    else:
        whom = Concerned(showing.touch.carer.id, showing.agency_id, showing.development_id)
        tell(session, actor, now, "showing_not_counted", showing, whom)
    decision_receipts.of_review(session, now, session.get_one(ShowingReview, reviewed))
    return None
