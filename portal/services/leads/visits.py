"""Visits of referred friends: what the funnel counts between a lead and a signing, and a visit gift rests on.

A friend comes without a broker, so there is no showing: reception signs the visit in, and finds that a referral holds
the client already.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...clock import local_day
from ...models import FriendVisit, Lead, LeadProof, Touch
from ...session import Session
from .. import audit
from ..claims import overtaken, rule_profiles, touches
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..programmes import gifts


def record_visit(session: Session, actor: Actor, now: datetime, touch: Touch) -> None:
    """Note that the friend who is held by this touch is here, and give what the plan promises for a first visit.

    Reception has seen the friend, so the visit protects for as long as a broker's verified showing (rules 2.3). A
    second time on one day changes nothing.
    """
    made = insert_unless_there(
        session,
        FriendVisit,
        ("touch_id", "visited_on"),
        touch_id=touch.id,
        visited_on=local_day(now),
        at=now,
        recorded_by=actor.id,
    )
    if made is not None:
        audit.record(session, actor, now, "friend_visited", touch)
        profile = rule_profiles.in_force(session, touch.development, touch.at)
        touches.visited(session, touch, profile, now, again=_came_before(session, touch, now))
        whom = Concerned(touch.person_id, development=touch.development_id)
        tell(session, actor, now, "friend_visited", touch, whom)
        overtaken.tell_who_waits(session, actor, now, touch)
        seen = update(Lead).where(Lead.touch_id == touch.id, Lead.proof.is_(None))
        session.execute(seen.values(proof=LeadProof.VISIT, proven_at=now))
        gifts.give_visit_gifts(session, actor, now, touch)


def _came_before(session: Session, touch: Touch, now: datetime) -> bool:
    earlier = select(FriendVisit.id).where(FriendVisit.touch_id == touch.id, FriendVisit.at < now)
    return session.scalar(earlier.limit(1)) is not None


def visits_since(session: Session, visible: Select[Touch], since: datetime) -> Sequence[FriendVisit]:
    """The visits of friends since an instant, newest first, as far as their touches are visible."""
    seen = visible.with_only_columns(Touch.id)
    stmt = select(FriendVisit).where(FriendVisit.at >= since, FriendVisit.touch_id.in_(seen))
    touch = joinedload(FriendVisit.touch)
    shown = (touch.joinedload(Touch.development), touch.joinedload(Touch.client), touch.joinedload(Touch.person))
    return session.scalars(stmt.options(*shown).order_by(FriendVisit.id.desc())).all()


def first_visits(session: Session, touch_ids: Sequence[int]) -> dict[int, datetime]:
    """When the friends of these touches first came, in one query; without those who have not."""
    first = select(FriendVisit.touch_id, func.min(FriendVisit.at)).where(FriendVisit.touch_id.in_(touch_ids))
    rows = session.execute(first.group_by(FriendVisit.touch_id)).all()
    return dict(rows)
