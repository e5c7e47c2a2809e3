"""Payouts (付款): a statement's payable sum on its way, through three hands (rules 6.2, 6.3).

Every move is a conditional update that names the state it leaves: of two hands that press together one moves the
payout and the other is told that it moved (rules 6.4). Money is booked only when it moves, by `bank_files`; a
rejected or failed payout leaves its sum `payable`, and finance asks for it again.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import joinedload, selectinload

from commissions.ledger import accrued
from commissions.payout import RELEASABLE, Check, Hands, State, Verb, may_handle, may_move, may_release
from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...models import (
    AccountBalance,
    FirstApproval,
    FirstApprovalAnew,
    HoldRelease,
    Payout,
    PayoutApproval,
    PayoutState,
    PayoutStep,
    Statement,
    agency_payee,
    payee_columns,
)
from ...rules.bank_details.bank_details import check_details
from ...session import Session
from .. import audit
from ..bank_details import bank_details
from ..inserts import insert_unless_there
from ..partners import partners
from . import failures as payout_failures
from . import holds
from .telling import tell_of

ENDED = (PayoutState.REJECTED, PayoutState.FAILED, PayoutState.VOIDED, PayoutState.RETURNED)
"""A payout in one of these is over, and its statement may have another."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing looked at before money moves: what, its no if it holds the payout back, and what was released of it."""

    check: Check
    refusal: Refusal | None
    releases: Sequence[HoldRelease]

    @property
    def releasable(self) -> bool:
        """Whether it is held by what an approver may release."""
        return self.refusal is not None and self.check in RELEASABLE


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A payout that did not go along with the others, and why."""

    payout: Payout
    refusal: Refusal


# Moves


def request_payout(session: Session, actor: Actor, now: datetime, statement: Statement) -> Payout:
    """Ask for a statement's payable sum to be paid: when it is issued, and again after an attempt that ended.

    Raises Refusal `nothing_to_pay` for a statement without a payable sum, `bank_not_mended` while the account that the
    bank blamed is what it was, and `payout_under_way` when a payout of it is under way or paid.
    """
    if not statement.payable_fen:
        raise Refusal("nothing_to_pay")
    if (failure := payout_failures.last_failure(session, statement)) and failure.refusal is not None:
        raise failure.refusal
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
        approvals_needed=session.limits.approvals_needed(statement.payable_fen),
        state=PayoutState.REQUESTED,
    )
    if key is None:
        raise Refusal("payout_under_way")
    payout = session.get_one(Payout, key)
    note_step(session, actor, now, payout)
    audit.record(session, actor, now, "payout_requested", payout, reference=payout.reference)
    tell_of(session, actor, now, "payout_waits", payout)
    return payout


def approve_payout(session: Session, actor: Actor, now: datetime, payout: Payout) -> None:
    """Let a payout go to the bank: another hand than the issuer's, and every check once more.

    Where it needs two approvers, the first only says so, and it stays requested. Raises Refusal `same_hands`,
    `own_payee`, `wrong_state`, `first_approval_old` and the holds of `commissions.payout.holds`.
    """
    _allow(actor, payout, Verb.APPROVE)
    for held in found_holds(session, now, payout).values():
        raise held
    if payout.approvals_needed > 1 and _is_first(session, actor, now, payout):
        return
    move(session, actor, payout, Verb.APPROVE)
    note_step(session, actor, now, payout)
    _note_account(session, actor, now, payout)
    audit.record(session, actor, now, "payout_approved", payout, amount_fen=payout.amount_fen)
    tell_of(session, actor, now, "payout_approved", payout)


def _is_first(session: Session, actor: Actor, now: datetime, payout: Payout) -> bool:
    """Write the first approval down, if there is none; of two at once one is first, and the other the second.

    Raises Refusal `same_hands` for the first approver again, `wrong_state` for a payout that was decided meanwhile, and
    `first_approval_old` where the payee's bank details were changed since the first approval.
    """
    state = session.scalar(select(Payout.state).where(Payout.id == payout.id).with_for_update())
    if state is not PayoutState.REQUESTED:
        raise Refusal("wrong_state", state=State(state or payout.state), verb=Verb.APPROVE)
    facts: dict[str, Any] = {"payout_id": payout.id, "approver_id": actor.id, "at": now}
    key = insert_unless_there(session, FirstApproval, ("payout_id",), **facts)
    session.refresh(payout, ["first_approval"])
    if key is not None:
        audit.record(session, actor, now, "payout_approved_first", payout, amount_fen=payout.amount_fen)
        tell_of(session, actor, now, "payout_waits_for_second", payout)
        return True
    _allow(actor, payout, Verb.APPROVE)
    owner, first = payout.owner, payout.first_approval
    changed_at = owner.bank_changed_at if owner else None
    if first is not None and changed_at is not None and changed_at > first.at:
        raise Refusal("first_approval_old", at=first.at)
    return False


def approve_anew(session: Session, actor: Actor, now: datetime, payout: Payout) -> None:
    """Approve an approved payout once more, for the account that its payee has by now: the first word was for another.

    Where it needs two approvers, the first only says so, and it is held until the second has.
    Raises Refusal `wrong_state`, `approval_stands` where the account is the one that was approved, `same_hands`,
    `own_payee`, and the other holds of `commissions.payout.holds`.
    """
    state = session.scalar(select(Payout.state).where(Payout.id == payout.id).with_for_update(of=Payout))
    if state is not PayoutState.APPROVED:
        raise Refusal("wrong_state", state=State(state or payout.state))
    session.expire(payout, ["approvals", "first_anew"])
    for refusal in approval_refusals(session, actor, now, [payout])[payout.id]:
        raise refusal
    if payout.approvals_needed > 1 and first_anew(payout) is None:
        facts = {"approval_id": payout.approvals[-1].id, "account_digest": _account(session, payout)}
        session.add(FirstApprovalAnew(payout=payout, approver_id=actor.id, at=now, **facts))
        session.flush()
        audit.record(session, actor, now, "payout_approved_anew_first", payout, amount_fen=payout.amount_fen)
        tell_of(session, actor, now, "payout_waits_for_second", payout)
        return
    _note_account(session, actor, now, payout)
    audit.record(session, actor, now, "payout_approved_anew", payout, amount_fen=payout.amount_fen)
    tell_of(session, actor, now, "payout_approved", payout)


def first_anew(payout: Payout) -> FirstApprovalAnew | None:
    """The first of two approvals for the account of now, while the second is missing; None otherwise."""
    owner, latest = payout.owner, payout.approvals[-1].id if payout.approvals else None
    digest = owner.bank_digest if owner else None
    found = (one for one in payout.first_anew if (one.approval_id, one.account_digest) == (latest, digest))
    return next(found, None)


def may_approve_anew(session: Session, actor: Actor, now: datetime, payout: Payout) -> bool:
    """Whether an approved payout lacks nothing but another approval, and this hand may give it."""
    return payout.state is PayoutState.APPROVED and not approval_refusals(session, actor, now, [payout])[payout.id]


def approval_refusals(
    session: Session, actor: Actor, now: datetime, rows: Sequence[Payout]
) -> dict[int, list[Refusal]]:
    """Why this hand may not approve each of these now, for the first time or anew; empty where it may."""
    held = holds.found(session, now, rows)
    hands = {row.id: _hand_refusal(actor, row, held[row.id]) for row in rows}
    return {row.id: [*filter(None, [hands[row.id]]), *_others(row, held[row.id])] for row in rows}


def _hand_refusal(actor: Actor, payout: Payout, held: holds.Holds) -> Refusal | None:
    if payout.state is not PayoutState.APPROVED:
        return refusal_of(actor, payout, Verb.APPROVE)
    if Check.ACCOUNT_APPROVED not in held:
        return Refusal("approval_stands")
    first = first_anew(payout)  # the two who approved it for the account before may both do so again
    hands = replace(hands_of(payout), first_approved_by=first.approver_id if first else None)
    try:
        may_handle(Verb.APPROVE, actor.id, hands, own_payee=actor.is_paid_as(payout.payee))
    except Refusal as refusal:
        return refusal
    return None


def _others(payout: Payout, held: holds.Holds) -> list[Refusal]:
    """What holds a payout but what its approval ends."""
    ends = payout.state is PayoutState.APPROVED
    return [one for check, one in held.items() if not (ends and check is Check.ACCOUNT_APPROVED)]


def _note_account(session: Session, actor: Actor, now: datetime, payout: Payout) -> None:
    """Write down which account an approval is for. Raises the Refusals of `rules.bank_details.check_details`."""
    digest = _account(session, payout)
    session.add(PayoutApproval(payout=payout, account_digest=digest, approved_by=actor.id, approved_at=now))
    session.flush()


def _account(session: Session, payout: Payout) -> str:
    """The digest of the account of now. Raises the Refusals of `rules.bank_details.check_details`."""
    owner = payout.owner
    details = bank_details.details_of(session, owner) if owner else None
    assert owner is not None  # one_payee
    assert details is not None  # a payout without bank details is held back
    check_details(details)
    return bank_details.digest_of(session, owner, details)


def approve_payouts(
    session: Session, actor: Actor, now: datetime, chosen: Sequence[Payout]
) -> tuple[list[Payout], list[LeftOut]]:
    """Approve each of these that may go, and name the others with their no: one that is held stops no other.

    Those that need a second approver are among the approved, and stay requested.
    """
    approved: list[Payout] = []
    left_out: list[LeftOut] = []
    for payout in sorted(chosen, key=lambda one: one.id):
        try:
            (approve_anew if payout.state is PayoutState.APPROVED else approve_payout)(session, actor, now, payout)
        except Refusal as refusal:
            left_out.append(LeftOut(payout, refusal))
        else:
            approved.append(payout)
    return approved, left_out


def release_hold(session: Session, actor: Actor, now: datetime, payout: Payout, check: Check, *, reason: str) -> None:
    """Release one hold of a payout, as it stands, with a reason: the others hold on, and what comes later holds again.

    Raises Refusal `hold_stays`, `same_hands`, `own_payee`, `release_reason_needed`, `wrong_state` for a payout that
    waits no more, and `hold_not_there` where nothing is to be released.
    """
    may_release(check, actor.id, hands_of(payout), own_payee=actor.is_paid_as(payout.payee), reason=reason)
    if payout.state not in holds.OPEN:
        raise Refusal("wrong_state", state=State(payout.state))
    facts: dict[str, Any] = {"hold": check, "reason": reason.strip(), "released_by": actor.id, "released_at": now}
    released = [
        cause
        for cause in holds.open_causes(session, now, payout, check)
        if insert_unless_there(session, HoldRelease, ("payout_id", "cause"), payout_id=payout.id, cause=cause, **facts)
    ]
    if not released:
        raise Refusal("hold_not_there")
    session.expire(payout, ["releases"])
    audit.record(session, actor, now, "hold_released", payout, hold=check, causes=released)
    tell_of(session, actor, now, "payout_hold_released", payout)


def reject_payout(session: Session, actor: Actor, now: datetime, payout: Payout, *, reason: str) -> None:
    """Send a payout back with a reason. Raises Refusal `own_payee` and `wrong_state`."""
    move(session, actor, payout, Verb.REJECT)
    note_step(session, actor, now, payout, reason)
    audit.record(session, actor, now, "payout_rejected", payout)
    tell_of(session, actor, now, "payout_rejected", payout)


def void_payout(session: Session, actor: Actor, now: datetime, payout: Payout, *, reason: str) -> None:
    """Take back a payout that has not left for the bank. Its sum stays payable, and can be asked for again.

    Raises Refusal `own_payee` and `wrong_state`.
    """
    move(session, actor, payout, Verb.VOID)
    note_step(session, actor, now, payout, reason)
    audit.record(session, actor, now, "payout_voided", payout, amount_fen=payout.amount_fen)
    tell_of(session, actor, now, "payout_voided", payout)


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
        by_state.get(PayoutState.EXPORTED),
        payout.first_approval.approver_id if payout.first_approval else None,
        frozenset(release.released_by for release in payout.releases),
        frozenset([*(one.approved_by for one in payout.approvals), *(one.approver_id for one in payout.first_anew)]),
    )


def askers(payout: Payout) -> set[Hashable]:
    """Who issued the statement or asked for the payout: they neither approve it nor release a hold of it."""
    hands = hands_of(payout)
    return {hands.issued_by, hands.requested_by}


def found_holds(session: Session, now: datetime, payout: Payout) -> holds.Holds:
    """What holds the payout back at this instant (rules 6.2)."""
    return holds.found(session, now, [payout])[payout.id]


def checks(session: Session, now: datetime, payout: Payout) -> list[Checked]:
    """Every check with its answer, and with what was released of it, for who decides."""
    found = found_holds(session, now, payout)
    return [Checked(check, found.get(check), [one for one in payout.releases if one.hold == check]) for check in Check]


def owed(session: Session, rows: Sequence[Payout]) -> dict[str, int]:
    """What the payees of these payouts owe us, by payee: more was taken back than they have earned since, and later
    earnings are to make up for it. Who owes nothing is not among them."""
    accounts = {accrued(row.payee): row.payee for row in rows}
    balance = AccountBalance.debit_fen - AccountBalance.credit_fen
    stmt = select(AccountBalance.account, balance).where(AccountBalance.account.in_(accounts), balance > 0)
    return {accounts[account]: fen for account, fen in session.execute(stmt)}


def refusal_of(actor: Actor, payout: Payout, verb: Verb) -> Refusal | None:
    """Why this hand may not, if it may not: for a page that says so before one tries."""
    try:
        _allow(actor, payout, verb)
    except Refusal as refusal:
        return refusal
    return None


# Reading


def listing(
    actor: Actor, *, state: PayoutState | None = None, agency_id: int | None = None, find: str = ""
) -> Select[Payout]:
    """The payouts that the actor may see, with what a list or a decision needs of them.

    `find` is a reference, or a part of the payee's name.
    """
    many = (Payout.steps, Payout.releases, Payout.approvals, Payout.first_approval, Payout.first_anew)
    stmt = scope.visible(actor, Payout).options(
        *(joinedload(one) for one in (Payout.agency, Payout.person, Payout.statement)), *map(selectinload, many)
    )
    if find.strip():
        stmt = stmt.where((Payout.reference == find.strip()) | partners.payee_named(Payout, find))
    wanted = {Payout.state: state, Payout.payee: None if agency_id is None else agency_payee(agency_id)}
    return stmt.where(*(column == value for column, value in wanted.items() if value is not None))


def of_statement(session: Session, statement: Statement) -> list[Payout]:
    """A statement's payouts, the latest attempt first, each with its steps and who made them."""
    steps = selectinload(Payout.steps).joinedload(PayoutStep.actor)
    stmt = select(Payout).where(Payout.statement_id == statement.id).options(steps, joinedload(Payout.batch))
    return list(session.scalars(stmt.order_by(Payout.id.desc())))
