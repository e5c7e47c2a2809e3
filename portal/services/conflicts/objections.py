"""Objections (提出异议): a broker's word against a refusal, or against who was given a deal, once and in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...adapters.images import photos
from ...adapters.images.watermark import watermark
from ...adapters.storage.files import Files, new_name
from ...clock import SHANGHAI
from ...models import (
    Attribution,
    ConflictCase,
    Deal,
    MaskAnswer,
    Objection,
    ObjectionPicture,
    Outcome,
    Person,
    Registration,
    RegistrationMask,
    Role,
)
from ...rules.conflicts import conflict as rule
from ...rules.conflicts.conflict import Cause, Objectionable
from ...session import Session
from .. import audit
from ..clients import lock_client
from ..kept_files import forget_unless_committed
from ..penalties.appeals import MOST_PICTURES
from . import cases
from .cases import Part, Question


@dataclass(frozen=True, slots=True)
class Opposed:
    """What a broker's registration lets him object to: the deal that somebody else was given, if it is that."""

    about: Objectionable
    deal: Deal | None


def opposed(session: Session, registration: Registration) -> Opposed:
    """What the broker of a registration could object to, whether or not there is time left."""
    since = []
    if registration.outcome is Outcome.REFUSED and registration.code in rule.RIVALS:
        since.append(registration.at)
    if (overtaken := _gone_before(session, registration)) is not None:
        since.append(overtaken)
    deal = _given_away(session, registration)
    if deal is not None:
        given_at = select(func.max(Attribution.at)).where(Attribution.deal_id == deal.id)
        since.append(max(session.scalar(given_at) or deal.created_at, registration.at))
    objected = select(Objection.id).where(Objection.registration_id == registration.id)
    about = Objectionable(max(since, default=None), session.scalar(objected) is not None)
    return Opposed(about, deal)


def _gone_before(session: Session, registration: Registration) -> datetime | None:
    """Since when an older registration by parts of a number goes before this one; None where none does."""
    behind_id = registration.touch.behind_id if registration.touch is not None else None
    stmt = select(MaskAnswer.at).join(RegistrationMask, RegistrationMask.id == MaskAnswer.mask_id)
    return None if behind_id is None else session.scalar(stmt.where(RegistrationMask.touch_id == behind_id))


def _given_away(session: Session, registration: Registration) -> Deal | None:
    """The client's last deal here that stands and is not the broker's, opened after he had registered the client."""
    if registration.withdrawal is not None or registration.unshown:
        return None
    stmt = (
        select(Deal)
        .where(
            Deal.development_id == registration.development_id,
            Deal.client_id == registration.client_id,
            Deal.cancelled_at.is_(None),
            Deal.created_at >= registration.at,
            Deal.owner_id.is_distinct_from(registration.broker_id),
        )
        .order_by(Deal.id.desc())
        .limit(1)
    )
    return session.scalar(stmt)


def of_registration(session: Session, registration: Registration) -> Objection | None:
    """The objection that was made from a registration."""
    return session.scalar(select(Objection).where(Objection.registration_id == registration.id))


def refusal_of(session: Session, now: datetime, registration: Registration) -> Refusal | None:
    """Why the broker cannot object from this registration now, or None."""
    try:
        rule.check_objection(opposed(session, registration).about, now)
    except Refusal as refusal:
        return refusal
    return None


def object_to(
    session: Session,
    actor: Actor,
    now: datetime,
    files: Files,
    registration: Registration,
    *,
    words: str,
    pictures: Sequence[photos.Photo] = (),
) -> Objection:
    """Object from the broker's own registration: an open case is joined, else one is opened.

    Raises Refusal `objection_words_needed`, `too_many_pictures`, `not_your_registration`, and those of
    `rule.check_objection`.
    """
    if registration.broker_id != actor.id:
        raise Refusal("not_your_registration")
    if not words.strip():
        raise Refusal("objection_words_needed", field="words")
    if len(pictures) > MOST_PICTURES:
        raise Refusal("too_many_pictures", field="pictures", most=MOST_PICTURES)
    client_id = cases.client_of(registration)
    lock_client(session, client_id)
    against = opposed(session, registration)
    rule.check_objection(against.about, now)
    case = cases.open_case_of(session, registration.development_id, client_id, against.deal)
    if case is None:
        case = cases.open_case(session, actor, now, Question(registration, Cause.OBJECTION, against.deal))
    if any(one.broker_id == actor.id for one in case.objections):
        raise Refusal("already_objected")
    objection = Objection(case=case, registration=registration, broker_id=actor.id, words=words.strip(), at=now)
    session.add(objection)
    session.flush()
    facts = {"registration": registration.id, "pictures": len(pictures)}
    audit.record(session, actor, now, "objection_made", case, **facts)
    part = Part(registration.broker, registration.agency_id, holds=False, registration=registration)
    cases.join(session, actor, now, case, part)
    for picture in pictures:
        _keep(session, files, objection, picture)
    return objection


def objects_from(session: Session, actor: Actor, now: datetime, deal: Deal) -> Registration | None:
    """The actor's own registration from which he may object to whose a deal is, if there is one."""
    if actor.role is not Role.BROKER:
        return None
    of = Registration
    mine = select(of).where(
        of.broker_id == actor.id, of.development_id == deal.development_id, of.client_id == deal.client_id
    )
    for registration in session.scalars(mine.order_by(of.id.desc())):
        if opposed(session, registration).deal is deal and refusal_of(session, now, registration) is None:
            return registration
    return None


def case_of(session: Session, deal: Deal) -> ConflictCase | None:
    """The newest case of a deal, open or decided."""
    of = ConflictCase
    return session.scalar(select(of).where(of.deal_id == deal.id).order_by(of.id.desc()).limit(1))


# Pictures


def kept_pictures(objection: Objection) -> list[ObjectionPicture]:
    """The objection's pictures that are still there."""
    return [picture for picture in objection.pictures if picture.erased_at is None]


def record_view(session: Session, actor: Actor, now: datetime, picture: ObjectionPicture) -> None:
    """Write down that the picture is looked at (rules 9)."""
    audit.record(session, actor, now, "objection_picture_seen", picture, conflict=picture.objection.case_id)


def picture_for(session: Session, actor: Actor, now: datetime, files: Files, picture: ObjectionPicture) -> bytes:
    """The picture as a JPEG with who looks and when across it. Only for who has it written down: `record_view`."""
    viewer = session.get_one(Person, actor.id)
    return watermark(files.get(picture.file_name), f"{viewer.name} · {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")


def _keep(session: Session, files: Files, objection: Objection, picture: photos.Photo) -> None:
    row = ObjectionPicture(objection=objection, file_name=new_name(), width=picture.width, height=picture.height)
    session.add(row)
    session.flush()
    files.put(row.file_name, picture.jpeg)
    forget_unless_committed(session, files, row.file_name)
