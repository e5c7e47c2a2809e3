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

    correction_alone: int = 10_000
    """a correction of a deal that moves more than this needs a second person"""
    correction_most: int = 20_000_000
    """and one that moves more than this is refused"""

    second_approver: int = 1_000_000
    """a payout of more than this needs two approvers"""

    conflict_alone: int = 50_000
    """deciding whose a deal is, where its commission is more than this, needs a second person"""

    def approvals_needed(self, amount_fen: int) -> int:
        """How many approvers a payout needs: one, or two above the limit."""
        return 2 if self.second_approver and amount_fen > self.second_approver * 100 else 1

    def correction_needs_second(self, moved_fen: int) -> bool:
        """Whether a correction that moves so much, whichever way, takes two people."""
        return bool(self.correction_alone) and moved_fen > self.correction_alone * 100

    def check_correction(self, moved_fen: int) -> None:
        """Refuse a correction beyond the most. Raises Refusal `correction_too_large` with `most_fen`."""
        most_fen = self.correction_most * 100
        if most_fen and moved_fen > most_fen:
            raise Refusal("correction_too_large", moved_fen=moved_fen, most_fen=most_fen)

    def conflict_needs_second(self, at_stake_fen: int) -> bool:
        """Whether two people decide whose a deal of so much commission is."""
        return bool(self.conflict_alone) and at_stake_fen > self.conflict_alone * 100

    def check_adjustment(self, amount_fen: int) -> None:
        """Refuse an adjustment beyond the most. Raises Refusal `adjustment_too_large` with `most_fen`."""
        most_fen = self.adjustment_most * 100
        if most_fen and abs(amount_fen) > most_fen:
            raise Refusal("adjustment_too_large", field="amount", most_fen=most_fen)
