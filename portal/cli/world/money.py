"""The money of the demo's year: each month's statements issued, invoiced, approved, sent and answered by the bank.

Last month is left to issue. Of the month before half the payouts wait for their approval; one invoice is still missing,
and one is over another sum.
"""

from datetime import datetime, timedelta

from fpdf import FPDF
from sqlalchemy import select

from commissions.money import format_fen
from commissions.refusal import Refusal

from ...access.actor import Actor
from ...adapters import bank
from ...clock import local_day, month_end, month_of
from ...models import Payout, PayoutBatch, PayoutState, Person, Role, Statement
from ...services import invoices, payout_batches, payouts, statements
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
        self.world.at(issued, lambda at: self._issue(at, month, slovenly=only_half))
        self.world.at(issued + timedelta(days=1), lambda at: self._approve(at, only_half=only_half))

    def _issue(self, at: datetime, month: str, *, slovenly: bool) -> None:
        rows = statements.issue_all(self.world.session, self.world.actor(Role.FINANCE), at, month=month)
        owing = [row for row in rows if row.payable_fen and row.agency_id]
        for place, row in enumerate(owing):
            if slovenly and place == 0:
                continue  # this agency takes its time
            fen = row.payable_fen - (100_00 if slovenly and place == 1 else 0)
            self.world.at(at + timedelta(hours=4), lambda later, row=row, fen=fen: self._bill(later, row, fen))

    def _bill(self, at: datetime, statement: Statement, fen: int) -> None:
        """The agency's principal sends an invoice."""
        of_agency = Person.agency_id == statement.agency_id, Person.role == Role.PRINCIPAL
        principal = self.world.session.scalars(select(Person).where(*of_agency)).first()
        assert principal is not None
        number = f"{self.world.random.randrange(10**8):08d}"
        paper = invoices.Paper(number, fen, local_day(at), _pdf(number, statement.number, fen, at))
        invoices.send_invoice(self.world.session, Actor.of(principal), at, self.world.files, statement, paper)

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


def _pdf(number: str, statement: str, fen: int, at: datetime) -> bytes:
    """A page that says that it is an invoice; a real one comes from the tax office's system."""
    page = FPDF(format="A5")
    page.set_creation_date(at)
    page.add_page()
    page.set_font("Helvetica", size=14)
    for line in (f"Invoice {number}", f"Commission, statement {statement}", f"CNY {format_fen(fen)}"):
        page.cell(text=line, new_x="LMARGIN", new_y="NEXT", h=10)
    return bytes(page.output())
