"""Appeals against strikes: filed by the broker, decided by somebody else than who confirmed (rules 4.3).

One appeal a strike, one decision an appeal: the database sees to both, and refuses the hand that had confirmed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import joinedload, selectinload

from commissions import penalty
from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...adapters.images import photos
from ...adapters.images.watermark import watermark
from ...adapters.storage.files import Files, new_name
from ...clock import SHANGHAI
from ...models import Appeal, AppealDecision, AppealOutcome, AppealPicture, Person, Role, Showing, Strike
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit
from ..claims import decision_receipts
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..kept_files import forget_unless_committed
from ..showings import check_ins
from . import strikes

MOST_PICTURES = 3

MAX_SIDE = 1920


TO_DECIDE = "to_decide"
"""The state of what the reader may decide: open, and of a strike that somebody else confirmed."""


class AppealState(StrEnum):
    """How an appeal stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


# Filing


def take_in_pictures(sent: Sequence[bytes]) -> list[photos.Photo]:
    """Pictures for an appeal, upright and without metadata; an edge calls it before its transaction begins.

    Raises Refusal: too_many_pictures, and those of `adapters.photos.take_in`.
    """
    if len(sent) > MOST_PICTURES:
        raise Refusal("too_many_pictures", field="pictures", most=MOST_PICTURES)
    try:
        return [photos.take_in(data, max_side=MAX_SIDE) for data in sent]
    except Refusal as refusal:
        refusal.facts["field"] = "pictures"
        raise


def file_appeal(
    session: Session,
    actor: Actor,
    now: datetime,
    files: Files,
    strike: Strike,
    *,
    words: str,
    pictures: Sequence[photos.Photo] = (),
) -> Appeal:
    """Appeal against a strike, once and within seven days of its confirmation.

    Raises Refusal: words_needed, too_many_pictures, appeal_too_late, already_appealed.
    """
    if not words.strip():
        raise Refusal("words_needed", field="words")
    if len(pictures) > MOST_PICTURES:
        raise Refusal("too_many_pictures", field="pictures", most=MOST_PICTURES)
    penalty.may_appeal(strike.confirmed_at, now)
    key = insert_unless_there(session, Appeal, ("strike_id",), strike_id=strike.id, words=words.strip(), filed_at=now)
    if key is None:
        raise Refusal("already_appealed")
    appeal = session.get_one(Appeal, key)
    audit.record(session, actor, now, "appeal_filed", appeal, strike=strike.id, pictures=len(pictures))
    development_id = strike.showing.development_id
    tell(session, actor, now, "appeal_waits", appeal, Concerned(strike.broker_id, development=development_id))
    for picture in pictures:
        _keep(session, files, appeal, picture)
    return appeal


def may_file(strike: Strike, now: datetime) -> bool:
    """Whether the strike can still be appealed."""
    return strike.appeal is None and now < appeal_until(strike)


def appeal_until(strike: Strike) -> datetime:
    """The first instant at which it is too late to appeal against the strike."""
    return penalty.appeal_until(strike.confirmed_at)


# Deciding


