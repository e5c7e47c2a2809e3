"""The lock-out: who guesses is slowed, and cannot keep the owner out by it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.accounts.lockout import Limits, Origin, Try, closed_until
from portal.rules.networks import network_of

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
LIMITS = Limits(here=3, network=6, account=5, device=4, minutes=15, account_minutes=60)
HOME, OFFICE, CAFE = "192.0.2.1", "198.51.100.7", "203.0.113.9"
PHONE, TABLET = "the phone", "the tablet"


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def failed(minutes: float, network: str = HOME, device: str | None = None) -> Try:
    return Try(ago(minutes), Origin(network, device))


def succeeded(minutes: float, network: str = HOME, device: str | None = None) -> Try:
    return Try(ago(minutes), Origin(network, device), succeeded=True)


STRANGE = Origin(HOME)
KNOWN = Origin(HOME, PHONE)

CASES = {
    "nobody tried": ([], STRANGE, None),
    "one slip less than the limit": ([failed(1), failed(2)], STRANGE, None),
    "the limit, from here": ([failed(1), failed(2), failed(3)], STRANGE, 12),
    "more than the limit counts from the newest": ([failed(1), failed(2), failed(3), failed(14)], STRANGE, 12),
    "the last instant is closed": ([failed(14.99)] * 3, STRANGE, 0.01),
    "the end itself is open": ([failed(15)] * 3, STRANGE, None),
    "from elsewhere it is open": ([failed(1), failed(2), failed(3)], Origin(OFFICE), None),
    "a success here forgives what was before": ([failed(3), failed(3), succeeded(2), failed(1)], STRANGE, None),
    "and not what came after": ([succeeded(4), failed(3), failed(2), failed(1)], STRANGE, 12),
    "nor what failed in the very instant after it": ([succeeded(3), failed(3), failed(2), failed(1)], STRANGE, None),
    "a success elsewhere forgives nothing here": ([failed(3), failed(3), failed(3), succeeded(1, OFFICE)], STRANGE, 12),
    "many places, few tries each": (
        [failed(50), failed(40, OFFICE), failed(30, CAFE), failed(20, OFFICE), failed(10, CAFE)],
        STRANGE,
        10,
    ),
    "many places: a success forgives nobody elsewhere": (
        [failed(50, CAFE), failed(40, OFFICE), failed(30, CAFE), failed(20, OFFICE), failed(9, CAFE), succeeded(1)],
        STRANGE,
        10,
    ),
    "many places: an hour later it is open": (
        [failed(61, OFFICE), *[failed(30 + n, CAFE) for n in range(4)]],
        STRANGE,
        None,
    ),
    "a known device while strangers guess, from here and elsewhere": (
        [failed(1)] * 9 + [failed(1, OFFICE)] * 9,
        KNOWN,
        None,
    ),
    "a known device counts for itself": ([failed(1, device=PHONE)] * 4, KNOWN, 14),
    "wherever it is": ([failed(1, n, PHONE) for n in (HOME, OFFICE, CAFE, HOME)], KNOWN, 14),
    "and not for another known device": ([failed(1, device=PHONE)] * 4, Origin(HOME, TABLET), None),
    "nor for strange ones": ([failed(1, device=PHONE)] * 4, STRANGE, None),
    "its success forgives": ([failed(3, device=PHONE)] * 4 + [succeeded(2, device=PHONE)], KNOWN, None),
}


@pytest.mark.parametrize(("tries", "origin", "minutes"), CASES.values(), ids=CASES)
def test_an_account(tries: list[Try], origin: Origin, minutes: float | None) -> None:
    until = closed_until(NOW, origin, tries, [], LIMITS)
    assert until == (None if minutes is None else NOW + timedelta(minutes=minutes))


NETWORK = {
    "below": (5, STRANGE, None),
    "at the limit": (6, STRANGE, 10),
    "a known device does not care": (6, KNOWN, None),
}


@pytest.mark.parametrize(("failures", "origin", "minutes"), NETWORK.values(), ids=NETWORK)
def test_a_network_over_many_accounts(failures: int, origin: Origin, minutes: int | None) -> None:
    until = closed_until(NOW, origin, [], [ago(5)] * failures, LIMITS)
    assert until == (None if minutes is None else NOW + timedelta(minutes=minutes))


def test_of_two_that_are_closed_the_later_end_counts() -> None:
    here = [failed(minutes) for minutes in (1, 2, 9)]
    assert closed_until(NOW, STRANGE, here, [ago(5)] * 6, LIMITS) == NOW + timedelta(minutes=10)
    assert closed_until(NOW, STRANGE, here, [ago(9)] * 6, LIMITS) == NOW + timedelta(minutes=6)


FULL = {
    "here": ([failed(1)] * 5, [], STRANGE),
    "network": ([], [ago(1)] * 30, STRANGE),
    "account": ([failed(50, f"192.0.2.{n}") for n in range(20)], [], STRANGE),
    "device": ([failed(1, device=PHONE)] * 10, [], KNOWN),
}


@pytest.mark.parametrize(("tries", "crowd", "origin"), FULL.values(), ids=FULL)
def test_the_limits_that_the_portal_has(tries: list[Try], crowd: list[datetime], origin: Origin) -> None:
    """As docs/security.md and rules 10 have them: so many close it, one less does not."""
    assert closed_until(NOW, origin, tries, crowd, Limits()) is not None
    assert closed_until(NOW, origin, tries[1:], crowd[1:], Limits()) is None


networks = st.sampled_from([HOME, OFFICE, CAFE])
moments = st.integers(0, 59 * 60).map(lambda seconds: NOW - timedelta(seconds=seconds))
others = st.builds(Try, moments, st.builds(Origin, networks, st.sampled_from([None, TABLET])), st.booleans())


@given(st.lists(others), st.lists(moments), networks)
def test_the_owner_on_a_known_device_always_gets_in(tries: list[Try], crowd: list[datetime], network: str) -> None:
    """Whatever anybody else does, from wherever: with the right password the owner is in."""
    assert closed_until(NOW, Origin(network, PHONE), tries, crowd, LIMITS) is None


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 9).map(str)), max_size=60))
def test_a_guesser_from_many_places_is_slowed(knocks: list[tuple[int, str]]) -> None:
    """However he spreads his tries over places and time, so many are looked at in an hour, and so many from a place."""
    admitted: list[Try] = []
    for at, network in ((NOW + timedelta(seconds=10 * step), network) for step, network in sorted(knocks)):
        if closed_until(at, Origin(network), admitted, [], LIMITS) is None:
            admitted.append(Try(at, Origin(network)))
    for one in admitted:
        hour = [other for other in admitted if one.at <= other.at < one.at + timedelta(minutes=60)]
        quarter = [other for other in hour if other.at < one.at + timedelta(minutes=15)]
        assert len(hour) <= LIMITS.account
        assert sum(other.origin.network == one.origin.network for other in quarter) <= LIMITS.here


@given(st.lists(st.integers(0, 180), max_size=40))
def test_knocking_prolongs_nothing(minutes: list[int]) -> None:
    """A try that was turned away is not counted: sign-in opens when it was said to."""
    counted = [failed(3), failed(2), failed(1)]
    until = closed_until(NOW, STRANGE, counted, [], LIMITS)
    assert until is not None
    for later in sorted(minutes):
        at = NOW + timedelta(seconds=later)
        assert (closed_until(at, STRANGE, counted, [], LIMITS) is None) == (at >= until)


PLACES = {
    "192.0.2.1": "192.0.2.1",
    "2001:db8:1:2::1": "2001:db8:1:2::/64",
    "2001:db8:1:2:ffff:ffff:ffff:ffff": "2001:db8:1:2::/64",
    "2001:db8:1:3::1": "2001:db8:1:3::/64",
    "::ffff:192.0.2.1": "192.0.2.1",
    "fe80::1%eth0": "fe80::/64",
    "": "",
    "no address": "no address",
}


@pytest.mark.parametrize(("address", "network"), PLACES.items())
def test_a_place(address: str, network: str) -> None:
    assert network_of(address) == network
