"""What every deal ought to have been paid, worked out slowly from the rules' text (4.4, 5.1 to 5.6) and nothing else.

It shares no code with `commissions.rating` and `commissions.accrual`, and it thinks differently: it lives through the
events one by one and never looks at a clock. A seal is a photograph of the ranks; whoever comes into a sealed window
later is written under them. Amounts are fractions until they are rounded. It knows plans as plain tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple


class Event(NamedTuple):
    """Something that happens: ``what`` to a deal, or to a window by its label; ``value`` says the rest."""

    what: str
    subject: Any
    value: Any = None


@dataclass(frozen=True)
class Terms:
    """A plan as the oracle knows it: ``steps`` are (last rank or None, basis points or None, fixed fen or None)."""

    steps: Sequence[tuple[int | None, int | None, int | None]]
    parts: Sequence[tuple[str, int]]
    by_count: bool = False
    span: str = "month"
    everywhere: bool = False
    cap_fen: int | None = None
    forfeiture: bool = True


@dataclass
class Sold:
    """A deal as the events left it."""

    development: str
    price_fen: int
    signed_at: datetime
    plan: str
    reached: set[str] = field(default_factory=lambda: {"signed"})
    cancelled: bool = False
    strikes: int = 0


@dataclass
class Photograph:
    """The ranks of a sealed window: the first ``at_seal`` were there when it was sealed, the others came later."""

    ranks: list[int]
    at_seal: int


@dataclass
class Oracle:
    """One agency's world. ``homes`` says which development a deal is in."""

    terms: Mapping[str, Terms]
    homes: Mapping[int, str]
    deals: dict[int, Sold] = field(default_factory=dict)
    photographs: dict[tuple[str | None, str], Photograph] = field(default_factory=dict)

    def happen(self, event: Event) -> None:
        """Live through an event; one that makes no sense by now changes nothing."""
        if event.what == "seal":
            self._seal(event.subject)
            return
        deal = self.deals.get(event.subject)
        if event.what == "sign":
            if deal is None:
                at, price_fen, plan = event.value
                self.deals[event.subject] = Sold(self.homes[event.subject], price_fen, at, plan)
                self._write_under(event.subject)
        elif deal is not None and event.what in ("strike", "void"):
            deal.strikes = max(deal.strikes + (1 if event.what == "strike" else -1), 0)
        elif deal is not None and not deal.cancelled:
            self._change(event.subject, deal, event)

    def _change(self, deal_id: int, deal: Sold, event: Event) -> None:
        if event.what == "cancel":
            deal.cancelled = True
        elif event.what == "reach":
            deal.reached.add(event.value)
        elif event.what == "price":
            deal.price_fen = event.value
        elif event.what == "plan":
            deal.plan = event.value
        elif event.what == "date":
            deal.signed_at = event.value
            self._write_under(deal_id)

    def _seal(self, label: str) -> None:
        for place in (None, *sorted(set(self.homes.values()))):
            if (place, label) in self.photographs:
                continue
            there = [
                (deal.signed_at, deal_id)
                for deal_id, deal in self.deals.items()
                if not deal.cancelled and label in labels(deal.signed_at) and place in (None, deal.development)
            ]
            ranks = [deal_id for _at, deal_id in sorted(there)]
            self.photographs[place, label] = Photograph(ranks, len(ranks))

    def _write_under(self, deal_id: int) -> None:
        deal = self.deals[deal_id]
        for (place, label), photograph in self.photographs.items():
            inside = label in labels(deal.signed_at) and place in (None, deal.development)
            if inside and deal_id not in photograph.ranks:
                photograph.ranks.append(deal_id)

    def ledger(self) -> dict[tuple[int, str], int]:
        """What ought to have been posted by now, in fen, by deal and instalment; without what comes to nothing."""
        held = {}
        for deal_id, deal in self.deals.items():
            parts = self.terms[deal.plan].parts
            for (milestone, _share), fen in zip(parts, self._instalments(deal_id), strict=True):
                if milestone in deal.reached and fen:
                    held[deal_id, milestone] = fen
        return held

    def _instalments(self, deal_id: int) -> list[int]:
        terms = self.terms[self.deals[deal_id].plan]
        whole, so_far, given, parts = self._commission(deal_id), 0, 0, []
        for _milestone, share_bps in terms.parts:
            so_far += share_bps
            upto = rounded(Fraction(whole * so_far, 10_000))
            parts.append(upto - given)
            given = upto
        return parts

    def _commission(self, deal_id: int) -> int:
        deal = self.deals[deal_id]
        terms = self.terms[deal.plan]
        if deal.cancelled or (deal.strikes and terms.forfeiture):
            return 0
        rank, count = self._standing(deal_id, terms)
        reach = count if terms.by_count else rank
        bps, fixed_fen = next((bps, fixed) for last, bps, fixed in terms.steps if last is None or reach <= last)
        pay = fixed_fen if bps is None else rounded(Fraction(deal.price_fen * bps, 10_000))
        return pay if terms.cap_fen is None else min(pay, terms.cap_fen)

    def _standing(self, deal_id: int, terms: Terms) -> tuple[int, int]:
        """The deal's rank, and the count that sets its rate where all deals are paid by the count."""
        deal = self.deals[deal_id]
        label = labels(deal.signed_at)[("month", "quarter", "year", "agreement").index(terms.span)]
        place = None if terms.everywhere else deal.development
        photograph = self.photographs.get((place, label))
        if photograph is not None:
            rank = photograph.ranks.index(deal_id) + 1
            return rank, max(rank, photograph.at_seal)
        others = [
            (other.signed_at, key)
            for key, other in self.deals.items()
            if not other.cancelled and label in labels(other.signed_at) and place in (None, other.development)
        ]
        return sorted(others).index((deal.signed_at, deal_id)) + 1, len(others)


def labels(at: datetime) -> tuple[str, str, str, str]:
    """The month, quarter, year and agreement of an instant in Shanghai."""
    local = at + timedelta(hours=8)  # instants here are in UTC
    return f"{local:%Y-%m}", f"{local.year}-Q{-(-local.month // 3)}", f"{local.year}", "agreement"


def rounded(amount: Fraction) -> int:
    """To the fen, half up."""
    return floor(amount + Fraction(1, 2))
