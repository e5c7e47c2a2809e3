"""Rewards in money, from due to paid (rules 6.6, 7.4): a person approves, the line and its tax are posted, and the
payout that carries the line makes the reward fulfilled. Where more is owed than given there is no payout: then the
statement does, for the reward was received by what is owed having become less.

An approval is a promise of money, so it is one transaction: the reward's state, its line, and what the tax of the
referrer's month changes by. A reward that is no longer earned (`rewards.settle_rewards` finds that out) takes its line
back by a mirrored one, in the income of the month it was approved in. Nobody approves for himself.

Locks: the referrer's row, then the rewards', then the person's, the ledger last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import Kind

from ...access import scope
from ...access.actor import Actor
from ...clock import month_of
from ...models import (
    Cause,
    Deal,
    Payout,
    PayoutState,
    PostedLine,
    Referrer,
    Reward,
    Statement,
    StatementLine,
)
from ...session import Session
from .. import audit
from ..ledger.lines import NewLine
from ..taxes import groups as tax_groups
from ..taxes import tables as tax_tables
from ..taxes.withholding import post_income
from .telling import tell_of


@dataclass(frozen=True, slots=True)
class NotApproved:
    """A reward that did not go along with the others, and why."""

    reward: Reward
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Taxed:
    """What would come of a reward if it were approved now: the tax on it, and what is left."""

    tax_fen: int = 0
    net_fen: int = 0

    def __add__(self, other: "Taxed") -> "Taxed":
        return Taxed(self.tax_fen + other.tax_fen, self.net_fen + other.net_fen)


# Deciding


def approve_rewards(
    session: Session, actor: Actor, now: datetime, ids: Iterable[int]
) -> tuple[list[Reward], list[NotApproved]]:
    """Approve each of these rewards in money that may be, post them with their tax, and name the others with their no.

    Raises Refusal `no_tax_table`.
    """
    approved, left_out = [], []
    for row in _held(session, ids):
        refusal = _refusal(actor, row)
        if refusal is None:
            approved.append(row)
        else:
            left_out.append(NotApproved(row, refusal))
    if approved:
        decided = {"approved_at": now, "approved_by": actor.id}
        undone = {"refused_at": None, "refused_by": None, "refusal": None}
        for row in approved:
            _move(session, row, RewardState.DUE, RewardState.APPROVED, **decided, **undone)
        lines = [_line(session, row, row.value_fen or 0, month_of(now)) for row in approved]
        post_income(session, actor, now, reference=lines[0].reference, lines=lines)
    for row in approved:
        audit.record(session, actor, now, "reward_approved", row, amount_fen=row.value_fen)
        tell_of(session, actor, now, "reward_approved", row)
    return approved, left_out


def refuse_reward(session: Session, actor: Actor, now: datetime, reward: Reward, *, reason: str) -> None:
    """Turn a due reward in money down, with a reason that its referrer reads; it may be approved after all.

    Raises Refusal `own_reward`, `reward_not_money`, `reward_not_due` and `refusal_reason_needed`.
    """
    if not reason.strip():
        raise Refusal("refusal_reason_needed", field="reason")
    (row,) = _held(session, [reward.id])
    refusal = _refusal(actor, row)
    if refusal is not None:
        raise refusal
    _move(session, row, RewardState.DUE, RewardState.DUE, refused_at=now, refused_by=actor.id, refusal=reason.strip())
    audit.record(session, actor, now, "reward_refused", row)
    tell_of(session, actor, now, "reward_refused", row)


def take_back(session: Session, actor: Actor, now: datetime, reward: Reward) -> None:
    """Mirror what a reward's approval posted, in the income of the month that it was posted to; its tax follows.

    For who holds the referrer's row. What is taken back already, or was never money, stays as it is.
    """
    posted = session.scalars(select(PostedLine).where(_of_reward(reward)).order_by(PostedLine.id)).all()
    posted_fen = sum(line.amount_fen for line in posted)
    if posted_fen:
        month = posted[-1].window or month_of(posted[-1].posted_at)
        line = _line(session, reward, -posted_fen, month)
        post_income(session, actor, now, reference=line.reference, lines=[line])


def follow_payout(session: Session, actor: Actor, now: datetime, payout: Payout) -> None:
    """Rewards whose lines stand in a payout are fulfilled when it is paid, and approved again when it came back.

    A fulfilled reward that went to review stays there: a person decides.
    """
    if payout.person_id is None or payout.state not in (PayoutState.PAID, PayoutState.RETURNED):
        return
    paid = payout.state is PayoutState.PAID
    before, after = (
        (RewardState.APPROVED, RewardState.FULFILLED) if paid else (RewardState.FULFILLED, RewardState.APPROVED)
    )
    deed = "reward_paid" if paid else "reward_payment_returned"
    stated = select(Reward).where(Reward.id.in_(_stated(session, payout.statement_id)), Reward.state == before)
    stated = stated.where(~Reward.needs_review).order_by(Reward.id)
    for row in session.scalars(stated.with_for_update(of=Reward).execution_options(populate_existing=True)).all():
        row.state = after
        audit.record(session, actor, now, deed, row, payout=payout.reference)


def follow_statement(session: Session, actor: Actor, now: datetime, statement: Statement) -> None:
    """Rewards of a statement that pays nothing are fulfilled by it: they were set off against what was owed."""
    if statement.person_id is None or statement.payable_fen:
        return
    stated = select(Reward).where(Reward.id.in_(_stated(session, statement.id)), Reward.state == RewardState.APPROVED)
    stated = stated.order_by(Reward.id).with_for_update(of=Reward)
    for row in session.scalars(stated.execution_options(populate_existing=True)).all():
        row.state = RewardState.FULFILLED
        audit.record(session, actor, now, "reward_set_off", row, statement=statement.number)


def _held(session: Session, ids: Iterable[int]) -> Sequence[Reward]:
    """These rewards as they stand, while nobody else may change what their referrers earn."""
    wanted = sorted(set(ids))
    owners = select(Reward.referrer_id).where(Reward.id.in_(wanted))
    lock = select(Referrer.id).where(Referrer.id.in_(owners)).order_by(Referrer.id)
    session.execute(lock.with_for_update(of=Referrer))
    stmt = select(Reward).where(Reward.id.in_(wanted)).options(joinedload(Reward.referrer)).order_by(Reward.id)
    return session.scalars(stmt.execution_options(populate_existing=True)).all()


def _refusal(actor: Actor, reward: Reward) -> Refusal | None:
    """Why this hand may not decide on the reward, if it may not."""
    if actor.is_paid_as(reward.payee):
        return Refusal("own_reward")
    if reward.kind is not Kind.CASH:
        return Refusal("reward_not_money")
    return None if reward.state is RewardState.DUE else Refusal("reward_not_due", state=RewardState(reward.state))


def _move(session: Session, reward: Reward, before: RewardState, after: RewardState, **values: Any) -> None:
    """Move a reward by conditional update, as payouts move; raises Refusal `reward_not_due` for who came second."""
    moved = session.scalar(
        update(Reward)
        .where(Reward.id == reward.id, Reward.state == before)
        .values(state=after, **values)
        .returning(Reward.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(reward)
    if moved is None:
        raise Refusal("reward_not_due", state=RewardState(reward.state))


def _line(session: Session, reward: Reward, amount_fen: int, month: str) -> NewLine:
    """The reward's next line: `reward:7`, then `reward:7:2` and so on."""
    number = 1 + (session.scalar(select(func.count(PostedLine.id)).where(_of_reward(reward))) or 0)
    reference = f"reward:{reward.id}" if number == 1 else f"reward:{reward.id}:{number}"
    return NewLine(
        reference=reference,
        payee=reward.payee,
        cause=Cause.REWARD,
        amount_fen=amount_fen,
        summary=f"reward {reward.id} of deal {reward.deal_id}",
        why={"reward_id": reward.id, "deal_id": reward.deal_id, "title": reward.title, "rung": reward.rung},
        window=month,
    )


