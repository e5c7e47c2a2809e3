"""From targets to lines: what a deal ought to have been paid, minus what was posted, is what to post.

The target is recomputed from all facts every time, the ledger only grows (rules 5.4). So nothing has to
know which event came first, running twice posts nothing, and no posted line is ever edited.

Sealing (rules 5.5): until finance seals a window, a cancellation re-ranks it and every deal's delta is
posted. From the seal on each deal answers for itself alone. The window keeps its ranks, so a deal
cancelled then loses its own commission and moves nobody; an instalment that falls due later is paid at
the rate the window was sealed at; a corrected price changes that deal's own figures only; a signing that is
recorded late, or that a corrected date or a decision brings in, queues up behind the sealed ranks; and a deal that
one of these takes away leaves its place empty.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any

from commissions.explanation import Explanation, explain
from commissions.money import allocate, format_bps, format_fen
from commissions.plan import Plan
from commissions.rating import NEVER_SEALED, Deal, Rated, Seals, rate

Posted = Mapping[tuple[int, str], int]
"""What the ledger already holds: net fen by (deal id, milestone)."""


class Cause(StrEnum):
    """Why a line was posted (rules 5.4)."""

    ACCRUAL = "accrual"
    """The first line of a deal."""
    INSTALMENT = "instalment"
    """The first line of a further milestone of a deal."""
    TOP_UP = "top_up"
    """More for what was posted before: the count reached a higher tier, or a rank moved up."""
    CLAWBACK = "clawback"
    """The negative of what was posted for a deal that was cancelled."""
    RE_RANK = "re_rank"
    """Less for what was posted before, because other deals of the window changed."""
    CORRECTION = "correction"
    """More or less because a person corrected a fact: a price, a date, a plan, whose the deal is."""
    FORFEITURE = "forfeiture"
    """The deal of a showing that was confirmed fake earns nothing; given back when the strike is voided (rules 4.4)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One amount to post for a deal's instalment, signed, never zero, with everything that explains it.

    ``target_fen`` is what the instalment ought to come to, ``posted_fen`` what was there before;
    ``amount_fen`` is the difference.
    """

    deal_id: int
    milestone: str
    cause: Cause
    amount_fen: int
    target_fen: int
    posted_fen: int
    share_bps: int
    rating: Explanation

    def facts(self) -> dict[str, object]:
        """Everything as plain values for storing beside the line, from the deal to the cause."""
        values = (*_told(self.rating), *_stated(self))  # asdict copies them: ten times as slow
        return dict(zip((*_TOLD, *_STATED), values, strict=True))

    def sentence(self) -> str:
        """The line in plain English, for files; pages word the facts themselves."""
        target = format_fen(self.target_fen)
        part = f"{format_bps(self.share_bps)} at {self.milestone} = {target}"
        delta = f"{target} - {format_fen(self.posted_fen)} posted = {format_fen(self.amount_fen)}"
        return f"{self.rating.sentence()}; {part}; {self.cause}: {delta}"


_TOLD = tuple(one.name for one in fields(Explanation))
_STATED = tuple(one.name for one in fields(Line) if one.name != "rating")
_told, _stated = attrgetter(*_TOLD), attrgetter(*_STATED)


def accrue(
    deals: Iterable[Deal],
    plans: Mapping[Any, Plan],
    posted: Posted,
    cause: Cause | None = None,
    sealed: Seals = NEVER_SEALED,
    about: Collection[int] | None = None,
    rated: Sequence[Rated] | None = None,
) -> tuple[Line, ...]:
    """The lines that bring ``posted`` to the target of ``deals``; none when it is there already.

    Give all deals of the windows concerned (see `rate`) and everything posted for them. Lines come in
    the order of the deals, and of the plan's instalments. Each line's cause follows from its own facts;
    pass `Cause.CORRECTION` when a person corrected a fact, or `Cause.FORFEITURE` when one was given back, and later
    lines of the deals that it is ``about`` say so (None: of all live deals). ``rated`` are the deals as `rate` has
    them, where the caller knows that already; ``sealed`` is not asked then.
    """
    deals = list(deals)
    posted_by_deal: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for (deal_id, milestone), amount_fen in posted.items():
        posted_by_deal[deal_id][milestone] = amount_fen
    return tuple(
        line
        for deal, earned in zip(deals, rate(deals, plans, sealed) if rated is None else rated, strict=True)
        for line in _deltas(
            deal,
            earned,
            plans[deal.plan],
            posted_by_deal.get(deal.deal_id, {}),
            cause if about is None or deal.deal_id in about else None,
        )
    )


def target(deal: Deal, rated: Rated, plan: Plan) -> dict[str, int]:
    """What each instalment of the plan ought to come to by now, in fen; zero until its milestone."""
    parts = allocate(rated.commission_fen, plan.shares_bps)
    return {
        instalment.milestone: part if instalment.milestone in deal.reached else 0
        for instalment, part in zip(plan.instalments, parts, strict=True)
    }


def _deltas(deal: Deal, rated: Rated, plan: Plan, posted: Mapping[str, int], cause: Cause | None) -> Iterator[Line]:
    targets = target(deal, rated, plan)
    if targets == posted:
        return
    shares = dict(zip(targets, plan.shares_bps, strict=True))
    for milestone in dict.fromkeys([*targets, *posted]):  # a corrected plan may have dropped an instalment
        target_fen, posted_fen = targets.get(milestone, 0), posted.get(milestone, 0)
        if target_fen != posted_fen:
            yield Line(
                deal_id=deal.deal_id,
                milestone=milestone,
                cause=_cause(deal, plan, milestone, target_fen - posted_fen, posted, cause),
                amount_fen=target_fen - posted_fen,
                target_fen=target_fen,
                posted_fen=posted_fen,
                share_bps=shares.get(milestone, 0),
                rating=explain(deal, rated, plan),
            )


def _cause(
    deal: Deal, plan: Plan, milestone: str, delta_fen: int, posted: Mapping[str, int], given: Cause | None
) -> Cause:
    if deal.cancelled_at is not None:
        return Cause.CLAWBACK
    if deal.forfeited and plan.forfeiture:
        return Cause.FORFEITURE
    if milestone not in posted:
        first = next(part.milestone for part in plan.instalments if part.milestone in deal.reached)
        return Cause.ACCRUAL if not posted and milestone == first else Cause.INSTALMENT
    if given is not None:
        return given
    return Cause.TOP_UP if delta_fen > 0 else Cause.RE_RANK
