"""The photos of showings: sealed files outside the database, with a row each that says what is kept, and until when.

A file is written before its row is committed, since a row without its file would be evidence that is gone. Where the
transaction then fails, the file is deleted again; only a crash in between leaves a sealed file that no row names.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from ...access.actor import Actor
from ...adapters.images import photos
from ...adapters.images.watermark import watermark
from ...adapters.storage.files import Files, new_name
from ...clock import SHANGHAI
from ...models import Erased, Erasure, Person, Photo, Showing, ShowingReview
from ...session import Session
from .. import audit
from ..kept_files import forget_unless_committed
from .lists import counts

_LOOKED_THROUGH = 6
"""So many photos are looked through: a visit has up to three, and one at least shows the broker."""


def keep_photo(
    session: Session,
    files: Files,
    now: datetime,
    showing: Showing,
    photo: photos.Photo,
    *,
    days: int,
    faces: dict[str, list[int]],
) -> Photo:
    """Keep a showing's photo for so many days (rules 3.5), with where whose face is.

    Call it last: a savepoint that is undone after it would leave the file.
    """
    row = Photo(
        showing_id=showing.id,
        development_id=showing.development_id,
        file_name=new_name(),
        sha256=photo.sha256,
        dhash=photo.dhash,
        width=photo.width,
        height=photo.height,
        taken_at=now,
        keep_until=now + timedelta(days=days),
        faces=faces,
    )
    session.add(row)
    session.flush()
    files.put(row.file_name, photo.jpeg)
    forget_unless_committed(session, files, row.file_name)
    return row


def photos_of(session: Session, showing: Showing) -> list[Photo]:
    """The showing's photos that are still there."""
    kept = select(Photo).where(Photo.showing_id == showing.id, Photo.erased_at.is_(None))
    return list(session.scalars(kept.order_by(Photo.id)))


def erasures_of(session: Session, showing: Showing) -> list[Erasure]:
    """The proofs of the showing's photos that are gone, the latest first."""
    gone = select(Erasure).join(Photo, Photo.id == Erasure.row_id).where(Erasure.kind == Erased.PHOTO)
    return list(session.scalars(gone.where(Photo.showing_id == showing.id).order_by(Erasure.id.desc())))


def photos_by_showing(session: Session, showings: Sequence[Showing], most: int) -> dict[int, list[Photo]]:
    """The photos that are still there of the first so many showings that have any, by the showing's id."""
    ids = [showing.id for showing in showings]
    kept = select(Photo).where(Photo.showing_id.in_(ids), Photo.erased_at.is_(None)).order_by(Photo.id)
    found: dict[int, list[Photo]] = {}
    for photo in session.scalars(kept):
        found.setdefault(photo.showing_id, []).append(photo)
    return {key: found[key] for key in [key for key in ids if key in found][:most]}


def latest_with_broker(session: Session, showing: Showing) -> Photo | None:
    """The latest photo of another visit that counted, on which the same broker's face was told: of an enrolled face no
    picture is kept, so that is how he looked when nobody doubted it."""
    stmt = (
        select(Photo)
        .join(Showing, Showing.id == Photo.showing_id)
        .outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
        .where(Showing.broker_id == showing.broker_id, Showing.id != showing.id, counts())
        .where(Photo.erased_at.is_(None), Photo.faces.is_not(None))
        .order_by(Photo.id.desc())
        .limit(_LOOKED_THROUGH)
    )
    return next((one for one in session.scalars(stmt) if "broker" in (one.faces or {})), None)


def picture_for(session: Session, actor: Actor, now: datetime, files: Files, photo: Photo) -> bytes:
    """The picture as a JPEG with who looks and when across it. Only for who has it written down: `record_view`.

    It is drawn without a writing transaction, so that no other writer waits. Raises FileNotFoundError where the photo
    was erased meanwhile.
    """
    viewer = session.get_one(Person, actor.id)
    return watermark(files.get(photo.file_name), f"{viewer.name} · {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")


def record_view(session: Session, actor: Actor, now: datetime, photo: Photo) -> None:
    """Write down that the photo is looked at (rules 9)."""
    audit.record(session, actor, now, "photo_seen", photo, showing=photo.showing_id)
