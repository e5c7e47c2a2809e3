"""What a client looks for, as a value and as it is read out of a message; and the days that he told."""

from datetime import date
from typing import Any

import pytest

from commissions.refusal import Refusal
from portal.rules.care_files.days import ToldDay, check_told
from portal.rules.care_files.needs import MOST_YUAN, Needs, Purpose, Urgency, read_needs, stored_needs

SAID: dict[str, dict[str, Any]] = {
    "三房100-120平，预算400万，首付150万，学区": {
        "rooms": 3,
        "area_from": 100,
        "area_to": 120,
        "budget": 4_000_000,
        "down_payment": 1_500_000,
        "purpose": Purpose.SCHOOL,
    },
    "２室８９平米 毛坯 朝南 不急 280.5万左右": {
        "rooms": 2,
        "area_from": 89,
        "area_to": 89,
        "direction": "朝南",
        "decoration": "毛坯",
        "budget": 2_805_000,
        "urgency": Urgency.LOOKING,
    },
    "改善，要四房，总价600-700万，高楼层，尽快": {
        "rooms": 4,
        "budget": 7_000_000,
        "floor": "高楼层",
        "purpose": Purpose.UPGRADE,
        "urgency": Urgency.NOW,
    },
    "随便看看": {"urgency": Urgency.LOOKING},
    "120-100平": {},
    "": {},
}


@pytest.mark.parametrize(("text", "read"), SAID.items(), ids=SAID)
def test_what_a_text_says_is_read_and_the_words_stay(text: str, read: dict[str, Any]) -> None:
    stored = read_needs(text).stored()
    assert stored.pop("words", "") == text
    assert stored == read


def test_needs_are_kept_and_read_back() -> None:
    whole = Needs(district="滨江", rooms=3, purpose=Purpose.SCHOOL, urgency=Urgency.YEAR, words="x")
    assert stored_needs(whole.stored() | {"of another version": 1}) == whole
    assert stored_needs({}) == Needs()
    assert whole.known == 4, "free words are no part"


def test_what_is_silent_is_filled_where_it_fits() -> None:
    assert Needs(rooms=3).filled(Needs(rooms=2, district="滨江")) == Needs(rooms=3, district="滨江")
    assert Needs(area_to=80).filled(Needs(area_from=90)) == Needs(area_to=80)


@pytest.mark.parametrize(
    ("needs", "code", "field"),
    [
        ({"rooms": 0}, "care_need_range", "rooms"),
        ({"budget": MOST_YUAN + 1}, "care_need_range", "budget"),
        ({"area_from": 100, "area_to": 90}, "care_need_order", "area_to"),
        ({"budget": 1, "down_payment": 2}, "care_need_down_payment", "down_payment"),
    ],
)
def test_needs_that_make_no_sense_are_refused(needs: dict[str, int], code: str, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        Needs(**needs)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.facts["field"]) == (code, field)


TODAY = date(2026, 6, 10)


@pytest.mark.parametrize(
    ("kind", "day", "told", "code"),
    [
        (ToldDay.BIRTHDAY, date(1988, 2, 29), True, None),
        (ToldDay.SCHOOL_ENTRY, date(2028, 9, 1), True, None),
        (ToldDay.BIRTHDAY, date(1988, 2, 29), False, "care_day_untold"),
        (ToldDay.WEDDING, date(2026, 6, 11), True, "care_day_range"),
        (ToldDay.BIRTHDAY, date(1888, 1, 1), True, "care_day_range"),
        (ToldDay.SCHOOL_ENTRY, date(2226, 1, 1), True, "care_day_range"),
    ],
)
def test_a_day_is_kept_if_the_client_told_it(kind: ToldDay, day: date, told: bool, code: str | None) -> None:
    if code is None:
        check_told(kind, day, TODAY, told=told)
        return
    with pytest.raises(Refusal) as refused:
        check_told(kind, day, TODAY, told=told)
    assert refused.value.code == code
