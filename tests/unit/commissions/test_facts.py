"""The register of facts: whoever changes, adds or drops one is found by the first place that differs."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from commissions.facts import Entry, digest_of, enter, first_fault, name

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def register(count: int) -> list[Entry]:
    entries: list[Entry] = []
    for row_id in range(1, count + 1):
        entries.append(enter("milestone", row_id, digest_of([(row_id, AT)]), entries[-1] if entries else None))
    return entries


def changed(entries: list[Entry]) -> list[Entry]:
    return [entries[0], entries[1]._replace(digest=digest_of([(2, None)])), *entries[2:]]


def test_a_register_as_it_was_entered_holds() -> None:
    assert first_fault([]) is None
    assert first_fault(register(3)) is None


@pytest.mark.parametrize(
    ("harm", "number"),
    [
        (changed, 2),
        (lambda entries: [entries[0], *entries[2:]], 3),
        (lambda entries: entries[1:], 2),
        (lambda entries: [entries[1], entries[0], entries[2]], 2),
        (lambda entries: [entries[0]._replace(row_id=9), *entries[1:]], 1),
    ],
)
def test_the_first_place_that_differs_is_named(harm: Callable[[list[Entry]], list[Entry]], number: int) -> None:
    fault = first_fault(harm(register(3)))
    assert fault is not None
    assert fault[0] == number


def test_a_digest_is_of_every_value_in_its_place() -> None:
    facts = [(1, "a", None, AT, date(2026, 3, 10), {"b": 1, "a": 2})]
    assert digest_of(facts) == digest_of([[1, "a", None, AT, date(2026, 3, 10), {"a": 2, "b": 1}]])
    assert len({digest_of(facts), digest_of([]), digest_of([*facts, (2,)]), digest_of([facts[0][::-1]])}) == 4


def test_a_fact_holds_nothing_that_has_no_plain_form() -> None:
    with pytest.raises(TypeError, match="set"):
        digest_of([({1},)])


def test_a_fact_has_a_name() -> None:
    assert name("milestone", 12) == "milestone:12"
