"""What a bank's answer says of payments that did not arrive, and the second person who confirms it (rules 6.2).

Who sends the file could type the answer too: a paid payment called failed would be paid again. So a row that says
failed or sent back waits, money and all, until another person than who exported the file has compared it with the
bank. Confirmed, the payout moves as the row says; dismissed, it stays where it is and waits for another answer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from commissions.payout import Hands, Verb, may_handle
from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...models import BankConfirmation, BankDecision, BankOutcome, BankResult, Payout, PayoutBatch, PayoutState
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..ledger import posting
from . import bank_files

VERBS = {BankOutcome.FAILED: Verb.FAIL, BankOutcome.RETURNED: Verb.RETURN}
"""What a row that waits would do to its payout."""


def confirm_answer(session: Session, actor: Actor, now: datetime, result: BankResult) -> None:
    """Let a row that says failed or sent back stand: its payout moves, and its sum is payable again.

    Raises Refusal `bank_answer_decided` where somebody was faster or it waits no more, `same_hands` for who exported
    the file, and `own_payee`.
    """
    payout, verb = _of(result)
    check_hand(actor, result)
    _decide(session, actor, now, result, BankDecision.CONFIRMED, None)
    moved = bank_files.settle(session, actor, now, payout, verb, result.message)
    reference = f"answer:{result.batch.number}:{result.id}"
    posting.post(session, actor, now, reference=reference, transfers=[moved])
    audit.record(session, actor, now, "bank_answer_confirmed", result, payout=payout.reference, says=result.outcome)


def dismiss_answer(session: Session, actor: Actor, now: datetime, result: BankResult, *, reason: str) -> None:
    """Say that a row is not so, with the reason: its payout stays, and waits for another answer of the bank.

    Raises Refusal `reason_needed`, and those of `confirm_answer`.
    """
    payout, _verb = _of(result)
    check_hand(actor, result)
    if not reason.strip():
        raise Refusal("answer_reason_needed", field="reason")
    _decide(session, actor, now, result, BankDecision.DISMISSED, reason.strip())
    audit.record(session, actor, now, "bank_answer_dismissed", result, payout=payout.reference)
    tell(session, actor, now, "bank_answer_dismissed", result, Concerned(), reference=payout.reference)


def check_hand(actor: Actor, result: BankResult) -> None:
    """Refuse who exported the file, and who is paid here. Raises Refusal `same_hands` and `own_payee`."""
    payout, verb = _of(result)
    hands = Hands(payout.statement.issued_by, exported_by=result.batch.exported_by)
    may_handle(verb, actor.id, hands, own_payee=actor.is_paid_as(payout.payee))


def _of(result: BankResult) -> tuple[Payout, Verb]:
    verb = VERBS.get(result.outcome)
    if result.payout is None or verb is None:
        raise Refusal("bank_answer_decided")
    return result.payout, verb


def _decide(
    session: Session, actor: Actor, now: datetime, result: BankResult, decision: BankDecision, reason: str | None
) -> None:
    """Write the decision down, once; a row whose payout has moved on meanwhile waits no more."""
    state = select(Payout.state).where(Payout.id == result.payout_id).with_for_update()
    awaited = _AWAITED[result.outcome]
    facts: dict[str, Any] = {"decision": decision, "reason": reason, "decided_by": actor.id, "decided_at": now}
    if session.scalar(state) is not awaited or not insert_unless_there(
        session, BankConfirmation, ("result_id",), result_id=result.id, **facts
    ):
        raise Refusal("bank_answer_decided")
    session.expire(result, ["confirmation"])


# Reading

_AWAITED = {BankOutcome.FAILED: PayoutState.EXPORTED, BankOutcome.RETURNED: PayoutState.PAID}
"""The state that a payout is in while a row of it waits."""


def waits() -> ColumnElement[bool]:
    """A row that says failed or sent back, that nobody has decided on, of a payout that has not moved since."""
    still = or_(*(and_(BankResult.outcome == said, Payout.state == state) for said, state in _AWAITED.items()))
    undecided = ~exists().where(BankConfirmation.result_id == BankResult.id)
    return and_(undecided, exists().where(Payout.id == BankResult.payout_id, still))


def listing(actor: Actor, *, waiting: bool = False) -> Select[BankResult]:
    """The rows that say failed or sent back, of those that the actor may see, with what a list shows of each."""
    of = BankResult
    stmt = scope.visible(actor, of).where(of.outcome.in_(VERBS), of.payout_id.is_not(None))
    shown = joinedload(of.batch).joinedload(PayoutBatch.exporter), joinedload(of.importer), *_DECIDED
    payout = joinedload(of.payout)
    stmt = stmt.options(*shown, *(payout.joinedload(one) for one in (Payout.agency, Payout.person, Payout.statement)))
    return stmt.where(waits()) if waiting else stmt


def to_confirm(actor: Actor) -> Select[BankResult]:
    """The rows that wait for this hand."""
    mine = BankResult.batch.has(PayoutBatch.exported_by == actor.id)
    return select(BankResult).where(waits(), ~mine)


def waiting_of(session: Session, payout_ids: Sequence[int]) -> dict[int, BankResult]:
    """The row that waits of each of these payouts, by the payout's id."""
    of = BankResult
    stmt = select(of).where(of.payout_id.in_(payout_ids), waits()).options(joinedload(of.batch)).order_by(of.id)
    return {row.payout_id: row for row in session.scalars(stmt) if row.payout_id is not None}


_DECIDED = (joinedload(BankResult.confirmation).joinedload(BankConfirmation.decider),)
