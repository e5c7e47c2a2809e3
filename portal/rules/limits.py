"""How much money one hand may move: the owner's limits, of the whole portal.

They come from the settings (`PORTAL_ADJUSTMENT_MOST` and so on) and are whole yuan; 0 where a limit is to hold nothing
back. What a home may cost is each development's own (`policy`, `prices`).
"""

from dataclasses import dataclass

from commissions.refusal import Refusal


@dataclass(frozen=True, slots=True)
class MoneyLimits:
    """The limits, in yuan."""

    adjustment_most: int = 1_000_000
    """one adjustment comes to at most this, up or down"""

    def check_adjustment(self, amount_fen: int) -> None:
        """Refuse an adjustment beyond the most. Raises Refusal `adjustment_too_large` with `most_fen`."""
        most_fen = self.adjustment_most * 100
        if most_fen and abs(amount_fen) > most_fen:
            raise Refusal("adjustment_too_large", field="amount", most_fen=most_fen)
