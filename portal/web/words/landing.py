"""How house types, prices and telephones read on a development's page."""

from flask_babel import gettext as _

from ...models import HouseType
from ..language import choose

_FEN_A_WAN = 1_000_000


def rooms(house_type: HouseType) -> str:
    """3 bed, 2 living, 2 bath: 3室2厅2卫."""
    return _(
        "%(bed)s bed, %(living)s living, %(bath)s bath",
        bed=house_type.bedrooms,
        living=house_type.living_rooms,
        bath=house_type.bathrooms,
    )


def area(hundredths: int) -> str:
    """A floor area in square metres, with no zeros behind it."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def areas(span: tuple[int, int]) -> str:
    """The smallest and the largest of them: 89–143 m²."""
    least, most = map(area, span)
    return _("%(area)s m²", area=least if least == most else f"{least}–{most}")


def price_from(fen: int) -> str:
    """From ¥2,980,000; to who reads Chinese from 298 万元, as people there say it."""
    if choose() == "zh_Hans_CN":
        wan = f"{fen / _FEN_A_WAN:.2f}".rstrip("0").rstrip(".")
        return _("from %(price)s", price=f"{wan} 万元")
    return _("from %(price)s", price=f"¥{fen // 100:,}")


def dialled(hotline: str) -> str:
    """A telephone as a phone dials it: with nothing in between."""
    return "".join(sign for sign in hotline if sign.isdigit() or sign == "+")
