"""A development's page as a friend's browser wants it: what there is to see, and where pictures and maps are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...models import Development, HouseType, LandingPicture
from ...rules.landing.map_links import map_links
from ...services.landing import content
from ...services.landing.content import ShownContent
from ...services.landing.pictures import WIDTHS
from ..edge import config, db, now
from .pictures import picture_address, plan_address

_SOURCE = "portal"
"""What we call ourselves to a map."""


@dataclass(frozen=True, slots=True)
class ShownPage:
    """What a landing page shows beside its form; `links` are addresses of maps, empty without a position."""

    content: ShownContent
    english: bool
    links: Mapping[str, str]
    picture_url: Callable[[LandingPicture, int], str] = picture_address
    plan_url: Callable[[HouseType, int], str] = plan_address
    widths: tuple[int, int] = WIDTHS

    @property
    def rich(self) -> bool:
        """Whether there is more than words: then a wide window has two columns."""
        return bool(self.content.pictures or self.content.house_types)


def page_of(development: Development, lang: str) -> ShownPage:
    """What friends see of a development in a language, `zh` or `en`."""
    return ShownPage(content.shown(db(), development, now(), lang), lang == "en", links_to(development))


def links_to(development: Development) -> Mapping[str, str]:
    """The maps that open the development's place."""
    if development.latitude is None or development.longitude is None:
        return {}
    address = f"{development.city}{development.address}"
    source = config().brand_name if config().brand_name.isascii() else _SOURCE
    return map_links(development.latitude, development.longitude, name=development.name, address=address, source=source)
