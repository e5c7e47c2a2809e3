"""A development's look on posters: its picture, colours and words, uploaded by staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commissions.refusal import Refusal
from referral.posters import advertising
from referral.posters.advertising import Found

from ...access.actor import Actor
from ...adapters.images import photos
from ...adapters.images.photos import Photo
from ...adapters.storage.files import Files
from ...models import Development, DevelopmentLook
from ...session import Session
from .. import audit
from ..kept_files import UNCHANGED, PictureChange

MAX_SIDE = 2600
MIN_SIDE = 800
"""The longest side that is kept: a full A4 page with its bleed is 2424 pixels high; and the shortest of a picture that
is not coarse on a phone's poster."""


@dataclass(frozen=True, slots=True)
class LookFacts:
    """What staff enter. `words` by language: `name`, `headline`, and `body` as lines; empty ones are left out."""

    accent: str | None
    words: Mapping[str, Mapping[str, str | Sequence[str]]]
    own_words: bool


def take_in_picture(data: bytes) -> Photo:
    """A development's picture of what somebody uploaded: re-encoded, without what else was in the file. An edge calls
    it before its transaction begins.

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


def change_look(
    session: Session,
    actor: Actor,
    now: datetime,
    files: Files,
    development: Development,
    facts: LookFacts,
    picture: PictureChange = UNCHANGED,
) -> DevelopmentLook:
    """Change how a development looks on posters; posters that are out already stay as they are.

    Raises Refusal `advertising_promise` (fact `field`, such as `zh_body`) for words that no advertisement may say.

    A new picture is what somebody uploaded, as `take_in_picture` took it in.
    """
    for field, text in texts_of(facts.words).items():
        advertising.check(text, field=field)
    look = session.get(DevelopmentLook, development.id) or DevelopmentLook(development_id=development.id)
    look.accent, look.own_words = facts.accent, facts.own_words
    look.words = {lang: dict(words) for lang, words in facts.words.items()}
    look.changed_at, look.changed_by = now, actor.id
    look.file_name = picture.file_name(session, files, look.file_name)
    session.add(look)
    session.flush()
    said = {"picture": picture.photo is not None, "own_words": facts.own_words}
    audit.record(session, actor, now, "poster_look_changed", look, **said)
    return look


def texts_of(words: Mapping[str, Mapping[str, str | Sequence[str]]]) -> dict[str, str]:
    """The texts of a look by the names of their fields, such as `zh_body`."""
    return {
        f"{lang}_{key}": text if isinstance(text, str) else "\n".join(text)
        for lang, said in words.items()
        for key, text in said.items()
        if key != "name"
    }


def stopped(development: Development, look: DevelopmentLook | None) -> list[Found]:
    """Words that stand on a development's posters since before the list of what they may not promise."""
    texts = [development.headline, *texts_of(look.words if look else {}).values()]
    return [found for text in texts if (found := advertising.find(text)) is not None]


def speaks_english(look: DevelopmentLook | None) -> bool:
    """Whether staff gave English words for all that a poster says of the development."""
    return look is not None and look.words.get("en", {}).keys() >= {"name", "headline", "body"}
