"""Payouts, held against the hands they went through and the bank's word for them.

`settlement_checks` proves that a payout's money moved as its state says. Here is proven that the state was come by:
along the documented graph, by three different hands, and on the bank's own answer (rules 6.2, 6.3).
"""

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from commissions.ledger import Fault
from commissions.payout import MOVES, State

from ...models import (
    BankConfirmation,
    BankDecision,
    BankOutcome,
    BankResult,
    FirstApproval,
    HoldRelease,
    Payout,
    PayoutBatch,
    PayoutState,
    PayoutStep,
    Statement,
)
from ...session import Session

_BESIDE = 0
"""The number of a fault that is in no block, as in `settlement_checks`."""


def _ways(passed: tuple[State, ...] = (State.REQUESTED,)) -> Iterator[tuple[State, ...]]:
    """Every way through the graph, from the request on, as the states it passes."""
    yield passed
    for (before, _verb), after in MOVES.items():
        if before is passed[-1]:
            yield from _ways((*passed, after))


_BITS: Mapping[PayoutState, int] = {state: 1 << place for place, state in enumerate(PayoutState)}
_WAYS = tuple((PayoutState(way[-1]), sum(_BITS[PayoutState(state)] for state in way)) for way in _ways())
"""Where a payout may stand, with the steps that lead there as a sum of bits."""


def steps_fault(session: Session) -> Fault | None:
    """A payout whose steps are no way through the graph to where it stands (`payout_steps`)."""
    bits = case(_BITS, value=PayoutStep.state)
    taken = select(PayoutStep.payout_id, func.sum(bits).label("bits")).group_by(PayoutStep.payout_id).subquery()
    right = or_(*(and_(Payout.state == state, taken.c.bits == steps) for state, steps in _WAYS))
    wrong = select(Payout.reference).outerjoin(taken, and_(taken.c.payout_id == Payout.id, right))
    return _first(session, "payout_steps", wrong.where(taken.c.payout_id.is_(None)))


def hands_fault(session: Session) -> Fault | None:
    """A payout that went through a hand too few (`hands`).

    It was approved by who issued or requested it, or sent by one of them, by its approver or by who released a hold of
    it; or it lacks the second of two approvers; or its exporter confirmed himself that it failed.
    """
    asked, approved, sent = (aliased(PayoutStep) for _ in range(3))
    released = exists().where(HoldRelease.payout_id == Payout.id, HoldRelease.released_by == sent.actor_id)
    first = FirstApproval.approver_id
    twice = or_(
        approved.actor_id.in_((Statement.issued_by, asked.actor_id)),
        sent.actor_id.in_((Statement.issued_by, asked.actor_id, approved.actor_id)),
        first.in_((Statement.issued_by, asked.actor_id, approved.actor_id)),
        sent.actor_id == first,
        and_(Payout.approvals_needed > 1, first.is_(None)),
        released,
    )
    wrong = (
        select(Payout.reference)
        .join(Statement, Statement.id == Payout.statement_id)
        .join(asked, _step(asked, PayoutState.REQUESTED))
        .join(approved, _step(approved, PayoutState.APPROVED))
        .outerjoin(sent, _step(sent, PayoutState.EXPORTED))
        .outerjoin(FirstApproval, FirstApproval.payout_id == Payout.id)
        .where(twice)
    )
    alone = (
        select(Payout.reference)
        .join(BankResult, BankResult.payout_id == Payout.id)
        .join(BankConfirmation, BankConfirmation.result_id == BankResult.id)
        .join(PayoutBatch, PayoutBatch.id == BankResult.batch_id)
        .where(BankConfirmation.decided_by == PayoutBatch.exported_by)
    )
    return _first(session, "hands", wrong) or _first(session, "hands", alone)


def bank_result_fault(session: Session) -> Fault | None:
    """A payout that is settled without the bank's word for it, or the bank's word for one that is not (`bank_result`).

    That a payment failed or came back stands from its confirmation on; before, and dismissed, it moves nothing.
    """
    for outcome, states in _SETTLED.items():
        stands = BankResult.outcome == outcome
        if outcome is not BankOutcome.PAID:  # it counts from the second person's word on
            stands = and_(stands, BankResult.id.in_(select(BankConfirmation.result_id).where(_STANDS)))
        said = and_(
            BankResult.payout_id == Payout.id,
            BankResult.batch_id == Payout.batch_id,
            BankResult.amount_fen == Payout.amount_fen,
            stands,
        )
        settled = Payout.state.in_(states)
        unsaid = select(Payout.reference).outerjoin(BankResult, said).where(settled, BankResult.id.is_(None))
        unheard = select(BankResult.reference).outerjoin(Payout, and_(said, settled))
        unheard = unheard.where(stands, Payout.id.is_(None)).order_by(BankResult.id)
        fault = _first(session, "bank_result", unsaid)
        if fault is None and (reference := session.scalar(unheard.limit(1))) is not None:
            fault = Fault(_BESIDE, "bank_result", reference)
        if fault is not None:
            return fault
    return None


CHECKS: tuple[Callable[[Session], Fault | None], ...] = (steps_fault, hands_fault, bank_result_fault)
"""What is proven of payouts beside their transfers, in its order."""

_STANDS = BankConfirmation.decision != BankDecision.DISMISSED

_SETTLED: Mapping[BankOutcome, tuple[PayoutState, ...]] = {
    BankOutcome.PAID: (PayoutState.PAID, PayoutState.RETURNED),
    BankOutcome.FAILED: (PayoutState.FAILED,),
    BankOutcome.RETURNED: (PayoutState.RETURNED,),
}
"""The states that a payout is in once the bank has said so."""


def _step(step: type[PayoutStep], state: PayoutState) -> ColumnElement[bool]:
    return and_(step.payout_id == Payout.id, step.state == state)


def _first(session: Session, what: str, wrong: Select[str]) -> Fault | None:
    reference = session.scalar(wrong.order_by(Payout.id).limit(1))
    return None if reference is None else Fault(_BESIDE, what, reference)
