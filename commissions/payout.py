"""Payouts (付款): the states money passes through on its way out, and whose hands may move it.

The graph is data, so that a page can draw it, a test can walk it, and a conditional update can name the
state it expects (rules 6.2, 6.3).
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
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
    RETURNED = "returned"


class Verb(StrEnum):
    """What may be done to a payout. ``settle``, ``fail`` and ``return`` are the bank's answers."""

    APPROVE = "approve"
    REJECT = "reject"
    EXPORT = "export"
    VOID = "void"
    SETTLE = "settle"
    FAIL = "fail"
    RETURN = "return"


MOVES: Mapping[tuple[State, Verb], State] = {
    (State.REQUESTED, Verb.APPROVE): State.APPROVED,
    (State.REQUESTED, Verb.REJECT): State.REJECTED,
    (State.REQUESTED, Verb.VOID): State.VOIDED,
    (State.APPROVED, Verb.EXPORT): State.EXPORTED,
    (State.APPROVED, Verb.VOID): State.VOIDED,
    (State.EXPORTED, Verb.SETTLE): State.PAID,
    (State.EXPORTED, Verb.FAIL): State.FAILED,
    (State.PAID, Verb.RETURN): State.RETURNED,
}
"""Every move there is. Once exported only the bank's answer moves a payout: the file may be at work.

A bank may say paid and send the money back days later (退票): what was paid is then returned, by one transfer more.
"""

FINAL = frozenset(State) - {state for state, _ in MOVES}
"""The states that nothing leaves; a failed payout is followed by a new one, not revived."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Whose hands a payout has been through: the issuer, then the approver (None: not yet).

    ``requested_by`` is who asked for it again after a failure, if that was someone else than the issuer;
    ``exported_by`` is who sent it to the bank; ``first_approved_by`` the first of two approvers, where it needs two;
    ``released_by`` are those who released a hold of it, and ``approved_anew_by`` those who approved it once more for
    another account: both are a part of approving.
    """

    issued_by: Hashable
    approved_by: Hashable | None = None
    requested_by: Hashable | None = None
    exported_by: Hashable | None = None
    first_approved_by: Hashable | None = None
    released_by: frozenset[Hashable] = frozenset()
    approved_anew_by: frozenset[Hashable] = frozenset()


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

    Who issued (or requested again) may not approve, and of two approvers the first not once more; who issued, approved
    (first or second), or released a hold may not export; who
    exported may not say that it failed or came back, for it would be paid again; and nobody moves money of a payee he
    belongs to (``own_payee``). Rejecting and voiding stop money, so any hand but the payee's may.

    Raises Refusal ``own_payee`` or ``same_hands``, the latter with the earlier step that was his.
    """
    if own_payee:
        raise Refusal("own_payee", verb=verb)
    if verb in (Verb.APPROVE, Verb.EXPORT) and actor in (hands.issued_by, hands.requested_by):
        raise Refusal("same_hands", verb=verb, already="issue")
    if verb in (Verb.APPROVE, Verb.EXPORT) and actor == hands.first_approved_by:
        raise Refusal("same_hands", verb=verb, already="approve")
    if verb in (Verb.FAIL, Verb.RETURN) and actor == hands.exported_by:
        raise Refusal("same_hands", verb=verb, already="export")
    if verb is Verb.EXPORT and actor in (hands.approved_by, *hands.approved_anew_by):
        raise Refusal("same_hands", verb=verb, already="approve")
    if verb is Verb.EXPORT and actor in hands.released_by:
        raise Refusal("same_hands", verb=verb, already="release")


# Holds


class Check(StrEnum):
    """What is looked at again before money moves (rules 6.2)."""

    PAYEE_ACTIVE = "payee_active"
    BANK_DETAILS = "bank_details"
    BANK_SETTLED = "bank_settled"
    PAYEE_AGREES = "payee_agrees"
    ACCOUNT_APPROVED = "account_approved"
    BROKERS_FREE = "brokers_free"
    APPEALS_DECIDED = "appeals_decided"
    DISPUTES_ANSWERED = "disputes_answered"
    CONFLICTS_DECIDED = "conflicts_decided"
    QUESTIONS_ANSWERED = "questions_answered"
    DEALS_UNCHANGED = "deals_unchanged"
    INVOICE_EQUAL = "invoice_equal"
    TAX_COMPUTED = "tax_computed"


RELEASABLE = frozenset(
    {
        *(Check.BROKERS_FREE, Check.APPEALS_DECIDED, Check.DISPUTES_ANSWERED),
        *(Check.CONFLICTS_DECIDED, Check.QUESTIONS_ANSWERED, Check.DEALS_UNCHANGED),
    }
)
"""The holds that a person may release, with a reason: something is still open, or has changed, and he answers for
paying all the same.
The others end by themselves (24 hours) or by the deed that mends them, and never by hand: a thief of bank details, or
whoever lacks an invoice, would ask for just that."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one event has posted about a payment's deals since its statement: the cause of its lines, and their sum."""

    what: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Payee:
    """What is known of a payee, and of what is to be paid, at the instant of a check.

    ``frozen``: the freezes on brokers whose deals are in the payment, each with its end. ``appeals``: the open ones
    over showings of clients whose deals are in it; ``disputes``: the open ones over its lines; ``conflicts``: the open
    cases over whose its deals are; ``questions``: those to the payee that hold some of it; ``changes``: what was
    posted about its deals since its statement. All are known by names such as ``freeze:3``, so that a release says what
    it was of.

    ``objects``: whether the payee says that the account is not his. ``account_approved``: whether the account is that
    for which the payment was approved; None before anybody has approved it.

    ``invoices``: whether the payee sends invoices (an agency does), ``invoiced_fen`` by the one that counts, if any,
    and ``invoice_checked`` whether finance has checked that one.
    ``tax_computed``: whether the tax on a person's payment is worked out; None for a payee who invoices.
    """

    active: bool
    has_bank_details: bool
    bank_changed_at: datetime | None
    payable_fen: int
    invoices: bool
    invoiced_fen: int | None
    invoice_checked: bool
    tax_computed: bool | None
    frozen: Mapping[str, datetime]
    appeals: frozenset[str] = frozenset()
    disputes: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    changes: Mapping[str, Change] = field(default_factory=dict)
    objects: bool = False
    account_approved: bool | None = None


