"""What is found out about a check-in, gathered for the rule that judges it (`rules.checkin`).

Everything here is a number, a yes or a no: vectors and pictures go no further than this room.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..adapters.faces.engine import Engine, Face, Template, similarity
from ..adapters.faces.quality import failures
from ..adapters.photos import Photo as TakenPhoto
from ..adapters.photos import hamming
from ..models import Decision, Development, FaceTemplate, Photo, Showing, ShowingReview, Touch, Verdict
from ..rules import checkin
from ..rules.checkin import Evidence, FaceInFront, assign, distance_m
from ..rules.consent import Purpose, missing
from ..rules.policy import Policy
from . import faces
from .face_index import index_of
from .faces import Shot

ROUNDED = 4
"""Decimals of a likeness or a distance that are kept."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in degrees, as the device said."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Answer:
    """How the capture answered the server's nonce."""

    answered: bool
    age_seconds: float | None


def policy_for(development: Development, engine: Engine) -> checkin.Policy:
    """The development's limits, with the thresholds that were measured for the engine."""
    settings = Policy.of(development.policy)
    return checkin.Policy(
        thresholds=engine.thresholds,
        geofence_m=settings.geofence_m,
        lead_minutes=settings.lead_minutes,
        nonce_seconds=settings.nonce_seconds,
    )


def by_face(
    session: Session,
    now: datetime,
    engine: Engine,
    *,
    touch: Touch,
    shot: Shot,
    enrolled: Template,
    answer: Answer,
    place: Place | None,
) -> tuple[Evidence, Face | None]:
    """The evidence of a check-in with a photo, and the client's face if there is one."""
    in_front = [_in_front(engine, face, enrolled) for face in shot.faces]
    place_of_client = assign(in_front, engine.thresholds).client
    client = shot.faces[place_of_client] if place_of_client is not None else None
    likeness = in_front[place_of_client].broker_similarity if place_of_client is not None else None
    return Evidence(
        faces=tuple(in_front),
        missing_consents=_missing_consents(session, now, touch),
        client_broker_similarity=likeness,
        **(_whom_it_resembles(session, engine, client, touch) if client else {}),
        **_reuse(session, touch.development_id, shot.photo),
        nonce_answered=answer.answered,
        nonce_age_seconds=answer.age_seconds,
        **_circumstances(now, touch, place),
    ), client


def without_face(
    now: datetime, *, touch: Touch, place: Place | None, geofence_m: float, client_confirmed: bool = False
) -> Evidence:
    """The evidence of a check-in without a photo: the broker's signed-in device speaks for him where it shows that it
    is on the spot; for the client the code on his own phone speaks, or reception has to."""
    circumstances = _circumstances(now, touch, place)
    away = circumstances["distance_m"]
    return Evidence(
        broker_confirmed_without_face=away is not None and away <= geofence_m,
        client_confirmed_without_face=client_confirmed,
        **circumstances,
    )


def facts(evidence: Evidence, policy: checkin.Policy, engine: Engine | None) -> dict[str, Any]:
    """The evidence with the limits it was held against, as it is stored with the verdict."""
    return {
        "engine": f"{engine.name} {engine.version}" if engine else None,
        "found": _rounded(asdict(evidence)),
        "policy": asdict(policy),
    }


def _in_front(engine: Engine, face: Face, enrolled: Template) -> FaceInFront:
    return FaceInFront(
        area=face.box.area,
        broker_similarity=similarity(Template.of(engine, face), enrolled),
        quality_failures=failures(face.quality),
    )


def _missing_consents(session: Session, now: datetime, touch: Touch) -> tuple[str, ...]:
    of_broker = faces.consents_of(session, person_id=touch.person_id)
    of_client = faces.consents_of(session, client_id=touch.client_id)
    return (*missing(of_broker, [Purpose.FACE_BROKER], now), *missing(of_client, [Purpose.FACE_CLIENT], now))


def _whom_it_resembles(session: Session, engine: Engine, client: Face, touch: Touch) -> dict[str, Any]:
    index = index_of(session)
    partners = index.enrolled(engine, client.vector, without=touch.person_id)
    others = index.clients(engine, client.vector, touch.development_id, without=touch.client_id)
    first = [likeness for _row, likeness in faces.likenesses(session, engine, client, _first_visit(session, touch))]
    return {
        "client_partner_similarity": partners[0].similarity if partners else None,
        "other_client_similarity": others[0].similarity if others else None,
        "other_client_count": sum(other.similarity >= engine.thresholds.search for other in others),
        "first_visit_similarity": first[0] if first else None,
    }


def _first_visit(session: Session, touch: Touch) -> Iterable[FaceTemplate]:
    """The client's face at the first visit here that was verified or confirmed genuine, and not confirmed fake."""
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
            ),
        )
        .order_by(FaceTemplate.id)
        .limit(1)
    )


def _reuse(session: Session, development_id: int, photo: TakenPhoto) -> dict[str, Any]:
    """Whether the file, or a picture that looks the same, was sent before in this development."""
    kept = session.execute(select(Photo.sha256, Photo.dhash).where(Photo.development_id == development_id)).all()
    return {
        "photo_seen_before": any(sha256 == photo.sha256 for sha256, _dhash in kept),
        "photo_distance_bits": min((hamming(photo.dhash, dhash) for _sha256, dhash in kept), default=None),
    }


def _circumstances(now: datetime, touch: Touch, place: Place | None) -> dict[str, Any]:
    site = touch.development
    known = place is not None and site.latitude is not None and site.longitude is not None
    away = distance_m(place.latitude, place.longitude, site.latitude, site.longitude) if known else None  # type: ignore[union-attr, arg-type]
    return {"distance_m": away, "minutes_since_registration": (now - touch.at).total_seconds() / 60}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, ROUNDED)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
