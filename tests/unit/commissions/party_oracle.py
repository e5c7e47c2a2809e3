"""What one agency ought to have been paid of deals that others have a part in: worked out slowly, event by event.

It shares no code with `commissions.rating`, `commissions.parts` and `commissions.accrual`. It lives through all events
and thinks of one agency alone: a seal is a photograph of what that agency had then, and of how much of it; whoever
comes into a sealed window later is written under it. Amounts are fractions until they are rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.unit.commissions.slow_oracle import Event, Terms, labels, rounded


@dataclass
class Shared:
    """A deal as the events left it: who has how much of it, in their order."""

    price_fen: int
    signed_at: Any
    parts: Sequence[tuple[str, int]]
    reached: set[str] = field(default_factory=lambda: {"signed"})
    cancelled: bool = False


@dataclass
class Photograph:
    """A sealed window's deals in their ranks, with how much of each the agency had; the first were there then."""

    ranks: list[tuple[int, int]]
    at_seal: int


@dataclass
class PartyOracle:
    """One agency's world, under one plan; ``by_share`` says how that counts deals in parts."""

    agency: str
    terms: Terms
    by_share: bool
    deals: dict[int, Shared] = field(default_factory=dict)
    photographs: dict[str, Photograph] = field(default_factory=dict)

    def happen(self, event: Event) -> None:
        deal = self.deals.get(event.subject)
        if event.what == "seal":
            self._seal(event.subject)
        elif event.what == "sign":
            if deal is None:
                at, price_fen, who = event.value
                self.deals[event.subject] = Shared(price_fen, at, [(who, 10_000)])
                self._write_under(event.subject)
        elif deal is None or deal.cancelled:
            return
        elif event.what == "cancel":
            deal.cancelled = True
        elif event.what == "reach":
            deal.reached.add(event.value)
        elif event.what == "price":
            deal.price_fen = event.value
        elif event.what == "date":
            deal.signed_at = event.value
            self._write_under(event.subject)
        elif event.what == "decide":
            deal.parts = event.value
            self._write_under(event.subject)

    def share(self, deal_id: int) -> int:
        return dict(self.deals[deal_id].parts).get(self.agency, 0)

    def _seal(self, label: str) -> None:
        if label not in self.photographs:
            ranks = [(deal_id, self.share(deal_id)) for _at, deal_id in self._there(label)]
            self.photographs[label] = Photograph(ranks, len(ranks))

    def _there(self, label: str) -> list[tuple[Any, int]]:
        return sorted(
            (deal.signed_at, key)
            for key, deal in self.deals.items()
            if not deal.cancelled and self.share(key) and label in labels(deal.signed_at)
        )

    def _write_under(self, deal_id: int) -> None:
        for label, photograph in self.photographs.items():
            inside = self.share(deal_id) and label in labels(self.deals[deal_id].signed_at)
            if inside and deal_id not in [key for key, _share in photograph.ranks]:
                photograph.ranks.append((deal_id, self.share(deal_id)))

    def ledger(self) -> dict[tuple[int, str], int]:
        """What the agency ought to have been posted by now, by deal and instalment."""
        held = {}
        for deal_id, deal in self.deals.items():
            if deal.cancelled or not self.share(deal_id):
                continue
            whole, so_far, given = self._commission(deal_id), 0, 0
            for milestone, share_bps in self.terms.parts:
                so_far += share_bps
                upto = rounded(Fraction(whole * so_far, 10_000))
                if milestone in deal.reached and upto != given:
                    held[deal_id, milestone] = upto - given
                given = upto
        return held

    def _commission(self, deal_id: int) -> int:
        deal, terms = self.deals[deal_id], self.terms
        rank, count = self._standing(deal_id)
        reach = count if terms.by_count else rank
        bps, fixed_fen = next((bps, fixed) for last, bps, fixed in terms.steps if last is None or reach <= last)
        pay = fixed_fen if bps is None else rounded(Fraction(deal.price_fen * bps, 10_000))
        pay = pay if terms.cap_fen is None else min(pay, terms.cap_fen)
        names = [who for who, _share in deal.parts]
        before = sum(share for _who, share in deal.parts[: names.index(self.agency)])
        upto = rounded(Fraction(pay * (before + self.share(deal_id)), 10_000))
        return upto - rounded(Fraction(pay * before, 10_000))

    def _standing(self, deal_id: int) -> tuple[int, int]:
        label = labels(self.deals[deal_id].signed_at)[("month", "quarter", "year", "agreement").index(self.terms.span)]
        photograph = self.photographs.get(label)
        if photograph is None:
            ranks = [(key, self.share(key)) for _at, key in self._there(label)]
            photograph = Photograph(ranks, len(ranks))
        place = [key for key, _share in photograph.ranks].index(deal_id) + 1
        there = max(place, photograph.at_seal)
        if not self.by_share:
            return place, there
        return self._counted(photograph, place), self._counted(photograph, there)

    @staticmethod
    def _counted(photograph: Photograph, places: int) -> int:
        return max(1, int(Fraction(sum(share for _key, share in photograph.ranks[:places]), 10_000)))


def one_plan(terms: Terms, by_share: bool, agencies: Sequence[str]) -> Mapping[str, PartyOracle]:
    """The oracles of some agencies that are paid by the same plan."""
    return {agency: PartyOracle(agency, terms, by_share) for agency in agencies}
