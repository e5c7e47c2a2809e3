"""What is found out about a check-in, gathered for the rule that judges it (`rules.checkin`).

Everything here is a number, a yes or a no: vectors and pictures go no further than this room.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from ...adapters.faces.engine import Engine, Face, Template, similarity
from ...adapters.faces.quality import failures
from ...adapters.images.photos import Photo as TakenPhoto
from ...clock import SHANGHAI
from ...models import Decision, Development, FaceTemplate, Photo, Showing, ShowingReview, Strike, Touch, Verdict
from ...rules.partners.policy import Policy
from ...rules.privacy.consent import Purpose, missing
from ...rules.showings import challenge, checkin
from ...rules.showings.checkin import Evidence, FaceInFront, assign, distance_m
from ...session import Session
from . import faces
from .challenges import Answer, Capture
from .index import index_of

ROUNDED = 4
"""Decimals of a likeness or a distance that are kept."""

TAKEN_AGAIN = timedelta(minutes=30)
"""Within this a photo of the same client is another try, such as after a blurred one."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in degrees, as the device said."""

    latitude: float
    longitude: float


def policy_for(development: Development, engine: Engine) -> checkin.Policy:
    """The development's limits, with the thresholds that were measured for the engine."""
    settings = Policy.of(development.policy)
    return checkin.Policy(
        thresholds=engine.thresholds,
        geofence_m=settings.geofence_m,
        lead_minutes=settings.lead_minutes,
        nonce_seconds=settings.nonce_seconds,
        opens_hour=settings.opens_hour,
        closes_hour=settings.closes_hour,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Whose faces those of a check-in are, as far as it can be told."""

    broker: Face | None
    client: Face | None

    def places(self, faces: Sequence[Face]) -> dict[str, list[int]]:
        """Where in a photo with these faces each side is: left, top, width, height in pixels."""
        both = {"broker": self.broker, "client": self.client}
        return {
            side: [round(edge) for edge in (face.box.left, face.box.top, face.box.width, face.box.height)]
            for side, face in both.items()
            if face is not None and any(face is one for one in faces)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Photographed:
    """What a check-in with photos brought. `witnessed`: reception saw broker and client, so nobody was asked to turn;
    nor was who answers a word that was not his."""

    touch: Touch
    capture: Capture
    enrolled: Template
    answer: Answer
    place: Place | None
    witnessed: bool


def by_face(session: Session, now: datetime, engine: Engine, seen: Photographed) -> tuple[Evidence, Sides]:
    """The evidence of a check-in with photos, and whose face is whose."""
    touch, capture, answer = seen.touch, seen.capture, seen.answer
    shown = _in_front(engine, capture, seen.enrolled)
    in_front = [one for _face, one in shown]
    who = assign(in_front, engine.thresholds)
    client = shown[who.client] if who.client is not None else None
    sides = Sides(shown[who.broker][0] if who.broker is not None else None, client[0] if client else None)
    broker = sides.broker or next(iter(capture.straight.faces), None)
    return Evidence(
        faces=tuple(in_front),
        missing_consents=_missing_consents(session, now, touch),
        client_broker_similarity=client[1].broker_similarity if client else None,
        **(_whom_it_resembles(session, engine, client[0], touch, now) if client else {}),
        **_reuse(session, touch.development_id, [shot.photo for shot in capture.shots]),
        nonce_answered=answer.answered,
        nonce_age_seconds=answer.age_seconds,
        camera_date_off_seconds=_camera_date_off(capture, answer),
        turn=None if seen.witnessed or not answer.answered else turn_of(engine, capture, broker, answer),
        **_circumstances(now, touch, seen.place),
    ), sides


def without_face(
    now: datetime, *, touch: Touch, place: Place | None, site_code: bool, client_confirmed: bool = False
) -> Evidence:
    """The evidence of a check-in without a photo: for the broker speaks the code that he scanned at reception, for the
    client the one on his own phone; or reception has to. A position alone speaks for nobody: it is the device's word,
    and whoever is elsewhere can send one."""
    return Evidence(
        broker_confirmed_without_face=site_code,
        client_confirmed_without_face=client_confirmed,
        site_code=site_code,
        **_circumstances(now, touch, place),
    )


def facts(evidence: Evidence, policy: checkin.Policy, engine: Engine | None) -> dict[str, Any]:
    """The evidence with the limits it was held against, as it is stored with the verdict."""
    return {
        "engine": f"{engine.name} {engine.version}" if engine else None,
        "found": _rounded(asdict(evidence)),
        "policy": asdict(policy),
    }


def _in_front(engine: Engine, capture: Capture, enrolled: Template) -> list[tuple[Face, FaceInFront]]:
    """The faces that the check-in is about. With a photo each, the first one's is the face most like the broker, and
    in the client's photo the broker may stand beside him."""
    first = [(face, _seen(engine, face, enrolled)) for face in capture.straight.faces]
    if capture.client is None:
        return first
    alone = sorted(first, key=_likeness, reverse=True)[:1]
    second = [(face, _seen(engine, face, enrolled)) for face in capture.client.faces]
    others = [one for one in second if _likeness(one) < engine.thresholds.same]
    return alone + (others or second)


def _seen(engine: Engine, face: Face, enrolled: Template) -> FaceInFront:
    return FaceInFront(
        area=face.box.area,
        broker_similarity=similarity(Template.of(engine, face), enrolled),
        quality_failures=failures(face.quality),
    )


def _likeness(one: tuple[Face, FaceInFront]) -> float:
    return one[1].broker_similarity or 0.0


def turn_of(engine: Engine, capture: Capture, straight: Face | None, answer: Answer) -> challenge.Turn:
    """What the second shot shows of the face that looked straight in the first."""
    if not capture.in_page or capture.turned is None or answer.side is None:
        return challenge.Turn(in_page=False)
    if straight is None or not capture.turned.faces:
        return challenge.Turn(in_page=True)
    before = Template.of(engine, straight)
    alike = [(similarity(Template.of(engine, face), before), face) for face in capture.turned.faces]
    likeness, turned = max(alike, key=lambda one: one[0])
    side = challenge.Side(answer.side)
    return challenge.Turn(
        in_page=True,
        similarity=likeness,
        moved=challenge.moved(side, straight.quality.nose_offset, turned.quality.nose_offset),
        unanswered=answer.unanswered,
    )


def _camera_date_off(capture: Capture, answer: Answer) -> float | None:
    """By how much a file's own date misses the time from the word to the arrival: a picture out of an album."""
    if answer.issued_at is None or answer.arrived_at is None:
        return None
    dates = [shot.photo.camera_time for shot in capture.shots if shot.photo.camera_time is not None]
    return max(
        (max(answer.issued_at - date, date - answer.arrived_at, timedelta()).total_seconds() for date in dates),
        default=None,
    )


def _missing_consents(session: Session, now: datetime, touch: Touch) -> tuple[str, ...]:
    of_broker = faces.consents_of(session, person_id=touch.carer.id)
    of_client = faces.consents_of(session, client_id=touch.client_id)
    return (*missing(of_broker, [Purpose.FACE_BROKER], now), *missing(of_client, [Purpose.FACE_CLIENT], now))


def _whom_it_resembles(session: Session, engine: Engine, client: Face, touch: Touch, now: datetime) -> dict[str, Any]:
    index = index_of(session)
    sure, unsure = partners_like(session, engine, client, without=touch.carer.id)
    others = index.clients(engine, client.vector, touch.development_id, without=touch.whose)
    alike = [other for other in others if other.similarity >= engine.thresholds.search]
    first = [likeness for _row, likeness in faces.likenesses(session, engine, client, _first_visit(session, touch))]
    earlier = [likeness for _row, likeness in faces.likenesses(session, engine, client, _earlier(session, touch, now))]
    return {
        "photo_copy_similarity": max([*earlier, *(other.similarity for other in others)], default=None),
        "client_partner_similarity": sure,
        "client_unconfirmed_similarity": unsure,
        "other_client_similarity": others[0].similarity if others else None,
        "other_client_count": len(alike),
        "other_clients": tuple(other.owner for other in alike),
        "first_visit_similarity": first[0] if first else None,
    }


def partners_like(session: Session, engine: Engine, face: Face, *, without: int) -> tuple[float | None, float | None]:
    """How alike a face is to the most alike of the brokers and colleagues but one: of those whose faces are confirmed,
    and of the others."""
    found = index_of(session).enrolled(engine, face.vector, without=without)
    confirmed = faces.confirmed(session, [one.owner for one in found])
    sure, unsure = ([one.similarity for one in found if (one.owner in confirmed) is so] for so in (True, False))
    return max(sure, default=None), max(unsure, default=None)


def _first_visit(session: Session, touch: Touch) -> Iterable[FaceTemplate]:
    """The client's face at the first visit here that was verified or confirmed genuine, and not confirmed fake; or
    that an appeal proved genuine after all."""
    return session.scalars(
        select(FaceTemplate)
        .join(Showing, Showing.id == FaceTemplate.showing_id)
        .outerjoin(ShowingReview)
        .where(
            FaceTemplate.client_id == touch.client_id,
            FaceTemplate.development_id == touch.development_id,
            FaceTemplate.erased_at.is_(None),
            or_(
                ShowingReview.decision == Decision.GENUINE,
                (Showing.verdict == Verdict.VERIFIED) & ShowingReview.id.is_(None),
                Showing.id.in_(select(Strike.showing_id).where(Strike.voided_at.is_not(None))),
            ),
        )
        .order_by(FaceTemplate.id)
        .limit(1)
    )


def _earlier(session: Session, touch: Touch, now: datetime) -> Iterable[FaceTemplate]:
    """The client's own faces of earlier visits here. A photo that is taken again at once is like the one before it,
    and no copy."""
    return session.scalars(
        select(FaceTemplate).where(
            FaceTemplate.client_id == touch.client_id,
            FaceTemplate.development_id == touch.development_id,
            FaceTemplate.erased_at.is_(None),
            FaceTemplate.created_at <= now - TAKEN_AGAIN,
        )
    )


def _reuse(session: Session, development_id: int, taken: Sequence[TakenPhoto]) -> dict[str, Any]:
    """Whether one of the files, or a picture that looks the same, was sent before in this development."""
    same_file = select(Photo.id).where(
        Photo.development_id == development_id, Photo.sha256.in_([photo.sha256 for photo in taken])
    )
    return {
        "photo_seen_before": session.scalar(same_file.limit(1)) is not None,
        "photo_distance_bits": index_of(session).nearest_photo(development_id, [photo.dhash for photo in taken]),
    }


def _circumstances(now: datetime, touch: Touch, place: Place | None) -> dict[str, Any]:
    site = touch.development
    known = place is not None and site.latitude is not None and site.longitude is not None
    away = distance_m(place.latitude, place.longitude, site.latitude, site.longitude) if known else None  # type: ignore[union-attr, arg-type]
    return {
        "distance_m": away,
        "minutes_since_registration": (now - touch.at).total_seconds() / 60,
        "inside_slot": Policy.of(site.policy).open_at(now.astimezone(SHANGHAI).hour),
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, ROUNDED)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
