"""Faces under consent: photos looked at, brokers enrolled, templates kept sealed and erased (rules 3.2, 3.5).

`look` needs no database, and takes longest: an edge calls it before it opens its transaction, so that no other
writer waits for a picture.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...adapters.faces.engine import Engine, Face, Template, similarity
from ...adapters.faces.people import foreground
from ...adapters.faces.quality import failures
from ...adapters.images import photos
from ...models import Consent, FaceTemplate, Person, Why
from ...rules.privacy import consent as consents
from ...rules.privacy.consent import CURRENT_VERSION, Purpose
from ...rules.showings import retake
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from . import erasure
from . import vectors as face_vectors
from .encryption import open_template, seal_template

_OWN_FACE = (Purpose.FACE_BROKER, Purpose.FACE_STAFF)

MAX_SIDE = 1920
"""A larger photo costs more and shows faces no better: the detector looks at 640 pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A photo that was taken in, and the faces in front of it, the largest first."""

    photo: photos.Photo
    faces: tuple[Face, ...]


def look(engine: Engine, data: bytes) -> Shot:
    """Take a photo in and find who is in front. Raises Refusal: photo_too_large, photo_kind, photo_unreadable,
    busy_try_again."""
    try:
        photo = photos.take_in(data, max_side=MAX_SIDE)
    except Refusal as refusal:
        refusal.facts["field"] = "photo"
        raise
    return Shot(photo, tuple(foreground(engine.analyse(photo.rgb))))


def refuse_photo(straight: Shot, client: Shot | None) -> Refusal | None:
    """Why these photos of a check-in had better be taken again, before anything is filed (see `rules.retake`)."""
    return retake.refuse_photo(_seen(straight), _seen(client) if client is not None else None)


def _seen(shot: Shot) -> retake.Seen:
    return retake.Seen([failures(face.quality) for face in shot.faces])


def agree(session: Session, actor: Actor, now: datetime, *, consent: bool, locale: str) -> Consent:
    """Record the consent to today's words about one's own face, unless it stands already; others wait until the end of
    the transaction. Raises Refusal: consent_needed."""
    if not consent:
        raise Refusal("consent_needed", field="consent")
    lock_person(session, actor.id)
    purpose = _purpose(actor)
    return _standing_consent(session, actor.id, purpose, now) or give_consent(
        session, actor, now, purpose, person_id=actor.id, locale=locale
    )


def has_agreed(session: Session, actor: Actor, now: datetime) -> bool:
    """Whether his consent to today's words about his own face stands."""
    return _standing_consent(session, actor.id, _purpose(actor), now) is not None


def _purpose(actor: Actor) -> Purpose:
    return Purpose.FACE_STAFF if actor.staff else Purpose.FACE_BROKER


def put_in_force(
    session: Session,
    actor: Actor,
    now: datetime,
    person_id: int,
    template: Template,
    *,
    confirmed_at: datetime | None = None,
) -> FaceTemplate:
    """Keep a person's face from now on; the earlier ones are erased."""
    erase_own(session, actor, now, person_id, Why.ENROLLED_AGAIN)
    row = keep_template(session, now, template, person_id=person_id)
    row.confirmed_at = confirmed_at
    return row


