"""Every state with every verb, and every hand that may not."""

import pytest

from commissions.payout import FINAL, MOVES, Hands, State, Verb, may_handle, may_move
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


ISSUED, APPROVED = Hands("fin"), Hands("fin", "app")


@pytest.mark.parametrize(
    ("verb", "actor", "hands", "own", "refusal"),
    [
        (Verb.APPROVE, "app", ISSUED, False, None),
        (Verb.APPROVE, "fin", ISSUED, False, Refusal("same_hands", verb=Verb.APPROVE, already="issue")),
        (Verb.EXPORT, "cash", APPROVED, False, None),
        (Verb.EXPORT, "fin", APPROVED, False, Refusal("same_hands", verb=Verb.EXPORT, already="issue")),
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
