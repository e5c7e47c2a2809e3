"""What if (rules 5.7): the same deals rated twice, as they are and as they would be, and every deal that differs.

Two changes can be tried: another plan for some deals, and the cancellation of one. `compare` knows neither; it rates
both worlds with the very `rate` that pays, so a comparison cannot differ from what would be posted. Figures are
whole commissions, as if every milestone were reached: what is due by now is the accrual's business.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from commissions.plan import Plan
from commissions.rating import NEVER_SEALED, Deal, Rated, Seals, rate, window_key


class Why(StrEnum):
    """Why a deal would earn something else: the first of these that differs."""

    CANCELLED = "cancelled"
    """It counts in one world only."""
    FORFEITURE = "forfeiture"
    """A fake showing takes its commission in one world only (飞单)."""
    WINDOW = "window"
    """It is counted among other deals: another window or scope."""
    RANK = "rank"
    """It has another rank in its window."""
    TIER = "tier"
    """Same rank, but another step of the ladder pays it."""
    ARITHMETIC = "arithmetic"
    """Same step, which pays another rate or sum."""
    BENEFIT = "benefit"
    """Same money, another benefit."""


class Change(NamedTuple):
    """One deal that would earn something else, in both worlds; the deals carry the plans they are rated by."""

    deal: Deal
    before: Rated
    after: Rated
    why: Why


class Effect(NamedTuple):
    """What happens to one agency: sums in fen over those of its ``deals`` that are asked about.

    ``gained`` and ``lost`` name the benefits; one that only moves to another deal of its window is neither.
    """

    agency: Hashable
    deals: int
    before_fen: int
    after_fen: int
    changes: tuple[Change, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def under_plan(deals: Sequence[Deal], chosen: Collection[int], plan: Hashable) -> list[Deal]:
    """The deals, where those with the chosen ids keep another plan, named by its key."""
    return [deal._replace(plan=plan) if deal.deal_id in chosen else deal for deal in deals]


def without(deals: Sequence[Deal], deal_id: int, now: datetime) -> list[Deal]:
    """The deals, where one is cancelled at ``now``, unless it was already."""
    return [
        deal._replace(cancelled_at=now) if deal.deal_id == deal_id and deal.cancelled_at is None else deal
        for deal in deals
    ]


def compare(
    before: Sequence[Deal],
    after: Sequence[Deal],
    plans: Mapping[Hashable, Plan],
    sealed: Seals = NEVER_SEALED,
    about: Collection[int] | None = None,
) -> list[Effect]:
    """The effect on every agency, in the order in which they come; deals of one agency stand together.

    Both sequences hold the same deals in the same order, all of every window concerned (see `rate`). ``about`` holds
    the ids of the deals that are asked about; left out, all are. The others are there to be ranked: they are in no
    sum, but one of them that would change is told too. Raises ValueError where the sequences hold other deals,
    KeyError when a plan is missing.
    """
    worlds = rate(before, plans, sealed), rate(after, plans, sealed)
    rows = zip(before, after, *worlds, strict=True)
    return [_effect(agency, list(some), plans, about) for agency, some in groupby(rows, key=lambda row: row[0].agency)]


_Row = tuple[Deal, Deal, Rated, Rated]


def _effect(
    agency: Hashable, rows: Sequence[_Row], plans: Mapping[Hashable, Plan], about: Collection[int] | None
) -> Effect:
    asked = rows if about is None else [row for row in rows if row[0].deal_id in about]
    had = Counter(_benefits(((old, rated) for old, _new, rated, _other in rows), plans))
    has = Counter(_benefits(((new, rated) for _old, new, _other, rated in rows), plans))
    return Effect(
        agency=agency,
        deals=len(asked),
        before_fen=sum(row[2].commission_fen for row in asked),
        after_fen=sum(row[3].commission_fen for row in asked),
        changes=tuple(_changes(rows, plans)),
        gained=tuple(sorted(name for *_window, name in (has - had).elements())),
        lost=tuple(sorted(name for *_window, name in (had - has).elements())),
    )


def _changes(rows: Sequence[_Row], plans: Mapping[Hashable, Plan]) -> Iterator[Change]:
    for old, new, before, after in rows:
        if old.deal_id != new.deal_id:
            raise ValueError(f"deal {old.deal_id} is compared with deal {new.deal_id}")
        if before.commission_fen != after.commission_fen or before.benefit != after.benefit:
            yield Change(new, before, after, _why(old, new, before, after, plans))


def _why(old: Deal, new: Deal, before: Rated, after: Rated, plans: Mapping[Hashable, Plan]) -> Why:
    was, would = plans[old.plan], plans[new.plan]
    if (before.rank is None) != (after.rank is None):
        return Why.CANCELLED
    if old.forfeited and was.forfeiture != would.forfeiture:
        return Why.FORFEITURE
    moved = (was.scope, was.window) != (would.scope, would.window)
    if moved and window_key(old, was) != window_key(new, would):
        return Why.WINDOW
    if before.commission_fen == after.commission_fen:
        return Why.BENEFIT
    if before.rank != after.rank:
        return Why.RANK
    return Why.TIER if _span(was, before) != _span(would, after) else Why.ARITHMETIC


def _span(plan: Plan, rated: Rated) -> tuple[int, int | None] | None:
    """The ranks of the step that pays."""
    return None if rated.tier is None else (plan.starts[rated.tier], plan.tiers[rated.tier].up_to)


def _benefits(
    rated: Iterator[tuple[Deal, Rated]], plans: Mapping[Hashable, Plan]
) -> Iterator[tuple[Hashable, str | None, str]]:
    """Every benefit with the window that grants it, so that the same trip of two windows counts twice."""
    for deal, one in rated:
        if one.benefit is not None:
            key = window_key(deal, plans[deal.plan])
            yield (None if key is None else key.development), one.window, one.benefit