def withdraw(session: Session, actor: Actor, now: datetime) -> int:
    """Take one's own consent back: every template is erased at once; how many those were (rules 3.5)."""
    lock_person(session, actor.id)
    session.execute(
        update(Consent)
        .where(Consent.person_id == actor.id, Consent.purpose.in_(_OWN_FACE), Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    erased = erase_own(session, actor, now, actor.id, Why.CONSENT_WITHDRAWN)
    person = session.get_one(Person, actor.id)
    audit.record(session, actor, now, "face_consent_withdrawn", person, templates_erased=erased)
    tell(session, actor, now, "face_taken_back", person, Concerned(person.id))
    return erased


def enrolment(session: Session, person_id: int) -> FaceTemplate | None:
    """The person's template in force, of whichever engine, or None."""
    newest = in_force(person_id).order_by(FaceTemplate.id.desc())
    return session.scalars(newest.limit(1)).first()


def in_force(person_id: int) -> Select[FaceTemplate]:
    """The templates of a person that are not erased."""
    return select(FaceTemplate).where(FaceTemplate.person_id == person_id, FaceTemplate.erased_at.is_(None))


def confirmed(session: Session, person_ids: Sequence[int]) -> set[int]:
    """Those of these people for whose face in force a second person stands."""
    living = FaceTemplate.erased_at.is_(None) & FaceTemplate.confirmed_at.is_not(None)
    stmt = select(FaceTemplate.person_id).where(FaceTemplate.person_id.in_(person_ids), living)
    return {key for key in session.scalars(stmt) if key is not None}


def comparable(engine: Engine, row: FaceTemplate | None) -> bool:
    """Whether this engine made the template: vectors of two engines have nothing in common."""
    return row is not None and (row.engine, row.engine_version) == (engine.name, engine.version)


def give_consent(
    session: Session,
    actor: Actor,
    now: datetime,
    purpose: Purpose,
    *,
    person_id: int | None = None,
    client_id: int | None = None,
    locale: str,
) -> Consent:
    """Record a consent to today's words, of a person or of a client."""
    row = Consent(
        person_id=person_id,
        client_id=client_id,
        purpose=purpose,
        version=CURRENT_VERSION[purpose],
        locale=locale,
        given_at=now,
        recorded_by=actor.person_id,
    )
    session.add(row)
    audit.record(session, actor, now, "consent_given", row, purpose=purpose, version=row.version)
    return row


def consents_of(
    session: Session, *, person_id: int | None = None, client_id: int | None = None
) -> list[consents.Consent]:
    """All that a person or a client ever agreed to, as the rule reads it."""
    whose = Consent.person_id == person_id if person_id is not None else Consent.client_id == client_id
    return [_as_read(row) for row in session.scalars(select(Consent).where(whose))]


def consents_of_clients(session: Session, client_ids: Collection[int]) -> Mapping[int, list[consents.Consent]]:
    """`consents_of` for several clients, in one query."""
    found: dict[int, list[consents.Consent]] = {}
    for row in session.scalars(select(Consent).where(Consent.client_id.in_(client_ids))):
        if row.client_id is not None:
            found.setdefault(row.client_id, []).append(_as_read(row))
    return found


def _as_read(row: Consent) -> consents.Consent:
    return consents.Consent(Purpose(row.purpose), row.version, row.given_at, row.withdrawn_at)


def keep_template(
    session: Session,
    now: datetime,
    template: Template,
    *,
    person_id: int | None = None,
    client_id: int | None = None,
    development_id: int | None = None,
    showing_id: int | None = None,
) -> FaceTemplate:
    """Store a template sealed: of a person, or of a client in one development."""
    row = FaceTemplate(
        person_id=person_id,
        client_id=client_id,
        development_id=development_id,
        showing_id=showing_id,
        engine=template.engine,
        engine_version=template.version,
        vector_sealed=seal_template(session, template),
        created_at=now,
    )
    session.add(row)
    session.flush()
    face_vectors.keep(session, row, template)
    return row


def likenesses(
    session: Session, engine: Engine, face: Face, rows: Iterable[FaceTemplate]
) -> Iterator[tuple[FaceTemplate, float]]:
    """How alike the face is to each stored template of the same engine."""
    template = Template.of(engine, face)
    for row in rows:
        if comparable(engine, row) and row.vector_sealed is not None:
            yield row, similarity(template, open_template(session, row.vector_sealed))


def only_good_face(shot: Shot) -> Face:
    """The one face of a photo, good enough to be known again. Raises Refusal: face_none, face_several, face_poor."""
    if not shot.faces:
        raise Refusal("face_none", field="photo")
    if len(shot.faces) > 1:
        raise Refusal("face_several", field="photo")
    if tests := failures(shot.faces[0].quality):
        raise Refusal("face_poor", field="photo", tests=tests)
    return shot.faces[0]


def _standing_consent(session: Session, person_id: int, purpose: Purpose, now: datetime) -> Consent | None:
    """The consent to today's words that still holds, so that enrolling again does not pile them up."""
    return session.scalar(
        select(Consent).where(
            Consent.person_id == person_id,
            Consent.purpose == purpose,
            Consent.version == CURRENT_VERSION[purpose],
            Consent.given_at <= now,
            Consent.withdrawn_at.is_(None),
        )
    )


def lock_person(session: Session, person_id: int) -> None:
    """Two enrolments, or one and a withdrawal, go one after another: never two templates, never one too many."""
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def erase_own(session: Session, actor: Actor, now: datetime, person_id: int, why: Why) -> int:
    """Forget a person's own vectors; the rows stay, and a proof of each."""
    mine = session.scalars(
        select(FaceTemplate).where(FaceTemplate.person_id == person_id, FaceTemplate.erased_at.is_(None))
    )
    return erasure.erase_templates(session, now, mine, why=why, by=actor)
