"""Why a deal earns what it earns: the facts behind a figure, as a line keeps them, made only when somebody asks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from commissions.money import WHOLE_BPS, format_bps, format_fen
from commissions.plan import Mode, Plan
from commissions.rating import Deal, Rated


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a deal earns what it earns: deal → rank → window → tier → plan → arithmetic (rules 5.7).

    Plain facts, so that they can be stored beside a posted line and worded in any language.
    ``not_counted`` is ``cancelled``, ``not_signed``, or ``given_away`` where a decision gave the deal to others; the
    rank, tier and rate are then None or zero.
    ``uncapped_fen`` is what the tier would pay, where the plan's cap keeps the commission below it.
    ``forfeited``: a strike stands against the deal's showing, so it keeps its rank and earns nothing.
    ``part_bps`` is the agency's part of a deal that others have a part in, ``whole_fen`` the commission it is cut from.
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
    part_bps: int | None = None
    whole_fen: int | None = None

    def sentence(self) -> str:
        """The facts as one plain English sentence, for files; pages word the facts themselves."""
        if self.not_counted is not None:
            reason = {"given_away": "given to others by a decision"}.get(self.not_counted, self.not_counted)
            reason = reason.replace("_", " ")
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
        whole_fen = self.commission_fen if self.whole_fen is None else self.whole_fen
        pays = format_fen(whole_fen if self.uncapped_fen is None else self.uncapped_fen)
        if self.rate_bps is None:
            yield f"fixed sum {pays}"
        else:
            yield f"{format_fen(self.price_fen)} x {format_bps(self.rate_bps)} = {pays}"
        if self.uncapped_fen is not None:
            yield f"capped at {format_fen(whole_fen)}"
        if self.part_bps is not None:
            yield f"part of the deal {format_bps(self.part_bps)} = {format_fen(self.commission_fen)}"
        if self.benefit is not None:
            yield f"first to reach its tier: {self.benefit}"


def explain(deal: Deal, rated: Rated, plan: Plan) -> Explanation:
    """The reasons behind ``rated``, which `rate` gave for ``deal`` under ``plan``."""
    not_counted = uncapped_fen = part_bps = whole_fen = None
    if rated.rank is None:
        gone = "given_away" if deal.moved else "not_signed"
        not_counted = gone if deal.signed_at is None else "cancelled"
    forfeited = deal.forfeited and plan.forfeiture and rated.rank is not None
    if rated.tier is not None and not forfeited:
        due_fen = plan.pay_fen(plan.tiers[rated.tier], deal.price_fen)
        if plan.cap_fen is not None:
            full_fen = replace(plan, cap_fen=None).pay_fen(plan.tiers[rated.tier], deal.price_fen)
            uncapped_fen = full_fen if full_fen > due_fen else None
        if deal.part.share_bps != WHOLE_BPS:
            part_bps, whole_fen = deal.part.share_bps, due_fen
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
        part_bps=part_bps,
        whole_fen=whole_fen,
    )
