"""Why something of a person stays although it was asked to be erased, and until when.

The law lets data go on request (PIPL, article 47) unless a period of retention runs, or what it was taken for still
stands. Each ground says on which law it rests and for how long; a test holds that none is without words.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from commissions.refusal import Refusal

from ...clock import day_start, local_day

ANSWER_WITHIN = timedelta(days=15)
"""How long a request may wait. Where nothing shorter is promised the regulators count fifteen *working* days; calendar
days are never later, and need no list of holidays."""
LATE_AFTER = timedelta(days=10)
"""From then on it is said every day that a request still waits."""


class Ground(StrEnum):
    """Why it stays. The first five keep a name, or a phone, until their time is over; the others keep what names nobody
    once those have gone, or, `books`, the payee's name."""

    PROTECTION = "protection"
    REVIEW = "review"
    DEAL = "deal"
    DEAL_RECORD = "deal_record"
    MONEY = "money"
    BOOKS = "books"
    DECISIONS = "decisions"
    CONSENTS = "consents"
    AUDIT = "audit"


DEAL_RECORD_YEARS = 3
"""A contract may be sued upon for three years (Civil Code, article 188); as long are transactions kept (E-Commerce Law,
article 31)."""
BOOKS_YEARS = 30
"""Vouchers of accounting, from the end of the year (Measures for Accounting Archives, annex)."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason that keeps a name or a phone. `until`: None while nobody can say, such as before a decision."""

    ground: Ground
    until: datetime | None


def due_at(asked_at: datetime) -> datetime:
    """By when a request is to be answered."""
    return asked_at + ANSWER_WITHIN


def hold_of_touch(now: datetime, protected_until: datetime | None, *, retired: bool) -> Hold | None:
    """A contact holds while its protection runs: somebody is still to be paid by it. One that is protected for good is
    held by its deal."""
    if retired or protected_until is None or protected_until <= now:
        return None
    return Hold(Ground.PROTECTION, protected_until)


def hold_of_deal(now: datetime, *, ended_at: datetime | None) -> Hold | None:
    """A deal holds while it runs, and its name for as long as it may be sued upon. `ended_at`: when it was handed
    over or cancelled."""
    if ended_at is None:
        return Hold(Ground.DEAL, None)
    until = _years_after(ended_at, DEAL_RECORD_YEARS)
    return Hold(Ground.DEAL_RECORD, until) if until > now else None


def hold_of_books(now: datetime, last: date | None) -> Hold | None:
    """Who was paid, or signed for money, stands by name in the books: thirty years from the end of that year."""
    if last is None:
        return None
    until = day_start(date(last.year + BOOKS_YEARS + 1, 1, 1))
    return Hold(Ground.BOOKS, until) if until > now else None


def longest(holds: Iterable[Hold]) -> list[Hold]:
    """Of each ground the hold that ends last, by ground."""
    found: dict[Ground, Hold] = {}
    for hold in holds:
        known = found.get(hold.ground)
        if known is None or (known.until is not None and (hold.until is None or hold.until > known.until)):
            found[hold.ground] = hold
    return [found[ground] for ground in Ground if ground in found]


def look_again(now: datetime, holds: Collection[Hold]) -> datetime | None:
    """When something that stays may go at the earliest: tomorrow where nobody can say; None where nothing stays."""
    ends = [hold.until or now + timedelta(days=1) for hold in holds]
    return min(ends, default=None)


def check_may_ask(*, person_left: bool) -> None:
    """Only a closed account is erased: who still signs in leaves first. Raises Refusal(erasure_account_open)."""
    if not person_left:
        raise Refusal("erasure_account_open")


def _years_after(at: datetime, years: int) -> datetime:
    """The end of that Shanghai day so many years later; a 29th of February ends on the 1st of March."""
    day = local_day(at)
    try:
        then = day.replace(year=day.year + years)
    except ValueError:
        then = date(day.year + years, 3, 1)
    return day_start(then + timedelta(days=1))
