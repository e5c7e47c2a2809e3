"""What a client looks for, and what was read of it in a message: a value whose empty parts are not known yet.

Sums are whole yuan, areas whole square metres. Nothing is guessed: what a text does not say stays empty, and the text
itself stays beside it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from commissions.refusal import Refusal

MOST_ROOMS, MOST_AREA, MOST_YUAN = 20, 2_000, 1_000_000_000
LONGEST = 300


class Purpose(StrEnum):
    """What for."""

    FIRST_HOME = "first_home"
    UPGRADE = "upgrade"
    SCHOOL = "school"
    INVESTMENT = "investment"


class Urgency(StrEnum):
    """How soon."""

    NOW = "now"
    QUARTER = "quarter"
    YEAR = "year"
    LOOKING = "looking"


@dataclass(frozen=True, slots=True)
class Needs:
    """A client's needs (需求). `agencies` and `competitors`: whom else he asks, and what else he looked at.

    Raises Refusal when built from what makes no sense: care_need_range with `field` and `most`, care_need_order.
    """

    district: str = ""
    rooms: int | None = None
    area_from: int | None = None
    area_to: int | None = None
    floor: str = ""
    direction: str = ""
    decoration: str = ""
    budget: int | None = None
    down_payment: int | None = None
    purpose: Purpose | None = None
    urgency: Urgency | None = None
    family: str = ""
    decision_makers: str = ""
    agencies: str = ""
    competitors: str = ""
    words: str = ""

    def __post_init__(self) -> None:
        ranges = {"rooms": MOST_ROOMS, "area_from": MOST_AREA, "area_to": MOST_AREA}
        ranges |= {"budget": MOST_YUAN, "down_payment": MOST_YUAN}
        for name, most in ranges.items():
            value = getattr(self, name)
            if value is not None and not 1 <= value <= most:
                raise Refusal("care_need_range", field=name, most=most)
        if self.area_from is not None and self.area_to is not None and self.area_from > self.area_to:
            raise Refusal("care_need_order", field="area_to")
        if self.budget is not None and self.down_payment is not None and self.down_payment > self.budget:
            raise Refusal("care_need_down_payment", field="down_payment")

    @property
    def known(self) -> int:
        """How many parts are known; the free words are none."""
        return sum(1 for name, value in asdict(self).items() if value and name != "words")

    def stored(self) -> dict[str, Any]:
        """What is known, as it is kept."""
        return {name: value for name, value in asdict(self).items() if value}

    def filled(self, other: "Needs") -> "Needs":
        """These needs, and where they are silent what the other ones say. These, where both do not fit together."""
        silent = {name: value for name, value in other.stored().items() if not getattr(self, name)}
        try:
            return replace(self, **silent)
        except Refusal:
            return self


def stored_needs(kept: Mapping[str, Any]) -> Needs:
    """The needs that were kept."""
    known = {field.name for field in fields(Needs)}
    values = {name: value for name, value in kept.items() if name in known}
    if "purpose" in values:
        values["purpose"] = Purpose(values["purpose"])
    if "urgency" in values:
        values["urgency"] = Urgency(values["urgency"])
    return Needs(**values)


_HAN = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_ROOMS = re.compile(r"([1-9一二两三四五六])\s*(?:房|室|居)")
_AREA = re.compile(r"(\d{2,4})\s*(?:[-~到至—]\s*(\d{2,4})\s*)?(?:平方米|平方|平米|平|㎡|m2)")
_SUM = r"(\d{1,5}(?:\.\d)?)\s*(?:[-~到至—]\s*(\d{1,5}(?:\.\d)?)\s*)?万"
_DOWN = re.compile(rf"首付\D{{0,4}}?{_SUM}")
_BUDGET = re.compile(rf"(?:总价|预算)?\D{{0,3}}?{_SUM}")
_DIRECTION = re.compile(r"朝[东南西北]{1,2}|南北通透?|[东西]边套")
_FLOOR = re.compile(r"[高中低]楼?层|\d{1,2}\s*(?:楼|层)(?:以[上下])?|顶楼|一楼")
_DECORATION = re.compile(r"精装修?|毛坯|简装|带装修")
_PURPOSES = (
    (Purpose.SCHOOL, ("学区", "上学", "读书", "入学")),
    (Purpose.INVESTMENT, ("投资", "出租", "保值")),
    (Purpose.UPGRADE, ("改善", "置换", "换大", "换房")),
    (Purpose.FIRST_HOME, ("首套", "刚需", "婚房", "首次置业", "结婚")),
)
_URGENCIES = (
    (Urgency.NOW, ("马上", "尽快", "急", "本月")),
    (Urgency.QUARTER, ("三个月", "3个月", "年前", "季度")),
    (Urgency.YEAR, ("今年", "一年内", "半年")),
    (Urgency.LOOKING, ("不急", "看看", "观望")),
)
_TEN_THOUSAND = 10_000


def read_needs(text: str) -> Needs:
    """What a text says of a client's needs: `三房100-120平，预算400万，首付150万，学区`. The text stays in `words`."""
    plain = unicodedata.normalize("NFKC", text)
    words = " ".join(text.split())[:LONGEST]
    area, down = _AREA.search(plain), _DOWN.search(plain)
    budget = _BUDGET.search(_DOWN.sub(" ; ", plain))
    rooms = _ROOMS.search(plain)
    first, last = (int(area[1]), int(area[2] or area[1])) if area else (None, None)
    try:
        return Needs(
            rooms=_count(rooms[1]) if rooms else None,
            area_from=first,
            area_to=last,
            floor=_found(_FLOOR, plain),
            direction=_found(_DIRECTION, plain),
            decoration=_found(_DECORATION, plain),
            budget=_yuan(budget),
            down_payment=_yuan(down),
            purpose=next((purpose for purpose, said in _PURPOSES if any(word in plain for word in said)), None),
            urgency=_urgency(plain),
            words=words,
        )
    except Refusal:
        return Needs(words=words)  # figures that contradict each other: a person reads the words


def _urgency(plain: str) -> Urgency | None:
    calm = Urgency.LOOKING if "不急" in plain else None
    return calm or next((urgency for urgency, said in _URGENCIES if any(word in plain for word in said)), None)


def _count(sign: str) -> int:
    return _HAN.get(sign) or int(sign)


def _found(what: re.Pattern[str], text: str) -> str:
    match = what.search(text)
    return match[0] if match else ""


def _yuan(match: re.Match[str] | None) -> int | None:
    """Of a range the upper end: at most so much."""
    return int(float(match[2] or match[1]) * _TEN_THOUSAND) if match else None
