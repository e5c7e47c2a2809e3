"""Asking for a new capture: the reviewer cannot tell from what is there, and the broker may check in again (rules 3.4).

The showing that was asked about stays as it was, with its evidence. What comes of the request is a showing of its own.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...models import CaptureRequest, Showing, ShowingReview
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there


def ask_for_capture(
    session: Session, actor: Actor, now: datetime, showing: Showing, *, reason: str, within: timedelta
) -> CaptureRequest:
    """Ask the broker to check in again, once a showing. Nobody is accused by it.

    Raises Refusal: reason_needed, already_reviewed, capture_not_possible (the client's protection has ended),
    capture_asked_before.
    """
    if not reason.strip():
        raise Refusal("reason_needed", field="reason")
    if session.scalar(select(ShowingReview.id).where(ShowingReview.showing_id == showing.id)) is not None:
        raise Refusal("already_reviewed")
    touch = showing.touch
    if touch.retired_at is not None or (touch.protected_until is not None and touch.protected_until <= now):
        raise Refusal("capture_not_possible")
    asked = insert_unless_there(
        session,
        CaptureRequest,
        ("showing_id",),
        showing_id=showing.id,
        reason=reason.strip(),
        asked_by=actor.id,
        asked_at=now,
        answer_by=now + within,
    )
    if asked is None:
        raise Refusal("capture_asked_before")
    session.refresh(showing, ["capture_request"])
    row = session.get_one(CaptureRequest, asked)
    audit.record(session, actor, now, "capture_asked", showing, until=row.answer_by.isoformat())
    whom = Concerned(touch.carer.id, showing.agency_id, showing.development_id)
    tell(session, actor, now, "photo_asked_for", showing, whom, answer_by_at=row.answer_by)
    return row


def answer(session: Session, showing: Showing) -> None:
    """A new showing answers what was asked about earlier ones of the same touch, before the deadline."""
    earlier = select(Showing.id).where(Showing.touch_id == showing.touch_id, Showing.id != showing.id)
    session.execute(
        update(CaptureRequest)
        .where(
            CaptureRequest.showing_id.in_(earlier),
            CaptureRequest.answered_by.is_(None),
            CaptureRequest.answer_by > showing.at,
        )
        .values(answered_by=showing.id)
    )


def answered_by(session: Session, showing: Showing) -> list[CaptureRequest]:
    """The requests that this showing is the answer to."""
    answers = select(CaptureRequest).where(CaptureRequest.answered_by == showing.id)
    return list(session.scalars(answers.order_by(CaptureRequest.id)))


def open_requests(session: Session, actor: Actor, now: datetime) -> list[Showing]:
    """The actor's showings for which a new capture is still awaited, the next deadline first."""
    return list(
        session.scalars(
            visible(actor, Showing)
            .join(CaptureRequest, CaptureRequest.showing_id == Showing.id)
            .outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
            .where(CaptureRequest.answered_by.is_(None), CaptureRequest.answer_by > now, ShowingReview.id.is_(None))
            .options(joinedload(Showing.capture_request), joinedload(Showing.touch), joinedload(Showing.development))
            .order_by(CaptureRequest.answer_by)
        )
    )
