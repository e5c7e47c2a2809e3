"""Redeeming a voucher exactly once, and paying bills of property management out of a fee relief (rules 7.4).

The rule (`referral.voucher`) says what a try means; a conditional update decides who was first, and one redemption row
a voucher says it once more. Whoever sends the same again, because the answer was lost, hears that it is done.

Locks, in this order: the referrer's row (as for whoever settles rewards), the voucher's, the stock's, the reward's, the
person's, the ledger last.
"""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import count

from sqlalchemy import case, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral import voucher as rule
from referral.rewards import reward as rewards_rule
from referral.rewards.reward_plan import Kind
from referral.voucher import Attempt, Verdict, VoucherState

from ...access.actor import Actor
from ...clock import local_day, month_of
from ...models import RedeemedBy, Redemption, ReliefBill, Reward, Voucher
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit
from ..inserts import insert_unless_there
from ..taxes import withholding
from . import stocks, vouchers

LONGEST_KEY = 40


@dataclass(frozen=True, slots=True)
class Redeeming:
    """A redemption that stands; `again` when it stood already and the same hand asked once more."""

    voucher: Voucher
    redemption: Redemption
    again: bool


@dataclass(frozen=True, slots=True)
class Relief:
    """A bill that a fee relief paid; `again` when it was paid already."""

    voucher: Voucher
    bill: ReliefBill
    again: bool


