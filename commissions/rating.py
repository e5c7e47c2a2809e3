"""What every deal ought to earn: deals and plans in, one target per deal out, with its reason.

The same `rate` serves the close of a month, a preview and `portal simulate`, so it must take a million
deals in seconds. That is why facts and results are named tuples here (a frozen dataclass takes four
times as long to build), and why a result's explanation is made only when somebody asks for it.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from commissions.calendar import Window, window_label
from commissions.money import format_bps, format_fen, half_up
from commissions.plan import Mode, Plan, Scope, Tier
from commissions.refusal import Refusal


class Moved(NamedTuple):
    """A signing instant that was corrected: it stood until ``until``, when the correction was recorded."""

    signed_at: datetime
    until: datetime


class Deal(NamedTuple):
    """What is known of a deal. Instants are aware; ``price_fen`` is what the client pays, from zero up.

    ``plan`` is the key of the plan version that was in force when the deal was signed; it keeps it.
    ``reached`` names the milestones behind it. ``cancelled_at`` is when the portal learnt that it was
    cancelled, and ``recorded_at`` when it learnt of the signing, if later than ``signed_at``: only
    seals look at these two instants, and they look at when a fact was known, not at what it says.
    ``moved`` are the signing instants that corrections replaced, oldest first: seals look at these too.

    ``forfeited`` says that a strike stands against the showing that brought the deal (飞单). Under a plan with
    forfeiture it then earns nothing, but it was sold: it keeps its rank, and nobody else is moved by it.
    """

    deal_id: int
    agency: Hashable
    development: Hashable
    signed_at: datetime | None
    price_fen: int
    plan: Hashable
    cancelled_at: datetime | None = None
    reached: frozenset[str] = frozenset()
    recorded_at: datetime | None = None
    forfeited: bool = False
    moved: tuple[Moved, ...] = ()


class WindowKey(NamedTuple):
    """The deals that are counted together; ``development`` is None where a plan counts across all."""

    agency: Hashable
    development: Hashable
    label: str


Seals = Mapping[WindowKey, datetime]
"""The windows that finance has sealed, and the instant of each seal."""


class Rated(NamedTuple):
    """What one deal earns when all its milestones are reached.

    ``rank`` is its own, ``counted`` the deals of its window; both None where the deal does not count.
    ``tier`` is the index of the plan's tier that pays; ``rate_bps`` is None where that pays a fixed sum.
    """

    deal_id: int
    window: str | None
    rank: int | None
    counted: int | None
    tier: int | None
    rate_bps: int | None
    commission_fen: int
    benefit: str | None


class _Place(NamedTuple):
    """A deal's place in its window; ``counted`` is the count that sets its rate in volume mode.

    ``here`` is False for a deal that left a sealed window by a correction: its place stays, empty.
    """

    position: int
    rank: int
    counted: int
    here: bool = True


class _Ladder(NamedTuple):
    """What the loop over a million deals needs of a plan, at hand."""

    starts: tuple[int, ...]
    tiers: tuple[Tier, ...]
    graduated: bool
    cap_fen: int | None
    forfeiture: bool


NEVER_SEALED: Seals = {}


def rate(deals: Iterable[Deal], plans: Mapping[Any, Plan], sealed: Seals = NEVER_SEALED) -> list[Rated]:
    """Rate ``deals`` under the plans they keep; one `Rated` per deal, in the order given (rules 5.1-5.5).

    Give all deals of every agency concerned: a rank is only as right as the deals it counts. A deal is
    ranked among all that its own plan counts together, whichever plan version those others keep.

    A sealed window keeps the ranks it had: who was counted at the seal goes on being counted, even when
    cancelled or moved to another window later, and who comes after the seal queues up behind. So after the
    seal no deal changes what another earns.

    Raises Refusal ``duplicate_deal``; KeyError when a deal's plan is missing from ``plans``.
    """
    deals = list(deals)
    _refuse_duplicates(deals)
    rated: list[Rated | None] = [None] * len(deals)
    bases = {(plans[key].scope, plans[key].window) for key in {deal.plan for deal in deals}}
    for scope, window in sorted(bases):
        ladders = {key: _ladder(plan) for key, plan in plans.items() if (plan.scope, plan.window) == (scope, window)}
        gone = _gone(deals, scope, window) if sealed else {}
        for key, members in _windows(deals, scope, window).items():
            sealed_at = sealed.get(key)
            if sealed_at is None:
                places = _places(deals, members)
            else:
                places = _sealed_places(deals, members, gone.get(key, ()), key.label, window, sealed_at)
            _rate_window(deals, places, key.label, ladders, rated)
    return [result or _not_counted(deal, plans[deal.plan]) for result, deal in zip(rated, deals, strict=True)]


def window_key(deal: Deal, plan: Plan) -> WindowKey | None:
    """The window that ``deal`` is counted in under its ``plan``; None before it is signed."""
    if deal.signed_at is None:
        return None
    development = deal.development if plan.scope is Scope.DEVELOPMENT else None
    return WindowKey(deal.agency, development, window_label(deal.signed_at, plan.window))


def _refuse_duplicates(deals: Sequence[Deal]) -> None:
    if len({deal.deal_id for deal in deals}) < len(deals):
        raise Refusal("duplicate_deal", deal_id=Counter(deal.deal_id for deal in deals).most_common(1)[0][0])


def _windows(deals: Sequence[Deal], scope: Scope, window: Window) -> dict[WindowKey, list[int]]:
    """The positions of the signed deals, by the window they fall in."""
    windows: defaultdict[tuple[Hashable, Hashable, str], list[int]] = defaultdict(list)
    by_development = scope is Scope.DEVELOPMENT
    for index, deal in enumerate(deals):
        if deal.signed_at is not None:
            label = window_label(deal.signed_at, window)
            windows[deal.agency, deal.development if by_development else None, label].append(index)
    return {WindowKey(*key): members for key, members in windows.items()}


def _gone(deals: Sequence[Deal], scope: Scope, window: Window) -> dict[WindowKey, list[int]]:
    """The positions of the deals that corrections took away from a window, by that window."""
    gone: defaultdict[WindowKey, list[int]] = defaultdict(list)
    for index, deal in enumerate(deals):
        if not deal.moved or deal.signed_at is None:
            continue
        development = deal.development if scope is Scope.DEVELOPMENT else None
        left = {window_label(once.signed_at, window) for once in deal.moved} - {window_label(deal.signed_at, window)}
        for label in left:
            gone[WindowKey(deal.agency, development, label)].append(index)
    return gone


def _places(deals: Sequence[Deal], members: list[int]) -> list[_Place]:
    """Ranks by signing instant, then deal id, over the deals that count (rules 5.3)."""
    ranked = sorted([(deals[i].signed_at, deals[i].deal_id, i) for i in members if deals[i].cancelled_at is None])
    total = len(ranked)
    return [_Place(position, rank, total) for rank, (_, _, position) in enumerate(ranked, 1)]


def _sealed_places(
    deals: Sequence[Deal], members: list[int], gone: Sequence[int], label: str, window: Window, sealed_at: datetime
) -> list[_Place]:
    """The ranks as they were when the window was sealed, and behind them who came later, in that order."""
    ranked, queue = [], []
    for position in (*members, *gone):
        deal = deals[position]
        spells = [*_spells(deal)]
        known = [signed_at for signed_at, since in spells if since < sealed_at]
        if known and window_label(known[-1], window) == label:
            if deal.cancelled_at is None or deal.cancelled_at >= sealed_at:
                ranked.append((known[-1], deal.deal_id, position))
            continue
        came = (since for at, since in spells if since >= sealed_at and window_label(at, window) == label)
        if (arrived := next(came, None)) is not None:
            queue.append((arrived, deal.deal_id, position))
    total, left = len(ranked), set(gone)
    places = [
        _Place(position, rank, total, position not in left) for rank, (_, _, position) in enumerate(sorted(ranked), 1)
    ]
    return places + [
        _Place(position, rank, rank, position not in left)
        for rank, (_, _, position) in enumerate(sorted(queue), total + 1)
    ]


def _spells(deal: Deal) -> Iterator[tuple[datetime, datetime]]:
    """The signing instants that the deal was known by, each with the instant since when."""
    assert deal.signed_at is not None  # a correction moves a signing, and never takes one away
    instants = [*(once.signed_at for once in deal.moved), deal.signed_at]
    known_since = [deal.recorded_at or instants[0], *(once.until for once in deal.moved)]
    return zip(instants, known_since, strict=True)


def _rate_window(
    deals: Sequence[Deal],
    places: Sequence[_Place],
    label: str,
    ladders: Mapping[Hashable, _Ladder],
    rated: list[Rated | None],
) -> None:
    """Write what the window's deals earn into ``rated``: those whose plan is among ``ladders``."""
    granted: set[str] = set()
    for position, rank, counted, here in places:
        deal = deals[position]
        if deal.plan not in ladders:
            continue
        starts, tiers, graduated, cap_fen, forfeiture = ladders[deal.plan]
        reached = bisect_right(starts, rank) - 1
        forfeited = deal.forfeited and forfeiture
        benefit = None if forfeited else tiers[reached].benefit
        if benefit in granted:
            benefit = None
        elif benefit is not None:
            granted.add(benefit)  # once per window, even when its holder is cancelled or moved after the seal
        if deal.cancelled_at is not None or not here:
            continue
        paying = reached if graduated else bisect_right(starts, counted) - 1
        tier = tiers[paying]
        pays_fen = (tier.fixed_fen or 0) if tier.rate_bps is None else half_up(deal.price_fen, tier.rate_bps)
        if cap_fen is not None and pays_fen > cap_fen:
            pays_fen = cap_fen
        if forfeited:
            pays_fen = 0
        rated[position] = Rated(deal.deal_id, label, rank, counted, paying, tier.rate_bps, pays_fen, benefit)