BANK_REST = timedelta(hours=24)
"""How long bank details rest once they are confirmed, before money goes there: time for the payee, who is told, to
object."""


def holds(payee: Payee, now: datetime, released: Collection[str] = ()) -> Mapping[Check, Refusal]:
    """The checks that hold a payout back at ``now``, each with its no; empty when it may go.

    ``released``: the freezes, appeals, disputes, conflicts, questions and changes that somebody released for
    this payout. What came after a release holds again, and so does everything else.

    ``payee_inactive``, ``bank_missing``, ``payee_objects``, ``account_not_approved`` for one that was approved for
    another account, ``bank_changed_lately`` and ``broker_frozen``, these two with ``until``, the first instant at which
    they hold no more, ``open_appeal``, ``open_dispute``, ``open_conflict`` and ``open_question``, which hold until
    somebody decides, ``deal_cancelled_since`` and its sisters, with what was posted since, ``invoice_missing``,
    ``invoice_unequal`` with both sums, ``invoice_unchecked``, and ``tax_not_computed``.
    """
    found: dict[Check, Refusal] = {}
    if not payee.active:
        found[Check.PAYEE_ACTIVE] = Refusal("payee_inactive")
    if not payee.has_bank_details:
        found[Check.BANK_DETAILS] = Refusal("bank_missing")
    if payee.bank_changed_at is not None and now < payee.bank_changed_at + BANK_REST:
        found[Check.BANK_SETTLED] = Refusal("bank_changed_lately", until=payee.bank_changed_at + BANK_REST)
    if payee.objects:
        found[Check.PAYEE_AGREES] = Refusal("payee_objects")
    if payee.account_approved is False:
        found[Check.ACCOUNT_APPROVED] = Refusal("account_not_approved")
    frozen = [payee.frozen[one] for one in causes(payee, Check.BROKERS_FREE, now).difference(released)]
    if frozen:
        found[Check.BROKERS_FREE] = Refusal("broker_frozen", until=max(frozen))
    found |= _undecided(payee, now, released)
    if changed := causes(payee, Check.DEALS_UNCHANGED, now).difference(released):
        found[Check.DEALS_UNCHANGED] = _changed([payee.changes[one] for one in changed])
    return {**found, **_papers(payee)}


