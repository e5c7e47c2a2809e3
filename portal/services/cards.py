"""The picture that messengers show beside a shared link: one a development and language, drawn once and kept."""

from functools import lru_cache

from sqlalchemy.orm import Session

from referral.card import CardValues
from referral.card import draw as draw_card

from ..models import Development

_KEPT = 64  # about sixty kilobytes each


def shown(session: Session, development_id: int) -> Development | None:
    """The development whose card may be shown: one that is open."""
    development = session.get(Development, development_id)
    return development if development is not None and development.closed_at is None else None


def draw(development: Development, *, brand: str, lang: str) -> bytes:
    """The card as a PNG of 1200×630; the same values are drawn once."""
    place = f"{development.city} · {development.address}"
    return _drawn(CardValues(development.name, development.headline, place, brand, development.colour), lang)


@lru_cache(maxsize=_KEPT)
def _drawn(values: CardValues, lang: str) -> bytes:
    return draw_card(values, lang)
