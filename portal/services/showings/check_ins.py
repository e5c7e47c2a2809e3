"""Showings: the broker checks in with the client, the rule judges, a person reviews (rules 3).

A check-in either shows both by a live photo, or leaves it to reception to see them in person. Reading them is
`showing_lists`' business.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...adapters.faces.engine import Engine, Face, Template
from ...adapters.faces.quality import failures
from ...adapters.storage.files import Files
from ...models import CaptureNonce, Photo, Registration, Role, Showing, ShowingReview, Touch, Verdict, Way
from ...rules.partners.policy import Policy
from ...rules.privacy.consent import Purpose, is_given
from ...rules.showings import checkin, risk
from ...session import Session
from .. import audit, timekeeping
from ..accounts import freezes
from ..claims import decision_receipts, masks, overtaken, rule_profiles, touches
from ..clients import lock_client
from ..events.telling import Concerned, tell
from ..faces import challenges, evidence, faces
from ..faces.challenges import CameraHolder, Capture
from ..faces.encryption import open_template
from ..faces.evidence import Place
from ..slots import bookings
from . import arrival_codes, capture_requests, guardians, photos, review_queue, site_codes
from .guardians import GuardianFacts
from .lists import counts


@dataclass(frozen=True, slots=True)
class Visit:
    """What a check-in claims: whom it brings, how it is proved, where the device says it is, which engine looked, and
    whose tablet at the desk was used (none: the broker's own phone)."""

    touch: Touch
    way: Way
    place: Place | None
    engine: Engine | None = None
    host_id: int | None = None


def open_touch(session: Session, now: datetime, registration: Registration) -> Touch:
    """The touch that a check-in of this registration would prove.

    Raises Refusal: account_frozen, registration_not_accepted, registration_expired, mask_has_no_number.
    """
    if until := freezes.frozen_until(session, registration.carer.id, now):
        raise Refusal("account_frozen", try_again_at=until)
    touch = registration.touch
    if touch is None:
        raise Refusal("registration_not_accepted")
    if touch.retired_at is not None or touch.over_at(timekeeping.trusted(session, now)):
        raise Refusal("registration_expired")
    if touch.client_id is None:
        raise Refusal("mask_has_no_number")
    return touch


def _in_own_care(session: Session, actor: Actor, now: datetime, registration: Registration) -> Touch:
    """`open_touch` of a client who stays in the care of who checks in until the transaction ends; reception checks in
    anybody's.

    Raises Refusal: client_handed_over, and those of `open_touch`.
    """
    touch = open_touch(session, now, registration)
    lock_client(session, touch.whose)
    session.expire(touch, ["successor"])
    session.expire(registration, ["successor"])
    if actor.role is Role.BROKER and touch.carer.id != actor.id:
        raise Refusal("client_handed_over")
    return touch


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """What is sent to check in with photos: for which registration, from which session or by which system's key, and
    what the client agreed to in the words that `locale` showed."""

    registration: Registration
    web_session_id: int | None
    nonce: str
    capture: Capture
    client_consent: bool
    locale: str
    place: Place | None = None
    guardian: GuardianFacts | None = None
    api_key_id: int | None = None


def check_in(session: Session, actor: Actor, now: datetime, *, engine: Engine, files: Files, sent: CheckIn) -> Showing:
    """Check in with photos of broker and client: judged at once, kept with its evidence.

    From the broker's phone the capture answers the challenge; at reception's tablet the eyes of who is signed in there
    stand in for it, and his name is kept. The same sending twice (a retry on a bad network) gives the showing that the
    first made. Raises Refusal: those of `_in_own_care`, client_consent_needed, face_not_enrolled.
    """
    touch = _in_own_care(session, actor, now, sent.registration)
    if not sent.client_consent:
        raise Refusal("client_consent_needed", field="client_consent")
    enrolled = _enrolled(session, engine, touch.carer.id)
    holder = CameraHolder(actor, sent.web_session_id, sent.api_key_id)
    host_id = actor.id if actor.id != touch.carer.id else None
    answer = challenges.use_nonce(session, holder, now, touch, nonce=sent.nonce, straight=sent.capture.straight)
    if not answer.answered and (before := _same_sending(session, holder, touch, sent.nonce, sent.capture)) is not None:
        return before
    _record_consent(session, actor, now, touch, sent.locale, sent.guardian)
    found, sides = evidence.by_face(
        session,
        now,
        engine,
        evidence.Photographed(
            touch=touch,
            capture=sent.capture,
            enrolled=enrolled,
            answer=answer,
            place=sent.place,
            witnessed=host_id is not None,
        ),
    )
    policy = evidence.policy_for(touch.development, engine)
    showing = _judged(session, actor, now, Visit(touch, Way.FACE, sent.place, engine, host_id), found, policy)
    if sides.client and showing.verdict is not Verdict.REJECTED and not failures(sides.client.quality):
        _keep_client(session, now, showing, touch, engine, sides.client)
    days = Policy.of(touch.development.policy).photo_days
    for shot in sent.capture.shots:
        photos.keep_photo(session, files, now, showing, shot.photo, days=days, faces=sides.places(shot.faces))
    return showing


def check_in_at_reception(
    session: Session, actor: Actor, now: datetime, *, registration: Registration, place: Place | None = None
) -> Showing:
    """Check in without a photo: reception sees broker and client, and confirms. Tapping twice makes one.

    Raises Refusal: those of `_in_own_care`.
    """
    touch = _in_own_care(session, actor, now, registration)
    if (waiting := _waiting_at_reception(session, touch)) is not None:
        return waiting
    return _judged_without_face(session, actor, now, Visit(touch, Way.RECEPTION, place))


def check_in_by_code(
    session: Session, actor: Actor, now: datetime, *, registration: Registration, code: str, place: Place | None = None
) -> Showing | Refusal:
    """Check in without a photo: the client read out the code that came to his own phone (rules 3.2).

    The same code sent twice makes one showing. A wrong code is returned as a refusal, not raised, since the try counts
    (see `arrival_codes.try_code`). Raises Refusal: those of `_in_own_care`.
    """
    touch = _in_own_care(session, actor, now, registration)
    answer = arrival_codes.try_code(session, actor, now, touch, code)
    if isinstance(answer, Refusal):
        return answer
    if answer.showing is not None:
        return answer.showing
    answer.showing = _judged_without_face(session, actor, now, Visit(touch, Way.CODE, place))
    return answer.showing


def showing_made_by(session: Session, holder: CameraHolder, touch: Touch, nonce: str) -> Showing | None:
    """The showing of the capture that answered this nonce; None while none has."""
    return session.scalar(
        select(Showing)
        .join(CaptureNonce, (CaptureNonce.used_at == Showing.at) & (CaptureNonce.touch_id == Showing.touch_id))
        .where(Showing.way == Way.FACE, *challenges.answered_by(holder, touch, nonce))
    )


def protect(session: Session, now: datetime, showing: Showing) -> None:
    """A showing that counts protects the client for longer, from the visit on (rules 2.3).

    A masked registration's shows whose number it is: it stands then, or a person decides (ADR 73).
    """
    touch = session.get_one(Touch, showing.touch_id)
    if touch.mask is None:
        _protect(session, showing, touch)
        return
    lock_client(session, touch.whose)
    made = masks.answer(session, now, showing)
    if not _doubted(touch):
        _protect(session, showing, touch)
    if made is not None:
        decision_receipts.of_mask(session, now, made)


def _doubted(touch: Touch) -> bool:
    """Whether a person has to say whose client it is."""
    answer = touch.mask.answer if touch.mask is not None else None
    return answer is not None and answer.doubt is not None


def _protect(session: Session, showing: Showing, touch: Touch) -> None:
    profile = rule_profiles.in_force(session, touch.development, touch.at)
    before = select(Showing.id).outerjoin(ShowingReview).where(Showing.touch_id == touch.id, Showing.id != showing.id)
    again = session.scalar(before.where(Showing.at <= showing.at, counts()).limit(1)) is not None
    touches.visited(session, touch, profile, showing.at, again=again)


def _enrolled(session: Session, engine: Engine, broker_id: int) -> Template:
    row = faces.enrolment(session, broker_id)
    if row is None or row.vector_sealed is None or not faces.comparable(engine, row):
        raise Refusal("face_not_enrolled")
    return open_template(session, row.vector_sealed)


def _same_sending(session: Session, holder: CameraHolder, touch: Touch, nonce: str, capture: Capture) -> Showing | None:
    """The showing that this very photo made when it answered this very nonce."""
    made = showing_made_by(session, holder, touch, nonce)
    sent = select(Photo.id).where(Photo.sha256 == capture.straight.photo.sha256)
    if made is None or session.scalar(sent.where(Photo.showing_id == made.id).limit(1)) is None:
        return None
    return made


def _waiting_at_reception(session: Session, touch: Touch) -> Showing | None:
    return session.scalar(
        select(Showing)
        .outerjoin(ShowingReview)
        .where(Showing.touch_id == touch.id, Showing.way == Way.RECEPTION, ShowingReview.id.is_(None))
        .where(~Showing.capture_request.has())
        .limit(1)
    )


def _record_consent(
    session: Session, actor: Actor, now: datetime, touch: Touch, locale: str, guardian: GuardianFacts | None
) -> None:
    """The client's consent, unless the one of an earlier visit still holds; a guardian's is always written down."""
    lock_client(session, touch.whose)
    if guardian is None and is_given(faces.consents_of(session, client_id=touch.client_id), Purpose.FACE_CLIENT, now):
        return
    given = faces.give_consent(session, actor, now, Purpose.FACE_CLIENT, client_id=touch.client_id, locale=locale)
    session.flush()
    if guardian is not None:
        guardians.record_guardian(session, given, guardian)


def _judged_without_face(session: Session, actor: Actor, now: datetime, visit: Visit) -> Showing:
    """Judge a check-in in which no face is looked at; a code that was read out speaks for the client, and the one that
    was scanned at reception for the broker."""
    settings = Policy.of(visit.touch.development.policy)
    policy = checkin.Policy(geofence_m=settings.geofence_m, lead_minutes=settings.lead_minutes)
    scan = site_codes.take_scan(session, now, visit.touch)
    found = evidence.without_face(
        now,
        touch=visit.touch,
        place=visit.place,
        site_code=scan is not None,
        client_confirmed=visit.way is Way.CODE,
    )
    showing = _judged(session, actor, now, visit, found, policy)
    if scan is not None:
        scan.showing_id = showing.id
    return showing


def _judged(
    session: Session, actor: Actor, now: datetime, visit: Visit, found: checkin.Evidence, policy: checkin.Policy
) -> Showing:
    """Store what the rule says of the evidence; a verified showing protects the client at once."""
    touch, place = visit.touch, visit.place
    found = replace(found, booking_off_minutes=bookings.minutes_off(session, touch, now))
    verdict = checkin.judge(found, policy)
    earlier = review_queue.earlier_strikes(session, touch.carer.id, now)
    showing = Showing(
        touch_id=touch.id,
        development_id=touch.development_id,
        broker_id=touch.carer.id,
        agency_id=touch.agency_id,
        way=visit.way,
        verdict=Verdict(verdict.outcome),
        reasons=[_kept(reason) for reason in verdict.reasons],
        evidence=evidence.facts(found, policy, visit.engine) | {review_queue.EARLIER_STRIKES: earlier},
        risk=review_queue.weigh(verdict, earlier),
        host_id=visit.host_id,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        at=now,
    )
    session.add(showing)
    session.flush()
    capture_requests.answer(session, showing)
    codes = [str(reason.code) for reason in verdict.reasons]
    audit.record(session, actor, now, "checked_in", showing, way=visit.way, verdict=showing.verdict, reasons=codes)
    if showing.verdict is Verdict.VERIFIED:
        protect(session, now, showing)
        decision_receipts.of_visit(session, now, showing)
        tell_verified(session, actor, now, showing)
    else:
        whom = Concerned(showing.broker_id, showing.agency_id, showing.development_id)
        tell(session, actor, now, "client_arrived" if visit.way is Way.RECEPTION else "showing_waits", showing, whom)
        if showing.risk >= risk.LEVELS[risk.Level.HIGH]:
            tell(session, actor, now, "showing_is_risky", showing, whom, points=showing.risk)
    return showing


def tell_verified(session: Session, actor: Actor, now: datetime, showing: Showing) -> None:
    """Who cares for the client learns that the visit counts, and until when the client is protected now; or that
    somebody else's was proven first, where that decides."""
    touch = showing.touch
    whom = Concerned(touch.carer.id, showing.agency_id, showing.development_id)
    if _doubted(touch):
        return  # that was told with the answer
    if touch.holds_from is None:
        tell(session, actor, now, "showing_second", showing, whom)
    else:
        tell(session, actor, now, "showing_verified", showing, whom, protected_until_at=touch.protected_until)
        overtaken.tell_who_waits(session, actor, now, touch)


def _kept(reason: checkin.Reason) -> dict[str, Any]:
    return {"code": reason.code, "facts": dict(reason.facts), "hard": reason.hard}


def _keep_client(session: Session, now: datetime, showing: Showing, touch: Touch, engine: Engine, client: Face) -> None:
    """The client's face of this visit: a later one is compared with it, under this and under other names. A face that
    cannot be compared, or of a visit that is not believed, is not kept at all."""
    faces.keep_template(
        session,
        now,
        Template.of(engine, client),
        client_id=touch.client_id,
        development_id=touch.development_id,
        showing_id=showing.id,
    )
