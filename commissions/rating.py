"""What every deal ought to earn: deals and plans in, one target per deal out, with its reason.

The same `rate` serves the close of a month, a preview and `portal simulate`, so it must take a million
deals in seconds. That is why facts and results are named tuples here (a frozen dataclass takes four
times as long to build), and why a result's explanation is made only when somebody asks for it.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, count, repeat
from typing import Any, NamedTuple

from commissions.calendar import Window, labeller, window_label
from commissions.money import WHOLE_BPS, half_up, part_of
from commissions.plan import Mode, Plan, Scope, SplitCounts, Tier
from commissions.refusal import Refusal


class Part(NamedTuple):
    """The part of a deal that an agency has: ``share_bps`` of it, behind ``after_bps`` that others have."""

    after_bps: int
    share_bps: int


WHOLE = Part(0, WHOLE_BPS)
"""The part of an agency that has a deal alone."""


class Moved(NamedTuple):
    """What stood of a deal until ``until``, when a correction, or a decision whose deal it is, was recorded.

    ``signed_at`` is None for the time in which the agency had no part in the deal; ``share_bps`` is what it had.
    """

    signed_at: datetime | None
    until: datetime
    share_bps: int = WHOLE_BPS


class Deal(NamedTuple):
    """What is known of a deal. Instants are aware; ``price_fen`` is what the client pays, from zero up.

    ``plan`` is the key of the plan version that was in force when the deal was signed; it keeps it.
    ``reached`` names the milestones behind it. ``cancelled_at`` is when the portal learnt that it was
    cancelled, and ``recorded_at`` when it learnt of the signing, if later than ``signed_at``: only
    seals look at these two instants, and they look at when a fact was known, not at what it says.
    ``moved`` is what stood before corrections and decisions, oldest first: seals look at it too.

    ``part`` is how much of the deal the agency has. One that lost it by a decision has a deal without ``signed_at``,
    and what it had in ``moved`` (`commissions.parts`).

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
    part: Part = WHOLE


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


_Place = tuple[int, int, int, bool, tuple[int, int] | None]
"""A deal's place in its window: its position among all deals, its rank, the count that sets its rate in volume mode,
and two more.

Whether it is *here*: a deal that left a sealed window by a correction or a decision is not, its place stays, empty.
*By share* are rank and count where a deal counts by its agency's part; None: all deals there are whole.
A bare tuple, for a million of them live only from one function to the next.
"""


class _Ladder(NamedTuple):
    """What the loop over a million deals needs of a plan, at hand."""

    starts: tuple[int, ...]
    tiers: tuple[Tier, ...]
    graduated: bool
    cap_fen: int | None
    forfeiture: bool
    by_share: bool


NEVER_SEALED: Seals = {}


