"""What a programme's poster promises instead of the development's headline: a stand's gift, a company's discount.

In the poster's language, which is not its reader's; names and figures are put in, never judged here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

TITLES: Mapping[str, Mapping[str, str]] = {
    "stand_gift": {"zh": "见面礼", "en": "a welcome gift"},
    "coffee_coupon": {"zh": "咖啡券", "en": "a coffee coupon"},
}
"""The given gifts by name; one of the owner's own is called what the plan calls it."""

_GIFT = {"zh": "扫码领{gifts}", "en": "Scan, and get {gifts}"}
_DISCOUNT = {"zh": "{company}员工专享\n购房再减 {rate}", "en": "For employees of {company}:\n{rate} off the price"}
_AND = {"zh": "和", "en": " and "}
_BESIDE = {"zh": "合作单位", "en": "Together with"}
_STAND = {"zh": "在这里等您", "en": "Meet us at"}
_ONE_EACH = {"zh": "每人一份，领完为止", "en": "One each, while there are any"}
_UNTIL = {"zh": "活动至 {year} 年 {month} 月 {day} 日", "en": "Until {year}-{month:02}-{day:02}"}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a poster says of a programme: its headline, small lines below, and how it stands to the development."""

    headline: str
    lines: tuple[str, ...]
    label: str
    place: str = ""


def of_stand(lang: str, gifts: Sequence[str], place: str, last_day: date | None) -> Offer:
    """A stand's offer: the gifts by title, where it is, and its last day if it has one."""
    names = _AND[lang].join(TITLES[gift][lang] if gift in TITLES else gift for gift in gifts)
    headline = _GIFT[lang].format(gifts=names)
    return Offer(headline, (_ONE_EACH[lang], *_until(lang, last_day)), _STAND[lang], place)


def of_company(lang: str, company: str, discount_bps: int, last_day: date | None) -> Offer:
    """A company's offer to its employees."""
    headline = _DISCOUNT[lang].format(company=company, rate=_rate(discount_bps))
    return Offer(headline, _until(lang, last_day), _BESIDE[lang])


def _rate(bps: int) -> str:
    return f"{bps // 100}.{bps % 100:02}".rstrip("0").rstrip(".") + "%"


def _until(lang: str, last_day: date | None) -> tuple[str, ...]:
    if last_day is None:
        return ()
    return (_UNTIL[lang].format(year=last_day.year, month=last_day.month, day=last_day.day),)
