"""Payouts (付款): the states money passes through on its way out, and whose hands may move it.

The graph is data, so that a page can draw it, a test can walk it, and a conditional update can name the
state it expects (rules 6.2, 6.3).
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from commissions.refusal import Refusal


class State(StrEnum):
    """Where a payout stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    EXPORTED = "exported"
    PAID = "paid"
    REJECTED = "rejected"
    FAILED = "failed"
    VOIDED = "voided"


class Verb(StrEnum):
    """What may be done to a payout. ``settle`` and ``fail`` are the bank's answers."""

    APPROVE = "approve"
    REJECT = "reject"
    EXPORT = "export"
    VOID = "void"
    SETTLE = "settle"
    FAIL = "fail"


MOVES: Mapping[tuple[State, Verb], State] = {
    (State.REQUESTED, Verb.APPROVE): State.APPROVED,
    (State.REQUESTED, Verb.REJECT): State.REJECTED,
    (State.REQUESTED, Verb.VOID): State.VOIDED,
    (State.APPROVED, Verb.EXPORT): State.EXPORTED,
    (State.APPROVED, Verb.VOID): State.VOIDED,
    (State.EXPORTED, Verb.SETTLE): State.PAID,
    (State.EXPORTED, Verb.FAIL): State.FAILED,
}
"""Every move there is. Once exported only the bank's answer moves a payout: the file may be at work."""

FINAL = frozenset(State) - {state for state, _ in MOVES}
"""The states that nothing leaves; a failed payout is followed by a new one, not revived."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Whose hands a payout has been through: the issuer, then the approver (None: not yet).

    ``requested_by`` is who asked for it again after a failure, if that was someone else than the issuer.
    """

    issued_by: Hashable
    approved_by: Hashable | None = None
    requested_by: Hashable | None = None


def may_move(state: State, verb: Verb) -> State:
    """The state that ``verb`` leads to from ``state``.

    Raises Refusal ``wrong_state`` with ``state``, ``verb`` and the states that allow it.
    """
    after = MOVES.get((state, verb))
    if after is None:
        allowed = tuple(before for before, move in MOVES if move is verb)
        raise Refusal("wrong_state", state=state, verb=verb, allowed=allowed)
    return after


def may_handle(verb: Verb, actor: Hashable, hands: Hands, *, own_payee: bool) -> None:
    """Let ``actor`` do ``verb``: four eyes, three hands (rules 6.2). Silent when allowed.

    Who issued (or requested again) may not approve, who issued or approved may not export, and nobody moves
    money of a payee he belongs to (``own_payee``). Rejecting and voiding stop money, so any hand but the
    payee's may.

    Raises Refusal ``own_payee`` or ``same_hands``, the latter with the earlier step that was his.
    """
    if own_payee:
        raise Refusal("own_payee", verb=verb)
    if verb in (Verb.APPROVE, Verb.EXPORT) and actor in (hands.issued_by, hands.requested_by):
        raise Refusal("same_hands", verb=verb, already="issue")
    if verb is Verb.EXPORT and actor == hands.approved_by:
        raise Refusal("same_hands", verb=verb, already="approve")


# Holds


class Check(StrEnum):
    """What is looked at again before money moves (rules 6.2)."""

    PAYEE_ACTIVE = "payee_active"
    BANK_DETAILS = "bank_details"
    BANK_SETTLED = "bank_settled"
    BROKERS_FREE = "brokers_free"
    APPEALS_DECIDED = "appeals_decided"


@dataclass(frozen=True, slots=True)
class Payee:
    """What is known of a payee at the instant of a check.

    ``frozen_until``: the latest end of the freezes on brokers whose deals are in the payment, if any.
    ``open_appeals``: whether a showing of a client whose deal is in the payment is under an open appeal.
    """

    active: bool
    has_bank_details: bool
    bank_changed_at: datetime | None
    frozen_until: datetime | None
    open_appeals: bool


BANK_REST = timedelta(hours=24)
"""How long bank details must be unchanged before money goes there: time for the owner to notice a theft."""


def holds(payee: Payee, now: datetime) -> Mapping[Check, Refusal]:
    """The checks that hold a payout back at ``now``, each with its no; empty when it may go.

    ``payee_inactive``, ``bank_missing``, ``bank_changed_lately`` and ``broker_frozen``, these two with ``until``,
    the first instant at which they hold no more, and ``open_appeal``, which holds until somebody decides.
    """
    found: dict[Check, Refusal] = {}
    if not payee.active:
        found[Check.PAYEE_ACTIVE] = Refusal("payee_inactive")
    if not payee.has_bank_details:
        found[Check.BANK_DETAILS] = Refusal("bank_missing")
    if payee.bank_changed_at is not None and now < payee.bank_changed_at + BANK_REST:
        found[Check.BANK_SETTLED] = Refusal("bank_changed_lately", until=payee.bank_changed_at + BANK_REST)
    if payee.frozen_until is not None and now < payee.frozen_until:
        found[Check.BROKERS_FREE] = Refusal("broker_frozen", until=payee.frozen_until)
    if payee.open_appeals:
        found[Check.APPEALS_DECIDED] = Refusal("open_appeal")
    return found