def _undecided(payee: Payee, now: datetime, released: Collection[str]) -> dict[Check, Refusal]:
    """What somebody has still to decide or answer."""
    found: dict[Check, Refusal] = {}
    if causes(payee, Check.APPEALS_DECIDED, now).difference(released):
        found[Check.APPEALS_DECIDED] = Refusal("open_appeal")
    if causes(payee, Check.DISPUTES_ANSWERED, now).difference(released):
        found[Check.DISPUTES_ANSWERED] = Refusal("open_dispute")
    if causes(payee, Check.CONFLICTS_DECIDED, now).difference(released):
        found[Check.CONFLICTS_DECIDED] = Refusal("open_conflict")
    if causes(payee, Check.QUESTIONS_ANSWERED, now).difference(released):
        found[Check.QUESTIONS_ANSWERED] = Refusal("open_question")
    return found


def _changed(changes: Sequence[Change]) -> Refusal:
    """The hold of one change by what happened, and of several together."""
    facts = {"changed_fen": sum(one.amount_fen for one in changes)}
    if len(changes) > 1:
        return Refusal("deals_changed_since", count=len(changes), **facts)
    match changes[0].what:
        case "clawback":
            return Refusal("deal_cancelled_since", **facts)
        case "forfeiture":
            return Refusal("deal_forfeited_since", **facts)
        case "correction":
            return Refusal("deal_corrected_since", **facts)
        case "re_rank":
            return Refusal("deal_re_ranked_since", **facts)
    return Refusal("reward_taken_back_since", **facts)


def _papers(payee: Payee) -> Mapping[Check, Refusal]:
    """What a payment lacks on paper: an agency's invoice over just this sum that finance has checked, or a person's
    tax (rules 6.2, 6.6)."""
    if payee.invoices and payee.invoiced_fen is None:
        return {Check.INVOICE_EQUAL: Refusal("invoice_missing", payable_fen=payee.payable_fen)}
    if payee.invoices and payee.invoiced_fen != payee.payable_fen:
        sums = {"invoiced_fen": payee.invoiced_fen, "payable_fen": payee.payable_fen}
        return {Check.INVOICE_EQUAL: Refusal("invoice_unequal", **sums)}
    if payee.invoices and not payee.invoice_checked:
        return {Check.INVOICE_EQUAL: Refusal("invoice_unchecked")}
    if not payee.invoices and not payee.tax_computed:
        return {Check.TAX_COMPUTED: Refusal("tax_not_computed")}
    return {}


def causes(payee: Payee, check: Check, now: datetime) -> frozenset[str]:
    """What a releasable hold goes back to at ``now``, by name; nothing for the others."""
    if check is Check.BROKERS_FREE:
        return frozenset(one for one, until in payee.frozen.items() if now < until)
    if check is Check.APPEALS_DECIDED:
        return payee.appeals
    if check is Check.DEALS_UNCHANGED:
        return frozenset(payee.changes)
    if check is Check.CONFLICTS_DECIDED:
        return payee.conflicts
    if check is Check.QUESTIONS_ANSWERED:
        return payee.questions
    return payee.disputes if check is Check.DISPUTES_ANSWERED else frozenset()


def may_release(check: Check, actor: Hashable, hands: Hands, *, own_payee: bool, reason: str) -> None:
    """Let ``actor`` release a hold: as who approves, with a reason (rules 6.2). Silent when allowed.

    Raises Refusal ``hold_stays`` for one that no hand releases, ``release_reason_needed``, and those of
    ``may_handle`` for approving.
    """
    if check not in RELEASABLE:
        raise Refusal("hold_stays", check=check)
    may_handle(Verb.APPROVE, actor, hands, own_payee=own_payee)
    if not reason.strip():
        raise Refusal("release_reason_needed", field="reason")
