"""Every state with every verb, and every hand that may not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from commissions.payout import BANK_REST, FINAL, MOVES, Check, Hands, Payee, State, Verb, holds, may_handle, may_move
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
    assert {State.PAID, State.REJECTED, State.FAILED, State.VOIDED} == FINAL


ISSUED, APPROVED, AGAIN = Hands("fin"), Hands("fin", "app"), Hands("fin", "app", "other")


@pytest.mark.parametrize(
    ("verb", "actor", "hands", "own", "refusal"),
    [
        (Verb.APPROVE, "app", ISSUED, False, None),
        (Verb.APPROVE, "fin", ISSUED, False, Refusal("same_hands", verb=Verb.APPROVE, already="issue")),
        (Verb.EXPORT, "cash", APPROVED, False, None),
        (Verb.EXPORT, "fin", APPROVED, False, Refusal("same_hands", verb=Verb.EXPORT, already="issue")),
        (Verb.EXPORT, "other", AGAIN, False, Refusal("same_hands", verb=Verb.EXPORT, already="issue")),
        (Verb.EXPORT, "app", APPROVED, False, Refusal("same_hands", verb=Verb.EXPORT, already="approve")),
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
FREE = Payee(
    active=True,
    has_bank_details=True,
    bank_changed_at=NOON - BANK_REST,
    frozen_until=NOON,
    open_appeals=False,
    open_disputes=False,
)


@pytest.mark.parametrize(
    ("facts", "held"),
    [
        ({}, {}),
        ({"bank_changed_at": None, "frozen_until": None}, {}),
        ({"active": False}, {Check.PAYEE_ACTIVE: Refusal("payee_inactive")}),
        ({"has_bank_details": False}, {Check.BANK_DETAILS: Refusal("bank_missing")}),
        (
            {"bank_changed_at": NOON - BANK_REST + TICK},
            {Check.BANK_SETTLED: Refusal("bank_changed_lately", until=NOON + TICK)},
        ),
        ({"frozen_until": LATER}, {Check.BROKERS_FREE: Refusal("broker_frozen", until=LATER)}),
        ({"open_appeals": True}, {Check.APPEALS_DECIDED: Refusal("open_appeal")}),
        ({"open_disputes": True}, {Check.DISPUTES_ANSWERED: Refusal("open_dispute")}),
    ],
)
def test_each_hold_is_named_and_ends_at_its_instant(facts, held):
    assert holds(replace(FREE, **facts), NOON) == held


def test_releasing_one_hold_does_not_release_the_others():
    everything = Payee(
        active=False,
        has_bank_details=False,
        bank_changed_at=NOON,
        frozen_until=LATER,
        open_appeals=True,
        open_disputes=True,
    )
    assert list(holds(everything, NOON)) == list(Check)
    assert list(holds(replace(everything, active=True), NOON)) == list(Check)[1:]
