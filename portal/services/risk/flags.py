"""What a person does about a flag: ask the partner, hold what is affected, hear the answer, let go, or strike.

Nothing here follows from a figure alone. Each deed is a row that stays; where money was held, another person frees it.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import SYSTEM, Actor
from ...models import (
    Deal,
    Decision,
    FriendVisit,
    Lead,
    Person,
    Registration,
    RiskFlag,
    RiskHold,
    RiskStep,
    Role,
    Showing,
    waits_for_us,
)
from ...rules.risk import flag as rule
from ...rules.risk.figures import Figure
from ...rules.risk.flag import Deed, FlagState, Standing
from ...session import Session
from .. import audit, timekeeping
from ..claims import decision_receipts
from ..events.telling import Concerned, tell
from ..penalties import reviews
from . import facts


def standing(flag: RiskFlag) -> Standing:
    """What a deed hangs on."""
    concerns = frozenset() if flag.person_id is None else frozenset({flag.person_id})
    return Standing(flag.state, concerns, flag.held_by)


# What it touches


def touches(session: Session, flag: RiskFlag) -> set[int]:
    """The contacts with clients that a flag rests on."""
    found: set[int] = set()
    for table, model in (
        (facts.REGISTRATION, Registration),
        (facts.SHOWING, Showing),
        (facts.LEAD, Lead),
        (facts.FRIEND_VISIT, FriendVisit),
    ):
        keys = [row.id for row in flag.rows if row.table == table]
        if keys:
            known = select(model.touch_id).where(model.id.in_(keys))
            found |= {one for one in session.scalars(known) if one is not None}
    return found


def affected(session: Session, flag: RiskFlag) -> list[Deal]:
    """The deals that go back to what a flag rests on, cancelled ones left out: what may be held."""
    there = touches(session, flag)
    if not there:
        return []
    stmt = select(Deal).where(Deal.touch_id.in_(there), Deal.cancelled_at.is_(None)).order_by(Deal.id)
    return list(session.scalars(stmt.options(joinedload(Deal.development))))


def of_account(flag: RiskFlag) -> bool:
    """Whether it is the account that is in question: then all that is paid there may be held."""
    return flag.figure is Figure.SAME_ACCOUNT


def doubtful(session: Session, flag: RiskFlag) -> list[Showing]:
    """The visits that a strike may be for: those it rests on, of which nobody has said that they were genuine."""
    keys = [row.id for row in flag.rows if row.table == facts.SHOWING]
    of_touches: ColumnElement[bool] = Showing.touch_id.in_(touches(session, flag))
    wanted = Showing.id.in_(keys) if keys else of_touches
    stmt = select(Showing).where(wanted).order_by(Showing.id).options(joinedload(Showing.review))
    return [one for one in session.scalars(stmt) if one.review is None or one.review.decision is Decision.FAKE]


# Deeds


def ask(session: Session, actor: Actor, now: datetime, flag: RiskFlag, words: str, *, hold: bool = False) -> RiskStep:
    """Ask the partner; with `hold`, hold what is affected until the flag ends. He is told, with the question.

    Raises the Refusals of `rule.check_ask` and `rule.check_hold`.
    """
    _lock(session, flag)
    deals = affected(session, flag) if hold else []
    if hold:
        rule.check_hold(standing(flag), actor.id, words, len(deals) + of_account(flag))
    else:
        rule.check_ask(standing(flag), actor.id, words)
    flag.state, flag.since, flag.asked_at = FlagState.ASKED, now, flag.asked_at or now
    step = _step(session, actor, now, flag, Deed.HELD if hold else Deed.ASKED, words)
    if not hold:
        audit.record(session, actor, now, "risk_asked", flag, figure=flag.figure)
        tell(session, actor, now, "risk_asked", flag, concerned(flag), figure=flag.figure)
        return step
    flag.held_by = actor.id
    rows = [None] if of_account(flag) else [deal.id for deal in deals]
    session.add_all(RiskHold(flag=flag, deal_id=key, step_id=step.id) for key in rows)
    session.flush()
    audit.record(session, actor, now, "risk_held", flag, figure=flag.figure, deals=len(deals))
    tell(session, actor, now, "risk_held", flag, concerned(flag), figure=flag.figure)
    _receipt(session, now, step, "risk_held")
    return step


def answer(session: Session, actor: Actor, now: datetime, flag: RiskFlag, words: str) -> RiskStep:
    """The partner answers, once a question. Raises the Refusals of `rule.check_answer`."""
    _lock(session, flag)
    rule.check_answer(standing(flag), words)
    flag.state, flag.since = FlagState.ANSWERED, now
    step = _step(session, actor, now, flag, Deed.ANSWERED, words)
    audit.record(session, actor, now, "risk_answered", flag, figure=flag.figure)
    tell(session, actor, now, "risk_answered", flag, Concerned(development=flag.development_id), figure=flag.figure)
    return step


def let_go(session: Session, actor: Actor, now: datetime, flag: RiskFlag, reason: str) -> RiskStep:
    """Nothing is wrong, or nothing can be shown: what was held is free. Raises the Refusals of `rule.check_end`."""
    _lock(session, flag)
    rule.check_end(standing(flag), actor.id, reason)
    audit.record(session, actor, now, "risk_let_go", flag, figure=flag.figure)
    return _end(session, actor, now, flag, Deed.LET_GO, reason)


def strike(
    session: Session, actor: Actor, now: datetime, flag: RiskFlag, showing: Showing | None, reason: str
) -> RiskStep:
    """Go on to a strike: the visit is confirmed as fake, with all that follows from that, and the flag ends.

    Raises the Refusals of `rule.check_end`, `risk_no_showing`, and those of `reviews.review_showing`.
    """
    _lock(session, flag)
    rule.check_end(standing(flag), actor.id, reason)
    if showing is None or showing not in doubtful(session, flag):
        raise Refusal("risk_no_showing", field="showing")
    if showing.review is None:
        reviews.review_showing(session, actor, now, showing, decision=Decision.FAKE, reason=reason)
    audit.record(session, actor, now, "risk_struck", flag, figure=flag.figure, showing=showing.id)
    return _end(session, actor, now, flag, Deed.STRUCK, reason, showing)


def expire_due(session: Session, now: datetime) -> int:
    """End the flags that none of us has answered for thirty days; how many."""
    until = timekeeping.trusted(session, now) - rule.ENDS_AFTER
    late = select(RiskFlag).where(waits_for_us(), RiskFlag.since <= until).order_by(RiskFlag.id)
    rows = session.scalars(late.limit(200).with_for_update()).all()
    for flag in rows:
        audit.record(session, SYSTEM, now, "risk_expired", flag, figure=flag.figure)
        _end(session, SYSTEM, now, flag, Deed.EXPIRED, "")
    return len(rows)


def concerned(flag: RiskFlag) -> Concerned:
    """Whom a flag concerns by name."""
    return Concerned(flag.person_id, flag.agency_id, flag.development_id)


def _end(
    session: Session,
    actor: Actor,
    now: datetime,
    flag: RiskFlag,
    deed: Deed,
    reason: str,
    showing: Showing | None = None,
) -> RiskStep:
    flag.state = FlagState(deed.value)
    flag.since = flag.ended_at = now
    flag.ended_by = actor.person_id
    step = _step(session, actor, now, flag, deed, reason, showing)
    if flag.asked_at is not None:  # who never heard of it is not told that it is over
        tell(session, actor, now, "risk_ended", flag, concerned(flag), figure=flag.figure, outcome=deed)
    if flag.held_by is not None:
        _receipt(session, now, step, "risk_freed")
    return step


def _step(
    session: Session,
    actor: Actor,
    now: datetime,
    flag: RiskFlag,
    deed: Deed,
    words: str,
    showing: Showing | None = None,
) -> RiskStep:
    step = RiskStep(flag=flag, deed=deed, by_id=actor.person_id, words=words.strip(), showing=showing, at=now)
    session.add(step)
    session.flush()
    return step


def _receipt(session: Session, now: datetime, step: RiskStep, what: str) -> None:
    """A receipt for whom it concerns: the broker or referrer himself, of an agency its principal."""
    flag = step.flag
    party = flag.person
    if party is None:
        led = Person.agency_id == flag.agency_id, Person.role == Role.PRINCIPAL, Person.deactivated_at.is_(None)
        party = session.scalar(select(Person).where(*led).order_by(Person.id).limit(1))
    if party is not None:
        decision_receipts.of_risk_hold(session, now, step, party, what)


def _lock(session: Session, flag: RiskFlag) -> None:
    """Whoever else does something about it comes before or after."""
    session.execute(select(RiskFlag.id).where(RiskFlag.id == flag.id).with_for_update())
    session.refresh(flag)
