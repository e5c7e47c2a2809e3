"""The reward plan as data: audience, rungs, items, triggers, gifts, caps (rules 7.3).

What a referrer is promised is the developer's to change, so it is data that finance versions, like the
commission plan, and never an ``if`` in code. The plans of rules 7.3 are given here as seeds;
`referral.rewards.reward_toml` reads and writes them. A plan knows the friends of one referrer and nobody else: there is
no word in it by which a friend's friend could earn anybody anything.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from commissions.refusal import Refusal


class Audience(StrEnum):
    """Whom a plan is for."""

    HOMEOWNER = "homeowner"
    CITIZEN = "citizen"
    PROGRAMME = "programme"


class Kind(StrEnum):
    """What is given; it decides who hands it out, and whether it is taxed as cash or as goods.

    A voucher is for goods of a value. A gift is small, follows a scan or a visit, and needs no deal.
    """

    CASH = "cash"
    VOUCHER = "voucher"
    FEE_RELIEF = "fee_relief"
    PARKING = "parking"
    GIFT = "gift"


class Milestone(StrEnum):
    """What the friend's deal must reach."""

    SIGNED = "signed"
    LOAN_RELEASED = "loan_released"
    HANDED_OVER = "handed_over"


class Event(StrEnum):
    """What brings a gift, before there is any deal."""

    SCAN = "scan"
    VISIT = "visit"
    LEAD = "lead"


class Stacking(StrEnum):
    """Which items the n-th friend brings: those of the n-th rung, or of every rung up to it."""

    OWN_RUNG = "own_rung"
    ALL_RUNGS = "all_rungs"


class AfterLast(StrEnum):
    """What a friend beyond the last rung earns."""

    REPEAT_LAST = "repeat_last"
    NOTHING = "nothing"


GIFT_DAYS = 30
VOUCHER_DAYS = 365
LONGEST_TITLE = 40
LONGEST_DAYS = 3650
LONGEST_MONTHS = 840
"""Seventy years, as long as land for homes is let: no relief and no parking space is given for longer."""
LARGEST = 999_999_999
"""No sum in fen and no count is larger, so that what was typed amiss is no promise."""
MOST_RUNGS = 20
MOST_ITEMS = 10
"""Of one rung, and of one gift."""
SPANS = frozenset({Kind.FEE_RELIEF, Kind.PARKING})
"""What is given for a time; everything else is given for a value."""


def _invalid(problem: str, **facts: object) -> Refusal:
    return Refusal("reward_plan_invalid", problem=problem, **facts)


def _one_line(text: str) -> bool:
    """Whether a text is read as it was written: no spaces around it, no line break, nothing unseen."""
    return text == text.strip() and not any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in text)


def _check_cap(key: str, cap: int | None) -> None:
    if cap is not None and cap <= 0:
        raise _invalid("cap_not_positive", key=key)
    if cap is not None and cap > LARGEST:
        raise _invalid("too_large", key=key)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing given: a sum (``value_fen``) or a span (``term_months``), named by a title key."""

    kind: Kind
    title: str
    value_fen: int | None = None
    term_months: int | None = None

    def __post_init__(self) -> None:
        sizes = [size for size in (self.value_fen, self.term_months) if size is not None]
        if len(sizes) != 1 or sizes[0] <= 0 or (self.value_fen is None) is not (self.kind in SPANS):
            raise _invalid("item_size", title=self.title)
        if (self.value_fen or 0) > LARGEST:
            raise _invalid("too_large", key="value_fen")
        if (self.term_months or 0) > LONGEST_MONTHS:
            raise _invalid("term_too_long", title=self.title[:LONGEST_TITLE])
        if not self.title:
            raise _invalid("item_title", title=self.title)
        if len(self.title) > LONGEST_TITLE:
            raise _invalid("item_title_long", title=self.title[:LONGEST_TITLE])
        if not _one_line(self.title):
            raise _invalid("not_one_line", key="title")


@dataclass(frozen=True, slots=True)
class Rung:
    """What the n-th friend brings, due ``delay_days`` after the deal's milestone."""

    number: int
    items: tuple[Item, ...]
    milestone: Milestone = Milestone.SIGNED
    delay_days: int = 0

    def __post_init__(self) -> None:
        if not self.items:
            raise _invalid("rung_empty", rung=self.number)
        if len(self.items) > MOST_ITEMS:
            raise _invalid("too_many", key="items")
        if not 0 <= self.delay_days <= LONGEST_DAYS:
            raise _invalid("delay_negative", rung=self.number)
        if any(item.kind is Kind.GIFT for item in self.items):
            raise _invalid("gift_in_rung", rung=self.number)


