"""Every state with every verb, and every hand that may not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.payout import (
    FINAL,
    MOVES,
    RELEASABLE,
    Change,
    Check,
    Hands,
    Payee,
    State,
    Verb,
    causes,
    holds,
    may_handle,
    may_move,
    may_release,
)
from commissions.refusal import Refusal


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", Verb)
def test_a_payout_moves_along_the_graph_and_nowhere_else(state, verb):
    if (state, verb) in MOVES:
        assert may_move(state, verb) is MOVES[state, verb]
        return
    with pytest.raises(Refusal) as refused:
        may_move(state, verb)
    allowed = tuple(before for before, move in MOVES if move is verb)
    assert refused.value == Refusal("wrong_state", state=state, verb=verb, allowed=allowed)


def test_the_way_of_the_money():
    state = State.REQUESTED
    for verb in (Verb.APPROVE, Verb.EXPORT, Verb.SETTLE):
        state = may_move(state, verb)
    assert state is State.PAID


def test_the_ends_of_the_graph():
    assert {State.RETURNED, State.REJECTED, State.FAILED, State.VOIDED} == FINAL


ISSUED, APPROVED, AGAIN = Hands("fin"), Hands("fin", "app"), Hands("fin", "app", "other")
FIRST = Hands("fin", first_approved_by="first", exported_by="cash")
RELEASED = Hands("fin", "app", released_by=frozenset({"chief"}))


@pytest.mark.parametrize(
    ("verb", "actor", "hands", "own", "refusal"),
    [
        (Verb.APPROVE, "app", ISSUED, False, None),
        (Verb.APPROVE, "fin", ISSUED, False, Refusal("same_hands", verb=Verb.APPROVE, already="issue")),
        (Verb.EXPORT, "cash", APPROVED, False, None),
        (Verb.EXPORT, "fin", APPROVED, False, Refusal("same_hands", verb=Verb.EXPORT, already="issue")),
        (Verb.EXPORT, "other", AGAIN, False, Refusal("same_hands", verb=Verb.EXPORT, already="issue")),
        (Verb.EXPORT, "app", APPROVED, False, Refusal("same_hands", verb=Verb.EXPORT, already="approve")),
        (Verb.EXPORT, "chief", RELEASED, False, Refusal("same_hands", verb=Verb.EXPORT, already="release")),
        (Verb.APPROVE, "chief", RELEASED, False, None),
        (Verb.APPROVE, "first", FIRST, False, Refusal("same_hands", verb=Verb.APPROVE, already="approve")),
        (Verb.APPROVE, "app", FIRST, False, None),
        (Verb.EXPORT, "first", FIRST, False, Refusal("same_hands", verb=Verb.EXPORT, already="approve")),
        (Verb.FAIL, "cash", FIRST, False, Refusal("same_hands", verb=Verb.FAIL, already="export")),
        (Verb.RETURN, "cash", FIRST, False, Refusal("same_hands", verb=Verb.RETURN, already="export")),
        (Verb.SETTLE, "cash", FIRST, False, None),
        (Verb.FAIL, "fin", FIRST, False, None),
        (Verb.REJECT, "fin", ISSUED, False, None),
        (Verb.VOID, "app", APPROVED, False, None),
        (Verb.APPROVE, "app", ISSUED, True, Refusal("own_payee", verb=Verb.APPROVE)),
        (Verb.REJECT, "app", ISSUED, True, Refusal("own_payee", verb=Verb.REJECT)),
    ],
)
def test_four_eyes_three_hands(verb, actor, hands, own, refusal):
    if refusal is None:
        may_handle(verb, actor, hands, own_payee=own)
        return
    with pytest.raises(Refusal) as refused:
        may_handle(verb, actor, hands, own_payee=own)
    assert refused.value == refusal


NOON = datetime.fromisoformat("2026-03-15T12:00+08:00")
LATER, TICK = NOON + timedelta(days=3), timedelta(microseconds=1)
DAY = timedelta(hours=24)
FREE = Payee(
    active=True,
    has_bank_details=True,
    bank_changed_at=NOON - DAY,
    payable_fen=500,
    invoices=True,
    invoiced_fen=500,
    invoice_checked=True,
    tax_computed=None,
    frozen={"freeze:1": NOON},
)
PERSON = replace(FREE, invoices=False, invoiced_fen=None, invoice_checked=False, tax_computed=True)
DEALS = Check.DEALS_UNCHANGED
CHANGED = {
    "clawback": "deal_cancelled_since",
    "forfeiture": "deal_forfeited_since",
    "correction": "deal_corrected_since",
    "re_rank": "deal_re_ranked_since",
    "reward": "reward_taken_back_since",
}
UNEQUAL = Refusal("invoice_unequal", invoiced_fen=499, payable_fen=500)
TWO_FREEZES = {"freeze:2": NOON + TICK, "freeze:3": LATER}


@pytest.mark.parametrize(
    ("payee", "held"),
    [
        (FREE, {}),
        (replace(FREE, bank_changed_at=None, frozen={}), {}),
        (replace(FREE, active=False), {Check.PAYEE_ACTIVE: Refusal("payee_inactive")}),
        (replace(FREE, has_bank_details=False), {Check.BANK_DETAILS: Refusal("bank_missing")}),
        (
            replace(FREE, bank_changed_at=NOON - DAY + TICK),
            {Check.BANK_SETTLED: Refusal("bank_changed_lately", until=NOON + TICK)},
        ),
        (replace(FREE, frozen=TWO_FREEZES), {Check.BROKERS_FREE: Refusal("broker_frozen", until=LATER)}),
        (replace(FREE, appeals=frozenset({"appeal:1"})), {Check.APPEALS_DECIDED: Refusal("open_appeal")}),
        (replace(FREE, disputes=frozenset({"dispute:1"})), {Check.DISPUTES_ANSWERED: Refusal("open_dispute")}),
        (replace(FREE, conflicts=frozenset({"conflict:1"})), {Check.CONFLICTS_DECIDED: Refusal("open_conflict")}),
        (replace(FREE, questions=frozenset({"risk:1"})), {Check.QUESTIONS_ANSWERED: Refusal("open_question")}),
        *(
            (replace(FREE, changes={"change:7": Change(what, -5)}), {DEALS: Refusal(code, changed_fen=-5)})
            for what, code in sorted(CHANGED.items())
        ),
        (
            replace(FREE, changes={"change:7": Change("clawback", -5), "change:8": Change("correction", 2)}),
            {Check.DEALS_UNCHANGED: Refusal("deals_changed_since", count=2, changed_fen=-3)},
        ),
        (replace(FREE, objects=True), {Check.PAYEE_AGREES: Refusal("payee_objects")}),
        (replace(FREE, account_approved=True), {}),
        (replace(FREE, account_approved=False), {Check.ACCOUNT_APPROVED: Refusal("account_not_approved")}),
        (replace(FREE, invoiced_fen=None), {Check.INVOICE_EQUAL: Refusal("invoice_missing", payable_fen=500)}),
        (replace(FREE, invoiced_fen=499), {Check.INVOICE_EQUAL: UNEQUAL}),
        (
            replace(FREE, payable_fen=499),
            {Check.INVOICE_EQUAL: Refusal("invoice_unequal", invoiced_fen=500, payable_fen=499)},
        ),
        (replace(FREE, invoice_checked=False), {Check.INVOICE_EQUAL: Refusal("invoice_unchecked")}),
        (replace(FREE, invoice_checked=False, invoiced_fen=499), {Check.INVOICE_EQUAL: UNEQUAL}),
        (PERSON, {}),
        (replace(PERSON, tax_computed=False), {Check.TAX_COMPUTED: Refusal("tax_not_computed")}),
        (replace(PERSON, tax_computed=None), {Check.TAX_COMPUTED: Refusal("tax_not_computed")}),
    ],
)
def test_each_hold_is_named_and_ends_at_its_instant(payee, held):
    assert holds(payee, NOON) == held


OPEN = {
    Check.BROKERS_FREE: {"freeze:2", "freeze:3"},
    Check.APPEALS_DECIDED: {"appeal:4"},
    Check.DISPUTES_ANSWERED: {"dispute:5", "dispute:6"},
    Check.CONFLICTS_DECIDED: {"conflict:9"},
    Check.QUESTIONS_ANSWERED: {"risk:10"},
    Check.DEALS_UNCHANGED: {"change:7", "change:8"},
}
EVERYTHING = replace(
    FREE,
    active=False,
    has_bank_details=False,
    bank_changed_at=NOON,
    invoiced_fen=None,
    invoice_checked=False,
    frozen=TWO_FREEZES,
    appeals=frozenset(OPEN[Check.APPEALS_DECIDED]),
    disputes=frozenset(OPEN[Check.DISPUTES_ANSWERED]),
    conflicts=frozenset(OPEN[Check.CONFLICTS_DECIDED]),
    questions=frozenset(OPEN[Check.QUESTIONS_ANSWERED]),
    changes={"change:7": Change("clawback", -500), "change:8": Change("correction", 200)},
    objects=True,
    account_approved=False,
)


def test_what_can_be_released_by_hand():
    assert {check for check in Check if causes(EVERYTHING, check, NOON)} == RELEASABLE == OPEN.keys()
    assert {check: causes(EVERYTHING, check, NOON) for check in OPEN} == OPEN


@given(st.sets(st.sampled_from(sorted({one for names in OPEN.values() for one in names}))))
def test_releasing_one_hold_does_not_release_the_others(released):
    """Whatever was released, a check holds just while something of its own was not."""
    found = holds(EVERYTHING, NOON, released)
    assert found.keys() == (set(Check) - RELEASABLE - {Check.TAX_COMPUTED}) | {
        check for check, names in OPEN.items() if names - released
    }


def test_a_release_is_of_the_hold_as_it_stood():
    """A new freeze after the release holds again, until its own end; the end of the old one changes nothing."""
    assert holds(EVERYTHING, NOON, {"freeze:2"})[Check.BROKERS_FREE] == Refusal("broker_frozen", until=LATER)
    assert Check.BROKERS_FREE not in holds(EVERYTHING, NOON, {"freeze:3", "freeze:2"})
    assert holds(EVERYTHING, NOON + TICK, {"freeze:3"}).keys().isdisjoint({Check.BROKERS_FREE})


def test_a_change_after_a_release_holds_again_by_what_came_after_alone():
    held = holds(EVERYTHING, NOON, {"change:7"})[Check.DEALS_UNCHANGED]
    assert held == Refusal("deal_corrected_since", changed_fen=200)


@pytest.mark.parametrize(
    ("check", "actor", "own", "reason", "refusal"),
    [
        (Check.BROKERS_FREE, "app", False, "looked at it", None),
        (Check.BROKERS_FREE, "app", False, "  ", Refusal("release_reason_needed", field="reason")),
        (Check.DISPUTES_ANSWERED, "fin", False, "x", Refusal("same_hands", verb=Verb.APPROVE, already="issue")),
        (Check.APPEALS_DECIDED, "app", True, "x", Refusal("own_payee", verb=Verb.APPROVE)),
        *((check, "app", False, "x", Refusal("hold_stays", check=check)) for check in sorted(set(Check) - RELEASABLE)),
    ],
)
def test_who_may_release_what(check, actor, own, reason, refusal):
    if refusal is None:
        may_release(check, actor, ISSUED, own_payee=own, reason=reason)
        return
    with pytest.raises(Refusal) as refused:
        may_release(check, actor, ISSUED, own_payee=own, reason=reason)
    assert refused.value == refusal
