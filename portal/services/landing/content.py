"""The words of a development's page for friends: hotline, opening hours, what there is to say, and whether all of the
page is shown yet.

Until it is published, friends read what the development's posters say, and nothing that is still being put together.
Every text is asked by the list of what no advertisement may promise, and without a permit to sell nothing is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from referral.posters import advertising

from ...access.actor import Actor
from ...clock import local_day
from ...models import Development, HouseType, LandingContent, LandingPicture
from ...session import Session
from .. import audit


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What staff enter. `words` by language: `hours`, and `about` as lines; empty ones are left out."""

    hotline: str | None
    prices_until: date | None
    words: Mapping[str, Mapping[str, str | Sequence[str]]]


@dataclass(frozen=True, slots=True)
class ShownContent:
    """What a friend sees in one language. A price stands there only as long as it holds; `prices_until` is empty where
    none is shown."""

    hotline: str
    hours: str
    about: tuple[str, ...]
    house_types: tuple[HouseType, ...]
    pictures: tuple[LandingPicture, ...]
    prices_until: date | None

    @property
    def least_price(self) -> int | None:
        """What the cheapest home costs, in fen; None where no price is shown."""
        prices = [one.price_from_fen for one in self.house_types if one.price_from_fen is not None]
        return min(prices) if prices and self.prices_until else None

    @property
    def areas(self) -> tuple[int, int] | None:
        """The smallest and the largest floor area."""
        areas = [one.area for one in self.house_types]
        return (min(areas), max(areas)) if areas else None

    def price_of(self, house_type: HouseType) -> int | None:
        """What the cheapest of this type costs, as long as that holds."""
        return house_type.price_from_fen if self.prices_until else None


EMPTY = ShownContent("", "", (), (), (), None)
"""A page for which staff have given nothing, or published nothing."""


def of(session: Session, development: Development) -> LandingContent | None:
    """What staff have given, published or not."""
    return session.get(LandingContent, development.id)


def house_types(session: Session, development_id: int) -> Sequence[HouseType]:
    """The kinds of homes, in the order of the page."""
    own = select(HouseType).where(HouseType.development_id == development_id)
    return session.scalars(own.order_by(HouseType.position, HouseType.id)).all()


def pictures(session: Session, development_id: int) -> Sequence[LandingPicture]:
    """The pictures, in the order of the page."""
    own = select(LandingPicture).where(LandingPicture.development_id == development_id)
    return session.scalars(own.order_by(LandingPicture.position, LandingPicture.id)).all()


def is_public(session: Session, development: Development) -> bool:
    """Whether friends see it: it is published, and the development has its permit to sell."""
    content = of(session, development)
    return content is not None and content.published_at is not None and bool(development.presale_permit)


def shown(session: Session, development: Development, now: datetime, lang: str, *, draft: bool = False) -> ShownContent:
    """What a friend sees in a language (`zh` or `en`); with `draft` also before it is public.

    Words that are not given in English are left out, never shown in Chinese to who reads English.
    """
    if not draft and not is_public(session, development):
        return EMPTY
    content = of(session, development)
    words = content.words.get(lang, {}) if content else {}
    until = content.prices_until if content else None
    homes = tuple(house_types(session, development.id))
    holds = until is not None and local_day(now) <= until and any(one.price_from_fen for one in homes)
    return ShownContent(
        hotline=(content.hotline if content else None) or "",
        hours=words.get("hours", ""),
        about=tuple(words.get("about", ())),
        house_types=homes,
        pictures=tuple(pictures(session, development.id)),
        prices_until=until if holds else None,
    )


def change(
    session: Session, actor: Actor, now: datetime, development: Development, facts: ContentFacts
) -> LandingContent:
    """Change the words; published ones are read by friends at once.

    Raises Refusal `advertising_promise` (fact `field`, such as `zh_about`).
    """
    for lang, words in facts.words.items():
        for key, text in words.items():
            advertising.check(text if isinstance(text, str) else "\n".join(text), field=f"{lang}_{key}")
    content = _content(session, actor, now, development)
    content.hotline, content.prices_until = facts.hotline, facts.prices_until
    content.words = {lang: dict(words) for lang, words in facts.words.items()}
    audit.record(session, actor, now, "landing_changed", content, published=content.published_at is not None)
    return content


def publish(session: Session, actor: Actor, now: datetime, development: Development) -> None:
    """From now on friends see it. Again changes nothing."""
    content = _content(session, actor, now, development)
    if content.published_at is None:
        content.published_at = now
        audit.record(session, actor, now, "landing_published", content)


def take_down(session: Session, actor: Actor, now: datetime, development: Development) -> None:
    """Friends read what the posters say again; nothing of it is lost."""
    content = of(session, development)
    if content is not None and content.published_at is not None:
        content.published_at, content.changed_at, content.changed_by = None, now, actor.id
        audit.record(session, actor, now, "landing_taken_down", content)


def _content(session: Session, actor: Actor, now: datetime, development: Development) -> LandingContent:
    """The row, made where there is none; changed now by the actor."""
    content = of(session, development) or LandingContent(development_id=development.id, words={})
    content.changed_at, content.changed_by = now, actor.id
    session.add(content)
    session.flush()
    return content
