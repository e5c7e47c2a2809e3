"""Payouts (付款): a statement's payable sum on its way, through three hands (rules 6.2, 6.3).

Every move is a conditional update that names the state it leaves: of two hands that press together one moves the
payout and the other is told that it moved (rules 6.4). Money is booked only when it moves, by `payout_batches`; a
rejected or failed payout leaves its sum `payable`, and finance asks for it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from commissions.payout import Check, Hands, Payee, State, Verb, holds, may_handle, may_move
from commissions.refusal import Refusal

from ..access import scope
from ..access.actor import Actor
from ..models import (
    Deal,
    Freeze,
    Payout,
    PayoutState,
    PayoutStep,
    PostedLine,
    Showing,
    Statement,
    StatementLine,
    payee_columns,
)
from . import appeals, audit, disputes
from .inserts import insert_unless_there

ENDED = (PayoutState.REJECTED, PayoutState.FAILED, PayoutState.VOIDED)
"""A payout in one of these is over, and its statement may have another."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing looked at before money moves: what, and its no if it holds the payout back."""

    check: Check
    refusal: Refusal | None


# Moves


def request_payout(session: Session, actor: Actor, now: datetime, statement: Statement) -> Payout:
    """Ask for a statement's payable sum to be paid: when it is issued, and again after an attempt that ended.

    Raises Refusal `nothing_to_pay` for a statement without a payable sum, and `payout_under_way` when a payout of it
    is under way or paid.
    """
    if not statement.payable_fen:
        raise Refusal("nothing_to_pay")
    attempt = 1 + (session.scalar(select(func.count(Payout.id)).where(Payout.statement_id == statement.id)) or 0)
    key = insert_unless_there(
        session,
        Payout,
        ("statement_id",),
        where=Payout.state.not_in(ENDED),
        reference=f"P-{statement.number}-{attempt}",
        statement_id=statement.id,
        **payee_columns(statement.payee),
        amount_fen=statement.payable_fen,
        state=PayoutState.REQUESTED,
    )
    if key is None:
        raise Refusal("payout_under_way")
    payout = session.get_one(Payout, key)
    note_step(session, actor, now, payout)
    audit.record(session, actor, now, "payout_requested", payout, reference=payout.reference)
    return payout


def approve_payout(session: Session, actor: Actor, now: datetime, payout: Payout) -> None:
    """Let a payout go to the bank: another hand than the issuer's, and every check once more.

    Raises Refusal `same_hands`, `own_payee`, `wrong_state`, and the holds of `commissions.payout.holds`.
    """
    _allow(actor, payout, Verb.APPROVE)
    for held in found_holds(session, now, payout).values():
        raise held
    move(session, actor, payout, Verb.APPROVE)
    note_step(session, actor, now, payout)
    audit.record(session, actor, now, "payout_approved", payout, amount_fen=payout.amount_fen)


def reject_payout(session: Session, actor: Actor, now: datetime, payout: Payout, *, reason: str) -> None:
    """Send a payout back with a reason. Raises Refusal `own_payee` and `wrong_state`."""
    move(session, actor, payout, Verb.REJECT)
    note_step(session, actor, now, payout, reason)
    audit.record(session, actor, now, "payout_rejected", payout)


