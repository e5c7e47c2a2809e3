"""The money of the demo's year: each month's statements issued, approved, sent and answered by the bank.

Last month is left to issue, and of the month before half the payouts wait for their approval.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from commissions.refusal import Refusal

from ...adapters import bank
from ...clock import month_end, month_of
from ...models import Payout, PayoutBatch, PayoutState, Role
from ...services import payout_batches, payouts, statements
from .stage import World


class Money:
    """Plans the months' ends into the world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def plan(self) -> None:
        """The steps after each month's end, by their pairs of hands."""
        world = self.world
        ends = [world.begins]
        while month_end(month_of(ends[-1])) < world.ends:
            ends.append(month_end(month_of(ends[-1])))
        *settled, left_open = [month_of(begins) for begins in ends[:-2]]
        for month in settled:
            self._close(month, only_half=False)
            world.at(month_end(month) + timedelta(days=4, hours=10), self._send)
        self._close(left_open, only_half=True)

    def _close(self, month: str, *, only_half: bool) -> None:
        issued = month_end(month) + timedelta(days=2, hours=10)
        self.world.at(issued, lambda at: self._issue(at, month))
        self.world.at(issued + timedelta(days=1), lambda at: self._approve(at, only_half=only_half))

    def _issue(self, at: datetime, month: str) -> None:
        statements.issue_all(self.world.session, self.world.actor(Role.FINANCE), at, month=month)

    def _approve(self, at: datetime, *, only_half: bool) -> None:
        requested = self._in_state(PayoutState.REQUESTED)
        for payout in requested[: len(requested) // 2] if only_half else requested:
            try:
                with self.world.session.begin_nested():
                    payouts.approve_payout(self.world.session, self.world.actor(Role.APPROVER), at, payout)
            except Refusal:
                continue  # held, as by a frozen broker's deal: it stays requested

    def _send(self, at: datetime) -> None:
        if self._in_state(PayoutState.APPROVED):
            batch, _ = payout_batches.export_payouts(self.world.session, self.world.actor(Role.CASHIER), at)
            self.world.at(at + timedelta(days=1), lambda later: self._answer(later, batch))

    def _answer(self, at: datetime, batch: PayoutBatch) -> None:
        payments = bank.read_payments(payout_batches.file_of(self.world.session, batch))
        data = bank.answer(payments, {})
        payout_batches.import_result(self.world.session, self.world.actor(Role.CASHIER), at, batch, data)

    def _in_state(self, state: PayoutState) -> list[Payout]:
        return list(self.world.session.scalars(select(Payout).where(Payout.state == state).order_by(Payout.id)))