def redeem_voucher(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    text: str,
    development_id: int,
    key: str,
    starts_on: date | None = None,
) -> Redeeming:
    """Redeem what a scanned or typed text names, where the actor stands. `key`: that of the page it is sent from.

    `starts_on`: the first day of a parking space, today unless given. Raises Refusal: those of `vouchers.by_text`,
    `referral.voucher.judge` and `first_day`; `out_of_stock`; `own_reward`, `own_approval`; `no_tax_table` for goods
    of a value.
    """
    voucher, scanned = vouchers.by_text(session, text)
    refuse_own(actor, voucher)
    attempt = Attempt(development_id, actor.id, key[:LONGEST_KEY])
    way = RedeemedBy.TYPED if scanned.signature is None else RedeemedBy.SCANNED
    with session.begin_nested():  # a stock that is out undoes the move
        hold(session, voucher)
        while True:
            if rule.judge(_facts(voucher), attempt, now) is Verdict.ALREADY_DONE:
                return Redeeming(voucher, _redemption(session, voucher), again=True)
            if _move(session, now, voucher):
                break
            hold(session, voucher)
        stocks.take_one(session, development_id, voucher.title)
        redemption = _store(session, now, voucher, attempt, way, starts_on)
        _fulfil(session, actor, now, voucher)
        if voucher.kind is Kind.VOUCHER and voucher.value_fen:
            _tax(session, actor, now, voucher, f"voucher:{voucher.id}", voucher.value_fen)
    audit.record(session, actor, now, "voucher_redeemed", voucher, way=way, development_id=development_id)
    vouchers.tell_of(session, actor, now, "voucher_redeemed", voucher, development_id)
    return Redeeming(voucher, redemption, again=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A management fee's bill that is to be paid out of a voucher, where the actor stands."""

    development_id: int
    number: str
    months: int
    amount_fen: int


def apply_relief(session: Session, actor: Actor, now: datetime, text: str, bill: Bill) -> Relief:
    """Pay so many months of a bill out of a fee relief. The same bill again is paid already, not twice.

    Raises Refusal: those of `vouchers.by_text`, `referral.voucher.relieve`, `check_amount` and `bill_number`;
    `bill_differs` for a bill that was paid with other figures, `bill_paid_before` out of another voucher of the same
    owner; `own_reward`, `own_approval`; `no_tax_table`.
    """
    voucher, _scanned = vouchers.by_text(session, text)
    with session.begin_nested():
        hold(session, voucher)
        found = look_up_bill(session, actor, now, voucher, bill)
        if isinstance(found, ReliefBill):
            return Relief(voucher, found, again=True)
        _draw(session, now, voucher, bill.months)
        facts = {"bill": rule.bill_number(bill.number), "months": bill.months, "amount_fen": bill.amount_fen}
        row = ReliefBill(voucher=voucher, reference=found, by_id=actor.id, at=now, **facts)
        session.add(row)
        session.flush()
        _fulfil(session, actor, now, voucher)
        _tax(session, actor, now, voucher, f"relief:{row.id}", bill.amount_fen)
    audit.record(session, actor, now, "fee_relieved", voucher, months=bill.months, amount_fen=bill.amount_fen)
    vouchers.tell_of(session, actor, now, "fee_relieved", voucher, bill.development_id)
    return Relief(voucher, row, again=False)


def look_up_bill(session: Session, actor: Actor, now: datetime, voucher: Voucher, bill: Bill) -> ReliefBill | str:
    """The bill that a voucher has paid with just these figures, or the reference under which it may pay it now.

    Nothing is written. Raises Refusal, as `apply_relief`.
    """
    refuse_own(actor, voucher)
    number = rule.bill_number(bill.number)
    there, reference = _bill_there(session, voucher, number)
    if there is not None:
        if there.voucher_id != voucher.id:
            raise Refusal("bill_paid_before", bill=number, at=there.at, field="bill")
        if (there.months, there.amount_fen) != (bill.months, bill.amount_fen):
            raise Refusal("bill_differs", field="bill")
        return there
    rule.relieve(_facts(voucher), bill.development_id, bill.months, now)
    rule.check_amount(bill.months, bill.amount_fen, Policy.of(voucher.development.policy).fee_month_yuan * 100)
    return reference


def refusal_of(actor: Actor, now: datetime, voucher: Voucher, development_id: int | None) -> Refusal | None:
    """Why a voucher that is being looked at could not be redeemed here and now, or None.

    The same no as `redeem_voucher` and `apply_relief` would give, before anybody presses anything.
    """
    place = voucher.development_id if development_id is None else development_id
    facts = _facts(voucher)
    try:
        refuse_own(actor, voucher)
        if voucher.kind is Kind.FEE_RELIEF:
            rule.relieve(facts, place, 1, now)
        else:
            rule.judge(facts, Attempt(place, actor.id, key=""), now)
    except Refusal as refusal:
        return refusal
    return None


def refuse_own(actor: Actor, voucher: Voucher) -> None:
    """Who gets it, and who approved or issued it, does not hand it out: a reward passes through two hands.

    Raises Refusal `own_reward` or `own_approval`.
    """
    if voucher.holder_id is not None and voucher.holder_id == actor.person_id:
        raise Refusal("own_reward")
    if voucher.reward is not None and actor.person_id in (voucher.reward.approved_by, voucher.issued_by):
        raise Refusal("own_approval")
    if voucher.reference.startswith("promise:") and actor.person_id == voucher.issued_by:
        raise Refusal("own_approval")


def hold(session: Session, voucher: Voucher) -> None:
    """Let nobody else settle the holder's rewards, or move the voucher, until the transaction ends; and look anew."""
    vouchers.hold_owner(session, voucher)
    session.execute(select(Voucher.id).where(Voucher.id == voucher.id).with_for_update())
    session.refresh(voucher)
    if voucher.reward is not None:
        session.refresh(voucher.reward)


def _bill_there(session: Session, voucher: Voucher, number: str) -> tuple[ReliefBill | None, str]:
    """The bill of this number that counts for the voucher's owner, and the reference of the next one."""
    owner = f"voucher:{voucher.id}"
    if voucher.holder_id is not None:
        owner = f"{voucher.holder_id}:{voucher.development_id}"
    for times in count(1):
        reference = f"{owner}:{number}:{times}"
        stmt = select(ReliefBill).where(ReliefBill.reference == reference).options(joinedload(ReliefBill.returned))
        there = session.scalar(stmt.execution_options(populate_existing=True))
        if there is None or there.returned is None:
            return there, reference
    raise AssertionError("counting never ends")


def _facts(voucher: Voucher) -> rule.Voucher:
    done = voucher.redemption
    return rule.Voucher(
        kind=voucher.kind,
        development_id=voucher.development_id,
        place=voucher.development.name,
        state=VoucherState(voucher.state),
        expires_at=voucher.expires_at,
        redeemed=None if done is None else _done(done),
        months_left=voucher.months_left,
        held=voucher.reward is not None and voucher.reward.needs_review,
    )


def _done(row: Redemption) -> rule.Redeemed:
    return rule.Redeemed(row.at, row.development.name, row.by_id, row.by.name, row.key)


def _move(session: Session, now: datetime, voucher: Voucher) -> bool:
    """Whether this hand was the one that moved the voucher."""
    open_now = (Voucher.id == voucher.id) & (Voucher.state == VoucherState.OPEN) & (Voucher.expires_at > now)
    moved = session.scalar(
        update(Voucher)
        .where(open_now)
        .values(state=VoucherState.REDEEMED)
        .returning(Voucher.id)
        .execution_options(synchronize_session=False)
    )
    return moved is not None


def _draw(session: Session, now: datetime, voucher: Voucher, months: int) -> None:
    """Take months off the balance; the last ones end the voucher. Raises Refusal `relief_exceeded`."""
    drawn = session.scalar(
        update(Voucher)
        .where(Voucher.id == voucher.id, Voucher.state == VoucherState.OPEN, Voucher.expires_at > now)
        .where(Voucher.months_left >= months)
        .values(
            months_left=Voucher.months_left - months,
            state=case((Voucher.months_left == months, VoucherState.REDEEMED.value), else_=VoucherState.OPEN.value),
        )
        .returning(Voucher.id)
        .execution_options(synchronize_session=False)
    )
    if drawn is None:
        raise Refusal("relief_exceeded", left=voucher.months_left, field="months")
    session.refresh(voucher)


def _store(
    session: Session, now: datetime, voucher: Voucher, attempt: Attempt, way: RedeemedBy, starts_on: date | None
) -> Redemption:
    starts = ends = None
    if voucher.kind is Kind.PARKING and voucher.term_months:
        most_days = Policy.of(voucher.development.policy).parking_days
        starts = rule.first_day(starts_on, local_day(now), most_days)
        ends = rule.months_later(starts, voucher.term_months)
    key = insert_unless_there(
        session,
        Redemption,
        ("voucher_id",),
        voucher_id=voucher.id,
        development_id=attempt.development_id,
        by_id=attempt.by_id,
        key=attempt.key,
        way=way,
        starts_on=starts,
        ends_on=ends,
        at=now,
    )
    session.refresh(voucher)
    if key is None:
        raise RuntimeError(f"voucher {voucher.id} was open and had been redeemed")
    return session.get_one(Redemption, key)


def _redemption(session: Session, voucher: Voucher) -> Redemption:
    return session.scalars(select(Redemption).where(Redemption.voucher_id == voucher.id)).one()


def _fulfil(session: Session, actor: Actor, now: datetime, voucher: Voucher) -> None:
    """The reward of what was handed out is fulfilled; one that is already stays so."""
    if voucher.reward_id is None:
        return
    moved = session.scalars(
        update(Reward)
        .where(Reward.id == voucher.reward_id, Reward.state == rewards_rule.RewardState.APPROVED)
        .values(state=rewards_rule.RewardState.FULFILLED)
        .returning(Reward)
    ).all()
    for row in moved:
        audit.record(session, actor, now, "reward_handed_out", row, voucher_id=voucher.id)


def _tax(session: Session, actor: Actor, now: datetime, voucher: Voucher, reference: str, value_fen: int) -> None:
    """Goods count as the holder's income of the month in which he got them (rules 6.6)."""
    if voucher.holder_id is not None:
        withholding.count_goods(
            session,
            actor,
            now,
            withholding.Goods(
                person_id=voucher.holder_id,
                month=month_of(now),
                reference=reference,
                value_fen=value_fen,
                what=voucher.title,
            ),
        )