def move(session: Session, actor: Actor, payout: Payout, verb: Verb, **values: object) -> None:
    """Move a payout along the graph if the actor's hand may and nobody was faster.

    Raises Refusal `same_hands`, `own_payee`, and `wrong_state` with the state that it is in by now.
    """
    before = payout.state
    after = _allow(actor, payout, verb)
    moved = session.scalar(
        update(Payout)
        .where(Payout.id == payout.id, Payout.state == before)
        .values(state=after, **values)
        .returning(Payout.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(payout)
    if moved is None:
        raise Refusal("wrong_state", state=State(payout.state), verb=verb, allowed=(State(before),))


def _allow(actor: Actor, payout: Payout, verb: Verb) -> PayoutState:
    """The state that this hand may bring the payout to by this verb."""
    after = may_move(State(payout.state), verb)
    may_handle(verb, actor.id, hands_of(payout), own_payee=actor.is_paid_as(payout.payee))
    return PayoutState(after)


def note_step(session: Session, actor: Actor, now: datetime, payout: Payout, note: str = "") -> None:
    """Write down whose hand brought the payout into its state, and when."""
    session.add(PayoutStep(payout=payout, state=payout.state, actor_id=actor.id, at=now, note=note))
    session.flush()


# What the four eyes look at


def hands_of(payout: Payout) -> Hands:
    """Whose hands the payout has been through."""
    by_state = {step.state: step.actor_id for step in payout.steps}
    return Hands(
        payout.statement.issued_by,
        by_state.get(PayoutState.APPROVED),
        by_state.get(PayoutState.REQUESTED),
    )


def found_holds(session: Session, now: datetime, payout: Payout) -> Mapping[Check, Refusal]:
    """What holds the payout back at this instant (rules 6.2)."""
    agency = payout.agency
    payee = Payee(
        active=(agency or payout.person).deactivated_at is None,
        has_bank_details=agency is not None and agency.bank_sealed is not None,
        bank_changed_at=agency.bank_changed_at if agency else None,
        frozen_until=_frozen_until(session, payout, now),
        open_appeals=_open_appeals(session, payout),
        open_disputes=disputes.has_open(session, payout.statement_id),
    )
    return holds(payee, now)


def checks(session: Session, now: datetime, payout: Payout) -> list[Checked]:
    """Every check with its answer, for who decides."""
    found = found_holds(session, now, payout)
    return [Checked(check, found.get(check)) for check in Check]


def refusal_of(actor: Actor, payout: Payout, verb: Verb) -> Refusal | None:
    """Why this hand may not, if it may not: for a page that says so before one tries."""
    try:
        _allow(actor, payout, verb)
    except Refusal as refusal:
        return refusal
    return None


def _frozen_until(session: Session, payout: Payout, now: datetime) -> datetime | None:
    """The latest end of the freezes that run on brokers whose deals stand in the payout's statement."""
    owners = _deals_in(payout).with_only_columns(Deal.owner_id)
    running = (Freeze.lifted_at.is_(None), Freeze.starts_at <= now, Freeze.ends_at > now)
    return session.scalar(select(func.max(Freeze.ends_at)).where(Freeze.broker_id.in_(owners), *running))


def _open_appeals(session: Session, payout: Payout) -> bool:
    """Whether a deal in the payout's statement goes back to a touch whose showing is under an open appeal."""
    contested = select(Showing.touch_id).where(Showing.id.in_(appeals.contested_showings()))
    return bool(session.scalar(select(_deals_in(payout).where(Deal.touch_id.in_(contested)).exists())))


def _deals_in(payout: Payout) -> Select[tuple[Deal]]:
    return (
        select(Deal)
        .join(PostedLine, PostedLine.deal_id == Deal.id)
        .join(StatementLine, StatementLine.line_id == PostedLine.id)
        .where(StatementLine.statement_id == payout.statement_id)
    )


# Reading


def listing(actor: Actor, *, state: PayoutState | None = None, agency_id: int | None = None) -> Select[tuple[Payout]]:
    """The payouts that the actor may see, with what a list or a decision needs of them."""
    stmt = scope.visible(actor, Payout).options(
        joinedload(Payout.agency), joinedload(Payout.person), joinedload(Payout.statement), selectinload(Payout.steps)
    )
    wanted = {Payout.state: state, Payout.agency_id: agency_id}
    return stmt.where(*(column == value for column, value in wanted.items() if value is not None))


def of_statement(session: Session, statement: Statement) -> list[Payout]:
    """A statement's payouts, the latest attempt first, each with its steps and who made them."""
    steps = selectinload(Payout.steps).joinedload(PayoutStep.actor)
    stmt = select(Payout).where(Payout.statement_id == statement.id).options(steps, joinedload(Payout.batch))
    return list(session.scalars(stmt.order_by(Payout.id.desc())))


def latest_of(session: Session, statement_ids: Sequence[int]) -> dict[int, Payout]:
    """The latest payout of each of these statements, for a list of them."""
    newest = select(func.max(Payout.id)).where(Payout.statement_id.in_(statement_ids)).group_by(Payout.statement_id)
    return {payout.statement_id: payout for payout in session.scalars(select(Payout).where(Payout.id.in_(newest)))}