@dataclass(frozen=True, slots=True)
class Gift:
    """What a scan, a visit or a number that is left brings at once, to be fetched within ``valid_days``.

    ``most``: a referrer's visits at most so many, a stand's scans and numbers at most so many a day. Of a scan's days
    its own is the first. Only gifts: what is worth more waits for a deal, which can be cancelled.
    """

    event: Event
    items: tuple[Item, ...]
    valid_days: int = GIFT_DAYS
    most: int | None = None

    def __post_init__(self) -> None:
        if not self.items:
            raise _invalid("gift_empty", event=self.event)
        if len(self.items) > MOST_ITEMS:
            raise _invalid("too_many", key="items")
        if any(item.kind is not Kind.GIFT for item in self.items):
            raise _invalid("gift_too_large", event=self.event)
        if not 0 < self.valid_days <= LONGEST_DAYS:
            raise _invalid("gift_days", event=self.event)
        _check_cap("most", self.most)


@dataclass(frozen=True, slots=True)
class RewardPlan:
    """The ladder of one audience. Raises Refusal ``reward_plan_invalid`` (fact ``problem``) on a bad one.

    ``most_friends``: how many friends of a referrer earn in one development. ``most_cash_fen``: what a referrer's cash
    there comes to at most; a sum that would go beyond it is not given, none is cut. ``voucher_days``: how long a
    voucher of a rung can be redeemed after it was approved.
    """

    name: str
    audience: Audience
    rungs: tuple[Rung, ...]
    after_last: AfterLast = AfterLast.REPEAT_LAST
    stacking: Stacking = Stacking.OWN_RUNG
    most_friends: int | None = None
    most_cash_fen: int | None = None
    voucher_days: int = VOUCHER_DAYS
    gifts: tuple[Gift, ...] = ()

    def __post_init__(self) -> None:
        if not self.name:
            raise _invalid("name_missing")
        if not _one_line(self.name):
            raise _invalid("not_one_line", key="name")
        if not self.rungs and not (self.gifts and self.audience is Audience.PROGRAMME):
            raise _invalid("no_rungs")
        if self.rungs and self.audience is Audience.PROGRAMME:
            raise _invalid("programme_rungs")
        if [rung.number for rung in self.rungs] != list(range(1, len(self.rungs) + 1)):
            raise _invalid("rungs_not_in_order")
        if len(self.rungs) > MOST_RUNGS:
            raise _invalid("too_many", key="rungs")
        _check_cap("most_friends", self.most_friends)
        _check_cap("most_cash_fen", self.most_cash_fen)
        if not 0 < self.voucher_days <= LONGEST_DAYS:
            raise _invalid("voucher_days")
        if len({gift.event for gift in self.gifts}) < len(self.gifts):
            raise _invalid("gift_twice")

    def rung_for(self, nth: int) -> Rung | None:
        """The rung of the n-th friend (from 1), or None when the ladder has ended."""
        if not self.rungs or (self.most_friends is not None and nth > self.most_friends):
            return None
        if nth <= len(self.rungs):
            return self.rungs[nth - 1]
        return self.rungs[-1] if self.after_last is AfterLast.REPEAT_LAST else None

    def items_for(self, nth: int) -> tuple[tuple[Rung, Item], ...]:
        """All that the n-th friend brings, each item with the rung that says when it comes."""
        own = self.rung_for(nth)
        if own is None:
            return ()
        rungs = self.rungs[: own.number] if self.stacking is Stacking.ALL_RUNGS else (own,)
        return tuple((rung, item) for rung in rungs for item in rung.items)

    def gift_at(self, event: Event) -> Gift | None:
        """What a scan, a visit or a number brings."""
        return next((gift for gift in self.gifts if gift.event is event), None)


_FEE_RELIEF_YEAR = Item(Kind.FEE_RELIEF, "property_fee_relief", term_months=12)

HOMEOWNER_LADDER = RewardPlan(
    name="homeowner ladder",
    audience=Audience.HOMEOWNER,
    rungs=(
        Rung(1, (_FEE_RELIEF_YEAR,), Milestone.SIGNED, delay_days=30),
        Rung(2, (Item(Kind.VOUCHER, "appliance_voucher", value_fen=1_000_000),), Milestone.HANDED_OVER),
        Rung(3, (Item(Kind.PARKING, "parking_space", term_months=24),), Milestone.SIGNED),
    ),
)

CITIZEN_BROKER = RewardPlan(
    name="citizen broker",
    audience=Audience.CITIZEN,
    rungs=(Rung(1, (Item(Kind.CASH, "referral_bonus", value_fen=2_000_000), _FEE_RELIEF_YEAR), Milestone.SIGNED),),
)


PROGRAMME = RewardPlan(
    name="community stand",
    audience=Audience.PROGRAMME,
    rungs=(),
    gifts=(
        Gift(Event.SCAN, (Item(Kind.GIFT, "stand_gift", value_fen=2_000),), valid_days=1, most=200),
        Gift(Event.VISIT, (Item(Kind.GIFT, "coffee_coupon", value_fen=3_000),), valid_days=30),
    ),
)
"""The handbook names the gifts and no value: these are defaults to change."""