def _of_reward(reward: Reward) -> ColumnElement[bool]:
    line, first = PostedLine, f"reward:{reward.id}"
    named = or_(line.reference == first, line.reference.startswith(f"{first}:"))
    return (line.payee == reward.payee) & (line.cause == Cause.REWARD) & named


def _stated(session: Session, statement_id: int) -> list[int]:
    """The rewards that a statement gives money for, on balance."""
    lines = (
        select(PostedLine)
        .join(StatementLine, StatementLine.line_id == PostedLine.id)
        .where(StatementLine.statement_id == statement_id, PostedLine.cause == Cause.REWARD)
    )
    balance: dict[int, int] = {}
    for line in session.scalars(lines):
        key = int(line.why["reward_id"])
        balance[key] = balance.get(key, 0) + line.amount_fen
    return [key for key, fen in balance.items() if fen > 0]


# Reading


def listing(actor: Actor, *, state: RewardState = RewardState.DUE, refused: bool = False) -> Select[Reward]:
    """Rewards in money of a state: those that wait for approval, those turned down, those that were approved."""
    stmt = scope.visible(actor, Reward).where(Reward.kind == Kind.CASH, Reward.state == state)
    if state is RewardState.DUE:
        stmt = stmt.where(Reward.refused_at.is_not(None) if refused else Reward.refused_at.is_(None))
    owner = joinedload(Reward.referrer).joinedload(Referrer.person)
    deal = joinedload(Reward.deal).joinedload(Deal.touch)
    names = joinedload(Reward.development), joinedload(Reward.approver), joinedload(Reward.refuser)
    return stmt.options(owner, deal, *names)


def tax_on(session: Session, now: datetime, rewards: Sequence[Reward]) -> dict[int, Taxed]:
    """What these rewards would bring if all of them were approved now; nothing while there is no table.

    Each comes on top of those of its person before it, so that they add up to what is posted.
    """
    month = month_of(now)
    table = tax_tables.in_force(session, month)
    if table is None:
        return {}
    rule, earned = tax_tables.parse(table.toml), {one.person_id: one for one in tax_groups.groups(session, month=month)}
    known = {person_id: (one.cash_fen, one.goods_fen) for person_id, one in earned.items()}
    found = {}
    for row in rewards:
        person_id, value_fen = row.referrer.person_id, row.value_fen or 0
        cash_fen, goods_fen = known.get(person_id, (0, 0))
        before = rule.withhold(cash_fen, goods_fen).withheld_fen
        tax_fen = rule.withhold(cash_fen + value_fen, goods_fen).withheld_fen - before
        known[person_id] = cash_fen + value_fen, goods_fen
        found[row.id] = Taxed(tax_fen, value_fen - tax_fen)
    return found


def set_off(session: Session, rewards: Iterable[Reward]) -> set[int]:
    """Which of these rewards, all of one person, were received by owing less, and not by a payment."""
    known = {row.id: row for row in rewards if row.kind is Kind.CASH and row.state is RewardState.FULFILLED}
    if not known:
        return set()
    owners = {row.payee for row in known.values()}
    lines = (
        select(PostedLine)
        .join(StatementLine, StatementLine.line_id == PostedLine.id)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .where(PostedLine.payee.in_(owners), PostedLine.cause == Cause.REWARD, PostedLine.amount_fen > 0)
        .where(Statement.payable_fen == 0)
    )
    return {int(line.why["reward_id"]) for line in session.scalars(lines)} & known.keys()
