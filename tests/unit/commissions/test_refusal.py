"""A refusal is a value: comparable, printable, and it survives the trip between processes."""

import pickle

from commissions.refusal import Refusal


def test_equal_when_code_and_facts_are():
    assert Refusal("too_late", by=3) == Refusal("too_late", by=3)
    assert hash(Refusal("too_late", by=3)) == hash(Refusal("too_late", by=3))


def test_differs_by_code_by_facts_and_from_other_things():
    others = [Refusal("too_early", by=3), Refusal("too_late", by=4), Refusal("too_late"), "too_late"]
    assert all(Refusal("too_late", by=3) != other for other in others)


def test_prints_its_code_and_facts():
    assert str(Refusal("too_late", by=3)) == "too_late by=3"
    assert repr(Refusal("too_late", by=3)) == "Refusal('too_late', by=3)"


def test_pickles_with_its_facts():
    refusal = Refusal("too_late", by=3, rival=[1])
    assert pickle.loads(pickle.dumps(refusal)) == refusal