def decide_appeal(
    session: Session, actor: Actor, now: datetime, appeal: Appeal, *, outcome: AppealOutcome, reason: str
) -> None:
    """Decide an appeal, once, with a reason. Accepted, the strike is voided, a freeze that lacks it is lifted,
    and the showing protects the client as a genuine one does.

    The pictures are kept for as long as the development's policy keeps evidence, 30 days by default (rules 3.5).
    Raises Refusal: confirmed_by_you, decision_reason_needed, appeal_decided.
    """
    strike = appeal.strike
    penalty.may_decide(actor.id, strike.confirmed_by)
    if not reason.strip():
        raise Refusal("decision_reason_needed", field="reason")
    decision: dict[str, Any] = {"outcome": outcome, "reason": reason.strip(), "decided_by": actor.id, "decided_at": now}
    if insert_unless_there(session, AppealDecision, ("appeal_id",), appeal_id=appeal.id, **decision) is None:
        raise Refusal("appeal_decided")
    session.refresh(appeal, ["decision"])
    audit.record(session, actor, now, "appeal_decided", appeal, strike=strike.id, outcome=outcome)
    if outcome is AppealOutcome.ACCEPTED:
        strikes.void(session, actor, now, strike)
        check_ins.protect(session, now, strike.showing)
    else:
        whom = Concerned(strike.broker_id, strike.showing.agency_id, strike.showing.development_id)
        tell(session, actor, now, "appeal_rejected", appeal, whom, strike=strike.id)
    assert appeal.decision is not None  # just written
    decision_receipts.of_appeal(session, now, appeal.decision)
    kept = timedelta(days=Policy.of(strike.showing.development.policy).evidence_days)
    pictures = update(AppealPicture).where(AppealPicture.appeal_id == appeal.id)
    session.execute(pictures.values(keep_until=now + kept))


def state_of(appeal: Appeal) -> AppealState:
    """Open, or what was decided."""
    return AppealState(appeal.decision.outcome) if appeal.decision else AppealState.OPEN


def is_open() -> ColumnElement[bool]:
    """What makes an appeal wait for a decision, in a query over appeals."""
    return ~Appeal.decision.has()


# Reading


def appeals(actor: Actor, *, state: str = "") -> Select[Appeal]:
    """The appeals that the actor may see, with all that a list or a decision shows; `state`, TO_DECIDE, or empty for
    all."""
    showing = joinedload(Appeal.strike).joinedload(Strike.showing)
    stmt = scope.visible(actor, Appeal).options(
        joinedload(Appeal.decision).joinedload(AppealDecision.decider),
        joinedload(Appeal.strike).joinedload(Strike.broker),
        joinedload(Appeal.strike).joinedload(Strike.confirmer),
        joinedload(Appeal.strike).joinedload(Strike.freeze),
        showing.joinedload(Showing.development),
        showing.joinedload(Showing.review),
        selectinload(Appeal.pictures),
    )
    if state == TO_DECIDE:
        return stmt.where(is_open(), Appeal.strike.has(Strike.confirmed_by != actor.id))
    if state == AppealState.OPEN:
        return stmt.where(is_open())
    return stmt.where(Appeal.decision.has(outcome=AppealOutcome(state))) if state else stmt


def kept_pictures(appeal: Appeal) -> list[AppealPicture]:
    """The appeal's pictures that are still there."""
    return [picture for picture in appeal.pictures if picture.erased_at is None]


def record_view(session: Session, actor: Actor, now: datetime, picture: AppealPicture) -> None:
    """Write down that the picture is looked at (rules 9)."""
    audit.record(session, actor, now, "appeal_picture_seen", picture, appeal=picture.appeal_id)


def picture_for(session: Session, actor: Actor, now: datetime, files: Files, picture: AppealPicture) -> bytes:
    """The picture as a JPEG with who looks and when across it. Only for who has it written down: `record_view`."""
    viewer = session.get_one(Person, actor.id)
    return watermark(files.get(picture.file_name), f"{viewer.name} · {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")


def another_may_decide(session: Session, appeal: Appeal) -> bool:
    """Whether there is somebody who could decide: a channel manager who did not confirm the strike."""
    managers = select(Person.id).where(
        Person.role == Role.CHANNEL_MANAGER,
        Person.deactivated_at.is_(None),
        Person.id != appeal.strike.confirmed_by,
    )
    return session.scalar(managers.limit(1)) is not None


def _keep(session: Session, files: Files, appeal: Appeal, picture: photos.Photo) -> None:
    row = AppealPicture(appeal=appeal, file_name=new_name(), width=picture.width, height=picture.height)
    session.add(row)
    session.flush()
    files.put(row.file_name, picture.jpeg)
    forget_unless_committed(session, files, row.file_name)
