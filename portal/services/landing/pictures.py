"""Pictures of a development's page: taken in, kept in one size, cut to the sizes that phones want, in an order."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from commissions.refusal import Refusal
from referral.posters import advertising
from referral.posters.card import fitted, scaled

from ...access.actor import Actor
from ...adapters.images import photos
from ...adapters.images.photos import Photo
from ...adapters.storage.files import Files
from ...models import Development, HouseType, LandingPicture
from ...session import Session
from .. import audit
from ..kept_files import keep
from . import content

MOST = 12
"""So many pictures a page has."""

MAX_SIDE = 2000
MIN_SIDE = 480
"""The longest side that is kept, and the shortest of a picture that still looks well on a phone."""

WIDTHS = (480, 960)
"""Pixels in which a picture is handed out: for a usual phone, and for a sharp one. It is three to two."""

_KEPT = 96  # of about fifty kilobytes


def take_in(data: bytes) -> Photo:
    """A picture of what somebody uploaded: re-encoded, without what else was in the file. An edge calls it before its
    transaction begins.

    Raises Refusal, at the field `picture`: those of `adapters.photos.take_in`, and picture_too_small (facts `least`,
    `width`, `height`).
    """
    try:
        photo = photos.take_in(data, max_side=MAX_SIDE)
        if min(photo.width, photo.height) < MIN_SIDE:
            raise Refusal("picture_too_small", least=MIN_SIDE, width=photo.width, height=photo.height)
    except Refusal as refusal:
        refusal.facts["field"] = "picture"
        raise
    return photo


def add(
    session: Session,
    actor: Actor,
    now: datetime,
    files: Files,
    development: Development,
    photo: Photo,
    captions: tuple[str | None, str | None] = (None, None),
) -> LandingPicture:
    """A picture more, at the end; `captions` in Chinese and English.

    Raises Refusal: pictures_full (fact `most`), advertising_promise.
    """
    _check(captions)
    others = content.pictures(session, development.id)
    if len(others) >= MOST:
        raise Refusal("pictures_full", field="picture", most=MOST)
    caption, caption_en = captions
    row = LandingPicture(
        development_id=development.id,
        position=next_position(others),
        caption=caption,
        caption_en=caption_en,
        file_name=keep(session, files, photo.jpeg),
        added_at=now,
        added_by=actor.person_id,
    )
    session.add(row)
    audit.record(session, actor, now, "landing_picture_added", row)
    return row


def caption(
    session: Session, actor: Actor, now: datetime, row: LandingPicture, captions: tuple[str | None, str | None]
) -> None:
    """Change what stands below a picture, in Chinese and English. Raises Refusal: advertising_promise."""
    _check(captions)
    row.caption, row.caption_en = captions
    audit.record(session, actor, now, "landing_picture_captioned", row)


def remove(session: Session, actor: Actor, now: datetime, row: LandingPicture) -> None:
    """Take a picture off the page; the daily sweep erases its file."""
    audit.record(session, actor, now, "landing_picture_removed", row)
    session.delete(row)


def move(session: Session, actor: Actor, now: datetime, row: LandingPicture, *, up: bool) -> None:
    """One place up or down; at the end of the list nothing happens."""
    if move_in(content.pictures(session, row.development_id), row, up=up):
        audit.record(session, actor, now, "landing_picture_moved", row)


def next_position(rows: Sequence[LandingPicture] | Sequence[HouseType]) -> int:
    """The place behind the last one."""
    return rows[-1].position + 1 if rows else 0


def move_in(rows: Sequence[LandingPicture] | Sequence[HouseType], row: LandingPicture | HouseType, *, up: bool) -> bool:
    """Move a row among its list by one place, and number all anew; whether anything moved."""
    order: list[LandingPicture | HouseType] = list(rows)
    place = order.index(row)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(order):
        return False
    order[place], order[other] = order[other], order[place]
    for position, one in enumerate(order):
        one.position = position
    return True


def _check(captions: tuple[str | None, str | None]) -> None:
    for field, text in zip(("caption", "caption_en"), captions, strict=True):
        advertising.check(text or "", field=field)


@lru_cache(maxsize=_KEPT)
def view(files: Files, file_name: str, width: int) -> bytes:
    """A picture as a JPEG, three to two, what is too wide or high cut off; cut once a process."""
    return scaled(files.get(file_name), (width, width * 2 // 3))


@lru_cache(maxsize=_KEPT)
def plan_view(files: Files, file_name: str, width: int) -> bytes:
    """A floor plan as a JPEG, four to three, all of it on white; made once a process."""
    return fitted(files.get(file_name), (width, width * 3 // 4))