def _ladder(plan: Plan) -> _Ladder:
    return _Ladder(plan.starts, plan.tiers, plan.mode is Mode.GRADUATED, plan.cap_fen, plan.forfeiture)


def _not_counted(deal: Deal, plan: Plan) -> Rated:
    label = None if deal.signed_at is None else window_label(deal.signed_at, plan.window)
    return Rated(deal.deal_id, label, None, None, None, 0, 0, None)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a deal earns what it earns: deal → rank → window → tier → plan → arithmetic (rules 5.7).

    Plain facts, so that they can be stored beside a posted line and worded in any language.
    ``not_counted`` is ``cancelled`` or ``not_signed``; the rank, tier and rate are then None or zero.
    ``uncapped_fen`` is what the tier would pay, where the plan's cap keeps the commission below it.
    ``forfeited``: a strike stands against the deal's showing, so it keeps its rank and earns nothing.
    """

    deal_id: int
    plan: str
    mode: str
    window: str | None
    rank: int | None
    counted: int | None
    tier_from: int | None
    tier_up_to: int | None
    price_fen: int
    rate_bps: int | None
    commission_fen: int
    benefit: str | None
    not_counted: str | None
    uncapped_fen: int | None = None
    forfeited: bool = False

    def sentence(self) -> str:
        """The facts as one plain English sentence, for files; pages word the facts themselves."""
        if self.not_counted is not None:
            reason = {"cancelled": "cancelled", "not_signed": "not signed"}[self.not_counted]
            return f"{reason}: not counted, pays nothing"
        return "; ".join(self._clauses())

    def _clauses(self) -> Iterator[str]:
        yield f"rank {self.rank} of {self.counted} in {self.window}"
        ranks = f"from {self.tier_from}" if self.tier_up_to is None else f"{self.tier_from}-{self.tier_up_to}"
        chosen_by = "own rank" if self.mode == Mode.GRADUATED else f"the count of {self.counted}"
        yield f"plan {self.plan}, {self.mode}: tier {ranks} by {chosen_by}"
        if self.forfeited:
            yield "forfeited, the showing was fake: pays nothing"
            return
        pays = format_fen(self.commission_fen if self.uncapped_fen is None else self.uncapped_fen)
        if self.rate_bps is None:
            yield f"fixed sum {pays}"
        else:
            yield f"{format_fen(self.price_fen)} x {format_bps(self.rate_bps)} = {pays}"
        if self.uncapped_fen is not None:
            yield f"capped at {format_fen(self.commission_fen)}"
        if self.benefit is not None:
            yield f"first to reach its tier: {self.benefit}"


def explain(deal: Deal, rated: Rated, plan: Plan) -> Explanation:
    """The reasons behind ``rated``, which `rate` gave for ``deal`` under ``plan``."""
    not_counted = uncapped_fen = None
    if rated.rank is None:
        not_counted = "not_signed" if deal.signed_at is None else "cancelled"
    forfeited = deal.forfeited and plan.forfeiture and rated.rank is not None
    if rated.tier is not None and plan.cap_fen is not None and not forfeited:
        full_fen = replace(plan, cap_fen=None).pay_fen(plan.tiers[rated.tier], deal.price_fen)
        uncapped_fen = full_fen if full_fen > rated.commission_fen else None
    return Explanation(
        deal_id=deal.deal_id,
        plan=plan.name,
        mode=plan.mode.value,
        window=rated.window,
        rank=rated.rank,
        counted=rated.counted,
        tier_from=None if rated.tier is None else plan.starts[rated.tier],
        tier_up_to=None if rated.tier is None else plan.tiers[rated.tier].up_to,
        price_fen=deal.price_fen,
        rate_bps=rated.rate_bps,
        commission_fen=rated.commission_fen,
        benefit=rated.benefit,
        not_counted=not_counted,
        uncapped_fen=uncapped_fen,
        forfeited=forfeited,
    )
