"""A development's look on posters: its picture, colours and words, uploaded by staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ..access.actor import Actor
from ..adapters import photos
from ..adapters.files import Files, new_name
from ..models import Development, DevelopmentLook
from . import audit
from .photos import forget_unless_committed

MAX_BYTES = 12_000_000
MAX_PIXELS = 50_000_000
MAX_SIDE = 2600
"""The longest side that is kept: a full A4 page with its bleed is 2424 pixels high."""


@dataclass(frozen=True, slots=True)
class LookFacts:
    """What staff enter. `words` by language: `name`, `headline`, and `body` as lines; empty ones are left out."""

    accent: str | None
    words: Mapping[str, Mapping[str, str | Sequence[str]]]
    own_words: bool


def change_look(
    session: Session,
    actor: Actor,
    now: datetime,
    files: Files,
    development: Development,
    facts: LookFacts,
    *,
    picture: bytes | None = None,
    drop_picture: bool = False,
) -> DevelopmentLook:
    """Change how a development looks on posters; posters that are out already stay as they are.

    `picture` is what somebody uploaded: it is re-encoded, without what else was in the file. Raises Refusal:
    photo_too_large, photo_kind, photo_unreadable.
    """
    taken = None
    if picture:
        taken = photos.take_in(picture, max_bytes=MAX_BYTES, max_pixels=MAX_PIXELS, max_side=MAX_SIDE).jpeg
    look = session.get(DevelopmentLook, development.id) or DevelopmentLook(development_id=development.id)
    look.accent, look.own_words = facts.accent, facts.own_words
    look.words = {lang: dict(words) for lang, words in facts.words.items()}
    look.changed_at, look.changed_by = now, actor.id
    if taken is not None or drop_picture:
        look.file_name = None  # the daily sweep erases a file that no row names
    session.add(look)
    session.flush()
    if taken is not None:
        look.file_name = new_name()
        files.put(look.file_name, taken)
        forget_unless_committed(session, files, look.file_name)
    audit.record(session, actor, now, "poster_look_changed", look, picture=taken is not None, own_words=facts.own_words)
    return look
