"""Figures of a partner: what counts, from when a person looks, and that nothing is named twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.risk import figures, limits
from portal.rules.risk.figures import Claim, Facts, Figure, Found, Limit, Party, Reading, Row, Visit
from portal.rules.risk.limits import given as given_limits

NOW = datetime(2026, 3, 31, 2, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BROKER, COLLEAGUE, OTHER, REFERRER = Party(9, 3), Party(10, 3), Party(11, 4), Party(12, None)
LIMITS = {
    Figure.JUST_BEFORE: Limit(2, 5_000, minutes=60),
    Figure.DOUBTED: Limit(2, 5_000),
    Figure.FAKE: Limit(1),
    Figure.ONE_FACE: Limit(1),
    Figure.NEVER_CAME: Limit(2, 9_000),
    Figure.WALKED_IN: Limit(1, hours=24),
    Figure.VELOCITY: Limit(4, weeks=2, times=3),
}


def claim(number: int, ago: timedelta = DAY, party: Party = BROKER, **given: object) -> Claim:
    return Claim(Row("registrations", number), party, NOW - ago, **({"came": True, "over": False} | given))  # type: ignore[arg-type]


def visit(number: int, after: timedelta = DAY, party: Party = BROKER, **given: bool) -> Visit:
    at = NOW - DAY + number * MINUTE
    return Visit(Row("showings", number), party, at - after, at, **given)


def gone(*numbers: int) -> list[Claim]:
    """Clients whose protection has ended, and who never came."""
    return [claim(number, came=False, over=True) for number in numbers]


def doubted(*numbers: int) -> list[Visit]:
    return [visit(number, doubted=True) for number in numbers]


def quick(*numbers: int) -> list[Visit]:
    """Visits a minute after the registration."""
    return [visit(number, MINUTE) for number in numbers]


def reading(figure: Figure, claims: Sequence[Claim] = (), visits: Sequence[Visit] = ()) -> Reading:
    return next(one for one in figures.read(Facts(claims, visits), LIMITS, NOW) if one.figure is figure)


CASES = {
    "one shortly before of three": (Figure.JUST_BEFORE, [], [visit(1, 59 * MINUTE), visit(2), visit(3)], (1, 3, False)),
    "two of three": (Figure.JUST_BEFORE, [], [visit(1, 59 * MINUTE), visit(2, MINUTE), visit(3)], (2, 3, True)),
    "an hour is not shortly": (Figure.JUST_BEFORE, [], [visit(1, HOUR), visit(2, HOUR)], (0, 2, False)),
    "two of five are few": (Figure.JUST_BEFORE, [], [*quick(1, 2), *map(visit, (3, 4, 5))], (2, 5, False)),
    "doubted": (Figure.DOUBTED, [], [*doubted(1, 2), visit(3)], (2, 3, True)),
    "fake": (Figure.FAKE, [], [visit(1, fake=True), visit(2)], (1, 2, True)),
    "another's face": (Figure.ONE_FACE, [], [visit(1, other_face=True)], (1, 1, True)),
    "no visit": (Figure.ONE_FACE, [], [], (0, 0, False)),
    "never came": (Figure.NEVER_CAME, gone(1, 2), [], (2, 2, True)),
    "may still come": (Figure.NEVER_CAME, [claim(1, came=False), claim(2, came=False)], [], (0, 0, False)),
    "some came": (Figure.NEVER_CAME, [*gone(1, 2), claim(3)], [], (2, 3, False)),
    "walked in": (Figure.WALKED_IN, [claim(1, walked_in_at=NOW - DAY - HOUR), claim(2)], [], (1, 2, True)),
    "walked in long before": (Figure.WALKED_IN, [claim(1, walked_in_at=NOW - 2 * DAY)], [], (0, 1, False)),
    "four and none before": (Figure.VELOCITY, [claim(n) for n in range(4)], [], (4, 0, True)),
    "four, and two in the median week": (
        Figure.VELOCITY,
        [*(claim(n) for n in range(4)), *(claim(n, 8 * DAY) for n in (5, 6)), *(claim(n, 15 * DAY) for n in (7, 8))],
        [],
        (4, 2, False),
    ),
    "what is older counts nothing": (Figure.VELOCITY, [claim(n, 50 * DAY) for n in range(4)], [], (0, 0, False)),
}  # fmt: skip


@pytest.mark.parametrize(("figure", "claims", "visits", "said"), CASES.values(), ids=CASES)
def test_a_figure_counts_its_rows(
    figure: Figure, claims: list[Claim], visits: list[Visit], said: tuple[int, int, bool]
) -> None:
    found = reading(figure, claims, visits)
    assert (found.count, found.whole, found.over) == said
    assert len(found.evidence) == found.count


def test_a_figure_names_its_rows_the_oldest_first() -> None:
    found = reading(Figure.FAKE, visits=[visit(3, fake=True), visit(2), visit(1, fake=True)])
    assert found.evidence == (Row("showings", 1), Row("showings", 3))
    assert (found.share_bps, replace(found, whole=0).share_bps) == (6_666, 0)


def found(facts: Facts, named: dict[tuple[Figure, Party], datetime] | None = None) -> list[Found]:
    known = named or {}
    return list(figures.find(facts, LIMITS, NOW, lambda figure, party: known.get((figure, party))))


def test_who_is_over_is_named_and_an_agency_in_what_is_left() -> None:
    visits = [
        *(visit(n, doubted=True) for n in (1, 2)),
        *(visit(n, party=COLLEAGUE, doubted=True) for n in (3,)),
        *(visit(n, party=Party(13, 3), doubted=True) for n in (4,)),
        visit(5, party=OTHER, doubted=True),
        visit(6, party=REFERRER, doubted=True),
        visit(7, party=REFERRER, doubted=True),
    ]
    named = [(one.party, one.reading.figure, one.reading.count) for one in found(Facts([], visits))]
    doubted = Figure.DOUBTED
    assert named == [(REFERRER, doubted, 2), (BROKER, doubted, 2), (Party(None, 3), doubted, 2)]


def test_what_was_named_is_not_named_again() -> None:
    visits = [visit(n, fake=True) for n in (1, 2)]
    for named, count in ((visits[0].at, 1), (visits[1].at, 0)):
        told = found(Facts([], visits), {(Figure.FAKE, BROKER): named})
        assert sum(one.reading.count for one in told) == count
    many = Facts([claim(n) for n in range(4)])
    assert [one.reading.figure for one in found(many)] == [Figure.VELOCITY]
    assert found(many, {(Figure.VELOCITY, BROKER): NOW - DAY}) == []
    assert len(found(many, {(Figure.VELOCITY, BROKER): NOW - 8 * DAY})) == 1


def test_an_agency_is_not_named_for_what_its_brokers_flags_have_named() -> None:
    visits = [*(visit(n, fake=True) for n in (1, 2)), visit(3, party=COLLEAGUE)]
    assert [one.party for one in found(Facts([], visits))] == [BROKER]
    assert found(Facts([], visits), {(Figure.FAKE, BROKER): visits[1].at}) == []


def test_who_holds_what_another_one_holds_too() -> None:
    holders = [("a", BROKER, Row("people", 9)), ("a", OTHER, Row("agencies", 4)), ("b", REFERRER, Row("people", 12))]
    told = dict(figures.shared(holders))
    assert told == {BROKER: (Row("agencies", 4),), OTHER: (Row("people", 9),)}
    twice = [("a", BROKER, Row("agreements", 1)), ("a", BROKER, Row("agreements", 2))]
    assert list(figures.shared(twice)) == []


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.booleans()), max_size=12), st.randoms())
def test_the_order_of_the_rows_says_nothing(rows: list[tuple[int, bool, bool]], random) -> None:  # type: ignore[no-untyped-def]
    claims = [claim(n, days * DAY, came=came, over=over) for n, (days, came, over) in enumerate(rows)]
    mixed = random.sample(claims, len(claims))
    assert list(figures.read(Facts(mixed), LIMITS, NOW)) == list(figures.read(Facts(claims), LIMITS, NOW))


def test_the_houses_limits_are_whole() -> None:
    known = given_limits()
    assert set(known) == set(limits.SETTINGS) == set(Figure) - {Figure.SAME_ACCOUNT, Figure.SAME_PHONE}
    assert limits.checked(known) is known
    assert all(one.weeks <= figures.MOST_WEEKS for one in known.values())
