"""What a shared link shows of a development: the card beside it in a messenger, the picture and words on its page.

All of it is what staff gave the development's posters, in the reader's language, and the development's own where they
gave nothing. Anybody may have it: only developments to which somebody invites have a card or a picture, and of their
files it says no more than the finished pictures do.
"""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import exists, or_, select

from referral.posters.card import CardValues, drawn, scaled
from referral.posters.card import draw as draw_card

from ...adapters.storage.files import Files
from ...crypto import digest
from ...models import Development, DevelopmentLook, Invitation, Referrer
from ...rules.partners.policy import Policy
from ...session import Session

GLOW = "#b8862f"
"""The second colour of a development that has none of its own."""

WIDTHS = (480, 960)
"""Pixels of the page's picture: for a usual phone, and for a sharp one."""

_KEPT = 64  # about a hundred kilobytes each


@dataclass(frozen=True, slots=True)
class DevelopmentPreview:
    """How a development presents itself in a language: `lang` is `zh` or `en`. Equal fronts have equal pictures.

    One without a permit to sell names itself and its place: what only names a development need not carry the number,
    and more may not be said without it.
    """

    lang: str
    development: str
    headline: str
    body: tuple[str, ...]
    place: str
    colour: str
    accent: str
    file_name: str | None
    permit: str

    @property
    def view_key(self) -> str:
        """The content of its picture in a word, which names no file."""
        return _key_of(self.file_name or (self.colour, self.accent))

    def card_key(self, brand: str) -> str:
        """The content of its card in a word."""
        return _key_of((self, brand))


def shown(session: Session, development_id: int) -> Development | None:
    """The development whose pictures may be shown to anybody: one that is open, and to which a code has been given, or
    where people are invited to refer for it."""
    development = session.get(Development, development_id)
    if development is None or development.closed_at is not None:
        return None
    if Policy.of(development.policy).self_joining:
        return development
    here = (exists().where(one.development_id == development_id) for one in (Referrer, Invitation))
    return development if session.scalar(select(or_(*here))) else None


def preview_of(session: Session, development: Development, lang: str) -> DevelopmentPreview:
    """What the development shows in this language."""
    permit = development.presale_permit or ""
    look = session.get(DevelopmentLook, development.id) if permit else None
    words = look.words.get(lang, {}) if look else {}
    return DevelopmentPreview(
        lang=lang,
        development=words.get("name") or development.name,
        headline=(words.get("headline") or development.headline) if permit else "",
        body=tuple(words.get("body") or ()),
        place=f"{development.city} · {development.address}",
        colour=development.colour,
        accent=(look.accent if look else None) or GLOW,
        file_name=look.file_name if look else None,
        permit=permit,
    )


@lru_cache(maxsize=_KEPT)
def draw(files: Files, front: DevelopmentPreview, brand: str) -> bytes:
    """The card as a JPEG of 1200×630; the same content is drawn once a process."""
    picture = files.get(front.file_name) if front.file_name else None
    place = front.body[0] if front.body else front.place
    values = CardValues(
        front.development, front.headline, place, brand, front.colour, front.accent, picture, front.permit
    )
    return draw_card(values, front.lang)


@lru_cache(maxsize=_KEPT)
def view(files: Files, front: DevelopmentPreview, width: int) -> bytes:
    """The picture of a development's page as a JPEG, sixteen to nine: the posters', or their skyline; drawn once a
    process."""
    size = (width, width * 9 // 16)
    return scaled(files.get(front.file_name), size) if front.file_name else drawn(size, front.colour, front.accent)


def _key_of(content: object) -> str:
    return digest(repr(content).encode())[:16]
