"""A client takes the consent to face comparison back: by a signed link, without an account (rules 3.2, 3.5).

The link is as good as the client's word. It goes to the client's own phone when the consent is recorded, and the
consent ends everywhere: it is the client's, not a development's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ...access.actor import SYSTEM, Actor
from ...adapters.storage.files import Files
from ...models import Client, Consent, Development, FaceTemplate, Photo, Showing, TextKind, TextMessage, Touch, Why
from ...rules.privacy.consent import Purpose
from ...session import Session
from .. import audit
from ..clients import lock_client
from ..events.telling import Concerned, tell
from ..faces import erasure
from ..faces.erasure import Gone
from ..messages import texts
from ..showings import guardians

_LINK = "withdraw face consent"
_TEXT_WAITS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of a client's face, as the client is told: where, how many, until when photos stay, and who agreed
    for a child."""

    consent: Consent
    developments: tuple[str, ...]
    photos: int
    templates: int
    photos_until: datetime | None
    guardian: str | None


def token_for(client_id: int, key: bytes) -> str:
    """What stands in the client's link. It is short enough for a text, and good for as long as the key."""
    return sign_link(_LINK, str(client_id), key)


def client_of(session: Session, token: str, key: bytes, now: datetime) -> Client:
    """Whose link it is. Raises Refusal(link_invalid)."""
    client = session.get(Client, int(verify_link(token, _LINK, key, now)))
    if client is None:
        raise Refusal("link_invalid")
    return client


def send_link(session: Session, now: datetime, client_id: int, token: str) -> TextMessage | None:
    """Text the link to the client, once for each consent. Where no text may go out, the page's QR has to do."""
    consent = standing_consent(session, client_id)
    if consent is None or texts.refusal_of(session, now, client_id) is not None:
        return None
    key = f"face-withdrawal-{consent.id}"
    if session.scalar(select(TextMessage.id).where(TextMessage.key == key)) is not None:
        return None
    kind, until = TextKind.FACE_WITHDRAWAL, now + _TEXT_WAITS
    return texts.enqueue(session, now, client_id, kind, {"token": token}, key=key, expires_at=until)


def withdraw_face_consent(
    session: Session,
    now: datetime,
    client_id: int,
    development_id: int | None,
    files: Files,
    *,
    why: Why = Why.CONSENT_WITHDRAWN,
    by: Actor = SYSTEM,
) -> Gone:
    """End the client's consent and erase every template and photo of the client, at once.

    `development_id` is where it was asked for, if anywhere: the consent ends everywhere. Proofs stay. Again erases what
    is left, so it may be repeated. The system acts for a client who came by the link; `by` then holds the address.
    """
    lock_client(session, client_id)
    session.execute(
        update(Consent)
        .where(Consent.client_id == client_id, Consent.purpose == Purpose.FACE_CLIENT, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    templates = session.scalars(select(FaceTemplate).where(FaceTemplate.client_id == client_id)).all()
    photos = _photos(session, client_id)
    gone = erasure.erase(session, now, files, photos=photos, templates=templates, why=why, by=by)
    client = session.get_one(Client, client_id)
    facts = {"development": development_id, "photos_erased": gone.photos, "templates_erased": gone.templates}
    audit.record(session, by, now, "client_consent_withdrawn", client, **facts)
    tell(session, by, now, "client_face_taken_back", client, Concerned(development=development_id))
    return gone


def standing_consent(session: Session, client_id: int) -> Consent | None:
    """The client's face consent that was given last and not taken back."""
    given = select(Consent).where(
        Consent.client_id == client_id, Consent.purpose == Purpose.FACE_CLIENT, Consent.withdrawn_at.is_(None)
    )
    return session.scalar(given.order_by(Consent.id.desc()).limit(1))


def withdrawn_at(session: Session, client_id: int) -> datetime | None:
    """When the client took the latest consent back; None if none was."""
    ended = select(Consent.withdrawn_at).where(
        Consent.client_id == client_id, Consent.purpose == Purpose.FACE_CLIENT, Consent.withdrawn_at.is_not(None)
    )
    return session.scalar(ended.order_by(Consent.withdrawn_at.desc()).limit(1))


def kept(session: Session, client_id: int) -> Kept | None:
    """What is stored under the client's standing consent; None without one."""
    consent = standing_consent(session, client_id)
    if consent is None:
        return None
    photos = [photo for photo in _photos(session, client_id) if photo.erased_at is None]
    living = select(FaceTemplate).where(FaceTemplate.client_id == client_id, FaceTemplate.erased_at.is_(None))
    templates = session.scalars(living).all()
    places = {photo.development_id for photo in photos} | {one.development_id for one in templates}
    names = session.scalars(select(Development.name).where(Development.id.in_(places)).order_by(Development.id))
    until = max((photo.keep_until for photo in photos), default=None)
    return Kept(consent, tuple(names), len(photos), len(templates), until, guardians.guardian_of(session, consent))


def _photos(session: Session, client_id: int) -> Sequence[Photo]:
    """Every photo of a showing with this client."""
    shown = select(Showing.id).join(Touch, Touch.id == Showing.touch_id).where(Touch.client_id == client_id)
    return session.scalars(select(Photo).where(Photo.showing_id.in_(shown))).all()