def rate(deals: Iterable[Deal], plans: Mapping[Any, Plan], sealed: Seals = NEVER_SEALED) -> list[Rated]:
    """Rate ``deals`` under the plans they keep; one `Rated` per deal, in the order given (rules 5.1-5.5).

    Give all deals of every agency concerned: a rank is only as right as the deals it counts. A deal is
    ranked among all that its own plan counts together, whichever plan version those others keep.

    A sealed window keeps the ranks it had: who was counted at the seal goes on being counted, even when
    cancelled or moved to another window later, and who comes after the seal queues up behind. So after the
    seal no deal changes what another earns.

    A deal in parts is given once for each agency that has, or had, a part: each is ranked among its agency's own.

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
    return [result or _not_counted(deals[place], plans) for place, result in enumerate(rated)]


def window_key(deal: Deal, plan: Plan) -> WindowKey | None:
    """The window that ``deal`` is counted in under its ``plan``; None before it is signed."""
    if deal.signed_at is None:
        return None
    development = deal.development if plan.scope is Scope.DEVELOPMENT else None
    return WindowKey(deal.agency, development, window_label(deal.signed_at, plan.window))


def _refuse_duplicates(deals: Sequence[Deal]) -> None:
    if len({deal.deal_id for deal in deals}) == len(deals):
        return
    ((deal_id, _agency), times) = Counter((deal.deal_id, deal.agency) for deal in deals).most_common(1)[0]
    if times > 1:
        raise Refusal("duplicate_deal", deal_id=deal_id)


def _windows(deals: Sequence[Deal], scope: Scope, window: Window) -> dict[WindowKey, list[int]]:
    """The positions of the signed deals, by the window they fall in."""
    windows: defaultdict[tuple[Hashable, Hashable, str], list[int]] = defaultdict(list)
    by_development, label_of = scope is Scope.DEVELOPMENT, labeller(window)
    for index, deal in enumerate(deals):
        if (signed_at := deal.signed_at) is not None:
            development = deal.development if by_development else None
            windows[deal.agency, development, label_of(signed_at)].append(index)
    return {WindowKey(*key): members for key, members in windows.items()}


def _gone(deals: Sequence[Deal], scope: Scope, window: Window) -> dict[WindowKey, list[int]]:
    """The positions of the deals that corrections and decisions took away from a window, by that window."""
    gone: defaultdict[WindowKey, list[int]] = defaultdict(list)
    for index, deal in enumerate(deals):
        if not deal.moved:
            continue
        development = deal.development if scope is Scope.DEVELOPMENT else None
        left = {window_label(once.signed_at, window) for once in deal.moved if once.signed_at is not None}
        if deal.signed_at is not None:
            left.discard(window_label(deal.signed_at, window))
        for label in left:
            gone[WindowKey(deal.agency, development, label)].append(index)
    return gone


def _places(deals: Sequence[Deal], members: list[int]) -> Iterable[_Place]:
    """Ranks by signing instant, then deal id, over the deals that count (rules 5.3)."""
    ranked = sorted([(deals[i].signed_at, deals[i].deal_id, i) for i in members if deals[i].cancelled_at is None])
    positions = [position for _, _, position in ranked]
    places = zip(positions, count(1), repeat(len(ranked)), repeat(True), repeat(None))
    if all(deals[position].part is WHOLE for position in positions):
        return places
    return _counting([*places], [deals[position].part.share_bps for position in positions])


def _sealed_places(
    deals: Sequence[Deal], members: list[int], gone: Sequence[int], label: str, window: Window, sealed_at: datetime
) -> Iterable[_Place]:
    """The ranks as they were when the window was sealed, and behind them who came later, in that order."""
    ranked, queue = [], []
    for position in (*members, *gone):
        deal = deals[position]
        spells = [*_spells(deal)]
        known = [(signed_at, share) for signed_at, share, since in spells if since < sealed_at]
        if known and _is_in(known[-1][0], window, label):
            if deal.cancelled_at is None or deal.cancelled_at >= sealed_at:
                ranked.append((known[-1][0], deal.deal_id, position, known[-1][1]))
            continue
        came = ((since, share) for at, share, since in spells if since >= sealed_at and _is_in(at, window, label))
        if (arrived := next(came, None)) is not None:
            queue.append((arrived[0], deal.deal_id, position, arrived[1]))
    total, left = len(ranked), set(gone)
    ordered = [*sorted(ranked), *sorted(queue)]
    places: list[_Place] = [
        (position, rank, max(rank, total), position not in left, None)
        for rank, (_, _, position, _) in enumerate(ordered, 1)
    ]
    return _counting(places, [share for *_, share in ordered], total)


def _counting(places: list[_Place], shares: Sequence[int], counted: int | None = None) -> list[_Place]:
    """The places with what they count by the parts in them: the sums of the parts, rounded down, and at least one.

    ``counted`` of them set the rate in volume mode (None: all), and whoever came behind those sets his own.
    """
    if sum(shares) == WHOLE_BPS * len(shares):
        return places
    sums = [0, *accumulate(shares)]
    total = sums[len(shares) if counted is None else counted]
    return [
        (*place[:4], (_whole(so_far), _whole(max(so_far, total))))
        for place, so_far in zip(places, sums[1:], strict=True)
    ]


def _whole(sum_bps: int) -> int:
    """How many deals so many basis points of deals count for."""
    return max(sum_bps // WHOLE_BPS, 1)


def _is_in(at: datetime | None, window: Window, label: str) -> bool:
    return at is not None and window_label(at, window) == label


def _spells(deal: Deal) -> Iterator[tuple[datetime | None, int, datetime]]:
    """The signing instants that the deal was known by (None: it was not the agency's), the agency's share of it then,
    and since when that was so."""
    instants = [*(once.signed_at for once in deal.moved), deal.signed_at]
    shares = [*(once.share_bps for once in deal.moved), deal.part.share_bps]
    first = deal.recorded_at or next(at for at in instants if at is not None)
    return zip(instants, shares, [first, *(once.until for once in deal.moved)], strict=True)


def _rate_window(
    deals: Sequence[Deal],
    places: Iterable[_Place],
    label: str,
    ladders: Mapping[Hashable, _Ladder],
    rated: list[Rated | None],
) -> None:
    """Write what the window's deals earn into ``rated``: those whose plan is among ``ladders``."""
    granted: set[str] = set()
    for position, rank, counted, here, by_share in places:
        deal = deals[position]
        ladder = ladders.get(deal.plan)
        if ladder is None:
            continue
        starts, tiers, graduated, cap_fen, forfeiture, counts_by_share = ladder
        if by_share is not None and counts_by_share:
            rank, counted = by_share
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
        rate_bps = tiers[paying].rate_bps
        pays_fen = (tiers[paying].fixed_fen or 0) if rate_bps is None else half_up(deal.price_fen, rate_bps)
        if cap_fen is not None and pays_fen > cap_fen:
            pays_fen = cap_fen
        if deal.part is not WHOLE:
            pays_fen = part_of(pays_fen, *deal.part)
        if forfeited:
            pays_fen = 0
        earned = (deal.deal_id, label, rank, counted, paying, rate_bps, pays_fen, benefit)
        rated[position] = tuple.__new__(Rated, earned)  # half the time that a named tuple's own way in takes


def _ladder(plan: Plan) -> _Ladder:
    by_share = plan.split_counts is SplitCounts.SHARE
    return _Ladder(plan.starts, plan.tiers, plan.mode is Mode.GRADUATED, plan.cap_fen, plan.forfeiture, by_share)


def _not_counted(deal: Deal, plans: Mapping[Any, Plan]) -> Rated:
    known = [deal.signed_at, *(once.signed_at for once in reversed(deal.moved))]
    signed_at = next((at for at in known if at is not None), None)
    label = None if signed_at is None else window_label(signed_at, plans[deal.plan].window)
    return Rated(deal.deal_id, label, None, None, None, 0, 0, None)
