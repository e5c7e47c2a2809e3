"""Days in a client's life that steps may count to: kept only if the client told them himself."""

from datetime import date
from enum import StrEnum

from commissions.refusal import Refusal

OLDEST_YEARS = 120


class ToldDay(StrEnum):
    """What a day is."""

    BIRTHDAY = "birthday"
    WEDDING = "wedding"
    SCHOOL_ENTRY = "school_entry"


def check_told(kind: ToldDay, day: date, today: date, *, told: bool) -> None:
    """Refuse a day that the client did not tell, or that cannot be. Raises Refusal: care_day_untold, care_day_range."""
    if not told:
        raise Refusal("care_day_untold", field="told")
    future = day > today and kind is not ToldDay.SCHOOL_ENTRY
    if future or abs(today.year - day.year) > OLDEST_YEARS:
        raise Refusal("care_day_range", field="day")
