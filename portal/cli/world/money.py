"""The money of the demo's year: each month closed, invoiced, approved, sent and answered by the bank.

Last month is left to close, and a showing that nobody has looked at holds it back. Of the month before half the payouts
wait for their approval: one invoice is still missing, one is over another sum. A payment of the month before that has
come back, and one file is at the bank. A home whose commission waits for an invoice was given back
since, which holds that payment too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from commissions.payout import Check
from commissions.refusal import Refusal
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import Kind

from ...access.actor import Actor
from ...adapters import bank
from ...clock import local_day, month_end
from ...models import (
    Deal,
    Invoice,
    MilestoneKind,
    Payout,
    PayoutBatch,
    PayoutState,
    Person,
    PostedLine,
    Registration,
    Reward,
    Role,
    Statement,
    StatementLine,
    Voucher,
)
from ...services.deals import deals
from ...services.payouts import bank_answers, bank_files, failed_payouts, holds, invoices, payouts
from ...services.periods import periods
from ...services.periods import worker as close_worker
from ...services.rewards import goods as reward_goods
from ...services.rewards import payments as reward_payments
from ...services.rewards import rewards
from ...services.showings import check_ins
from ...services.vouchers import redeeming, vouchers
from .sample_documents import TAX_NUMBER, invoice_page
from .timeline import World

_BUSY = "收款行系统维护，请稍后再付"
_AT_ONCE = 3
"""So many rewards in kind are approved at a month's end; the others wait in the queue."""
_WRONG_HOLDER = "户名与账号不符"


