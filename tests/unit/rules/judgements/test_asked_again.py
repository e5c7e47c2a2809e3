"""A judgement asked again: in another order of reading, and over the same facts."""

from hypothesis import given
from hypothesis import strategies as st

from portal.rules.judgements.judging import History, Touch, judge, last_instant
from portal.rules.judgements.profile import Profile
from tests.unit.rules.judgements.histories import histories, profiles
from tests.unit.rules.judgements.test_judging import by_client, facts_of


@given(histories(deeds=True), profiles, st.randoms(use_true_random=False))
def test_the_outcome_does_not_depend_on_the_order_in_which_rows_are_read(touches: list[Touch], profile, random) -> None:
    shuffled = list(touches)
    random.shuffle(shuffled)
    facts = {one.touch.touch_id: facts_of(one) for one in judge(shuffled, profile)}
    assert [facts_of(one) for one in judge(touches, profile)] == [facts[one.touch_id] for one in touches]


@given(histories(deeds=True), profiles)
def test_replay_adds_nothing(touches: list[Touch], profile: Profile) -> None:
    """The same facts, asked again, are answered the same; and what nobody waits for any more is no new fact."""
    rows = list(touches)
    first = [facts_of(one) for one in judge(touches, profile)]
    assert [facts_of(one) for one in judge(touches, profile)] == first
    assert touches == rows
    for client in by_client(touches).values():
        history = History(profile)
        told = [history.add(touch) for touch in client]
        for _ in range(2):  # closed again, and asked again
            history.close(last_instant(touches))
        known = dict(zip((one.touch_id for one in touches), first, strict=True))
        assert [facts_of(one) for one in told] == [known[one.touch.touch_id] for one in told]
