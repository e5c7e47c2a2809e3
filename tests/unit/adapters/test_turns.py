"""So many at once, few waiting, and the others hear when to come again."""

from contextlib import ExitStack
from threading import Event, Thread

import pytest

from commissions.refusal import Refusal
from portal.adapters.turns import Turns


def test_who_finds_no_place_hears_when_to_come_again_and_a_turn_that_ended_is_free() -> None:
    turns = Turns(at_once=2, waiting=0, wait_seconds=0, refuse=lambda: Refusal("busy_try_again", seconds=7))
    with ExitStack() as at_work:
        at_work.enter_context(turns.take())
        at_work.enter_context(turns.take())
        with pytest.raises(Refusal) as refused, turns.take():
            pass
        assert refused.value == Refusal("busy_try_again", seconds=7)
    with turns.take(), turns.take():
        pass


def test_a_turn_is_free_after_a_fault() -> None:
    turns = Turns(at_once=1, waiting=0, wait_seconds=0)
    with pytest.raises(ZeroDivisionError), turns.take():
        raise ZeroDivisionError
    with turns.take():
        pass


def test_one_waits_for_a_turn_and_the_next_is_not_let_in() -> None:
    turns, waiting, done = Turns(at_once=1, waiting=1, wait_seconds=30, refuse=lambda: Refusal("other")), Event(), []

    def wait() -> None:
        waiting.set()
        with turns.take():
            done.append("worked")

    with turns.take():
        second = Thread(target=wait)
        second.start()
        waiting.wait()
        for _ in range(1000):  # until it stands in line
            if turns._places._value == 0:
                break
        with pytest.raises(Refusal, match="other"), turns.take():
            pass
    second.join()
    assert done == ["worked"]


def test_nobody_waits_longer_than_was_said() -> None:
    turns = Turns(at_once=1, waiting=1, wait_seconds=0.01)
    with turns.take(), pytest.raises(Refusal, match="busy_try_again"), turns.take():
        pass