class Money:
    """Plans the months' ends into the world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def plan(self) -> None:
        """The steps after each month's end, by their pairs of hands."""
        world = self.world
        *settled, slovenly, last = world.year.months
        for number, month in enumerate(settled):
            fails = {len(settled) // 2: _BUSY, len(settled) - 1: _WRONG_HOLDER}.get(number)
            self._close(month)
            self._approve_later(month)
            sent = month_end(month) + timedelta(days=4, hours=10)
            surely = fails == _WRONG_HOLDER  # earlier months may have been quiet
            world.at(sent, partial(self._send, fails=fails), surely=surely)
        self._close(slovenly, slovenly=True)
        self._approve_later(slovenly, only_half=True)
        world.at(world.lately(2), lambda at: self._come_again(at, last), surely=True)
        world.at(world.lately(1), self._leave_at_bank, surely=True)

    # A month's end

    def _close(self, month: str, *, slovenly: bool = False) -> None:
        self.world.at(month_end(month) - timedelta(hours=6), self._reward)
        closed = month_end(month) + timedelta(days=2, hours=10)
        self.world.at(closed, lambda at: self._seal(at, month, slovenly=slovenly), surely=True)

    def _reward(self, at: datetime) -> None:
        """What is due to referrers in money is approved, and so taxed; of what is given in kind some is handed out."""
        rewards.due_rewards(self.world.session, at)
        due = select(Reward.id).where(Reward.state == RewardState.DUE, Reward.kind == Kind.CASH)
        ids = self.world.session.scalars(due).all()
        reward_payments.approve_rewards(self.world.session, self.world.actor(Role.CHANNEL_MANAGER), at, ids)
        goods = select(Reward.id).where(Reward.state == RewardState.DUE, Reward.kind != Kind.CASH).order_by(Reward.id)
        ready = self.world.session.scalars(goods).all()
        issued, _ = reward_goods.approve_goods(self.world.session, self.world.actor(Role.FINANCE), at, ready[:_AT_ONCE])
        for voucher in issued:
            if voucher.kind is Kind.VOUCHER:
                self.world.at(at + timedelta(days=4), partial(self._redeem, voucher=voucher))

    def _redeem(self, at: datetime, voucher: Voucher) -> None:
        """A referrer shows a voucher at the desk."""
        session, development_id = self.world.session, voucher.development_id
        text = vouchers.qr_text(session, voucher)
        reception = self.world.actor(Role.RECEPTION)
        redeeming.redeem_voucher(
            session, reception, at, text=text, development_id=development_id, key=f"demo-{voucher.id}"
        )

    def _seal(self, at: datetime, month: str, *, slovenly: bool) -> None:
        world = self.world
        period = periods.start_close(world.session, world.actor(Role.FINANCE), at, month=month)
        close_worker.run(world.database, lambda: at, period.id)
        issued = select(Statement).where(Statement.month == month).order_by(Statement.id)
        owing = [row for row in world.session.scalars(issued) if row.payable_fen and row.agency_id]
        for place, row in enumerate(owing):
            if slovenly and place == 1:
                continue  # this agency takes its time
            fen = row.payable_fen - (100_00 if slovenly and place == 0 else 0)
            world.at(at + timedelta(hours=4), partial(self._bill, statement=row, fen=fen))

    def _bill(self, at: datetime, statement: Statement, fen: int) -> None:
        """The agency's principal sends an invoice."""
        of_agency = Person.agency_id == statement.agency_id, Person.role == Role.PRINCIPAL
        principal = self.world.session.scalars(select(Person).where(*of_agency)).one()
        number = f"{self.world.random.randrange(10**8):08d}"
        paper = invoices.Paper(number, fen, local_day(at), invoice_page(number, statement.number, fen, at))
        row = invoices.send_invoice(self.world.session, Actor.of(principal), at, self.world.files, statement, paper)
        if fen == statement.payable_fen:
            self.world.at(at + timedelta(hours=2), lambda later: self._check(later, row))

    def _check(self, at: datetime, invoice: Invoice) -> None:
        """Finance looks at the PDF, and lets it count."""
        finance, fen = self.world.actor(Role.FINANCE), invoice.amount_fen
        invoices.check_invoice(
            self.world.session, finance, at, invoice, read_fen=fen, tax_number=TAX_NUMBER, tax_bps=600
        )

    # To the bank and back

    def _approve_later(self, month: str, *, only_half: bool = False) -> None:
        approved = month_end(month) + timedelta(days=3, hours=10)
        self.world.at(approved, lambda at: self._approve(at, only_half=only_half), surely=True)

    def _approve(self, at: datetime, *, only_half: bool) -> None:
        """What is held stays requested, as by a frozen broker's deal."""
        requested = self._in_state(PayoutState.REQUESTED)
        chosen = requested[len(requested) // 2 :] if only_half else requested
        payouts.approve_payouts(self.world.session, self.world.actor(Role.APPROVER), at, chosen)
        large = [one for one in chosen if one.first_approval and one.state is PayoutState.REQUESTED]
        second = self.world.second_approver
        assert second is not None  # the world begins with its people
        payouts.approve_payouts(self.world.session, Actor.of(second), at, large)

    def _send(self, at: datetime, fails: str | None) -> None:
        batch, _ = bank_files.export_payouts(self.world.session, self.world.actor(Role.CASHIER), at)
        self.world.at(at + timedelta(days=1), lambda later: self._answer(later, batch, fails), surely=True)

    def _leave_at_bank(self, at: datetime) -> None:
        """One payment that may go is sent, and the bank has not answered yet, whatever the hour of the year's end; of
        another its answer says that it did not arrive, which nobody has confirmed."""
        session, cashier = self.world.session, self.world.actor(Role.CASHIER)
        first, *more = bank_files.readiness(session, cashier, at).ready
        bank_files.export_payouts(session, cashier, at, [first.id])
        if len(more) > 1:  # the others stay for the next bank file
            batch, _ = bank_files.export_payouts(session, cashier, at, [more[0].id])
            self._import(at, batch, _WRONG_HOLDER)
        self._give_home_back(at)

    def _give_home_back(self, at: datetime) -> None:
        """A home is given back whose commission stands in a payment that waits for its invoice as it is."""
        session, requested = self.world.session, self._in_state(PayoutState.REQUESTED)
        held = holds.found(session, at, requested)
        waiting = [one.statement_id for one in requested if one.agency_id and Check.INVOICE_EQUAL in held[one.id]]
        paid = (
            select(Deal)
            .join(PostedLine, PostedLine.deal_id == Deal.id)
            .join(StatementLine, StatementLine.line_id == PostedLine.id)
            .where(StatementLine.statement_id.in_(waiting[-1:]), Deal.cancelled_at.is_(None))
        )
        if deal := session.scalars(paid.order_by(Deal.id.desc()).limit(1)).first():
            why = "买方贷款未获批，双方协商退房。"
            manager, kind = self.world.actor(Role.CHANNEL_MANAGER), MilestoneKind.CANCELLED
            deals.record_milestone(session, manager, at, deal, kind=kind, at=at, note=why)

    def _answer(self, at: datetime, batch: PayoutBatch, fails: str | None) -> None:
        """The bank pays all but the last; where only its own system was busy, that one is asked for anew."""
        session = self.world.session
        self._import(at, batch, fails)
        for row in session.scalars(bank_answers.listing(self.world.actor(Role.APPROVER), waiting=True)):
            bank_answers.confirm_answer(session, self.world.actor(Role.APPROVER), at, row)
        if fails and not bank.blames_account(fails):
            finance = self.world.actor(Role.FINANCE)
            failed_payouts.request_again(session, finance, at, [one.id for one in self._in_state(PayoutState.FAILED)])

    def _import(self, at: datetime, batch: PayoutBatch, fails: str | None) -> None:
        """The cashier takes in the bank's answer: it pays all, or all but the last."""
        session = self.world.session
        payments = bank.read_payments(bank_files.file_of(session, batch))
        failing = {payments[-1].reference: fails} if fails else {}
        read, cashier = bank.read_answer(bank.answer(payments, failing)), self.world.actor(Role.CASHIER)
        bank_files.import_result(session, cashier, at, batch, read, name="result.csv")

    def _in_state(self, state: PayoutState) -> Sequence[Payout]:
        return self.world.session.scalars(select(Payout).where(Payout.state == state).order_by(Payout.id)).all()

    # What the board finds

    def _come_again(self, at: datetime, month: str) -> None:
        """A buyer of the month looks at his home once more, and nobody at reception has confirmed it yet."""
        session = self.world.session
        bought = (
            select(Registration)
            .join(Deal, Deal.touch_id == Registration.touch_id)
            .where(Deal.signed_at < month_end(month), Deal.cancelled_at.is_(None))
            .order_by(Deal.signed_at.desc())
        )
        for registration in session.scalars(bought):
            try:
                with session.begin_nested():
                    broker = Actor.of(registration.broker)
                    check_ins.check_in_at_reception(session, broker, at, registration=registration)
            except Refusal:
                continue  # his broker is frozen
            return
