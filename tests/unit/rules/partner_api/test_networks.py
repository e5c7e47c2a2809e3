"""From where a key may call."""

import pytest

from commissions.refusal import Refusal
from portal.rules.partner_api.networks import MOST_NETWORKS, allows, networks_of


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([""], []),
        (["203.0.113.7"], ["203.0.113.7/32"]),
        (["203.0.113.0/24\n2001:DB8::/32，203.0.113.0/24"], ["203.0.113.0/24", "2001:db8::/32"]),
        (["203.0.113.7", "203.0.113.8"], ["203.0.113.7/32", "203.0.113.8/32"]),
    ],
)
def test_networks_are_read_and_counted_once(words: list[str], expected: list[str]) -> None:
    assert networks_of(words) == expected


@pytest.mark.parametrize("odd", ["203.0.113", "203.0.113.7/24", "203.0.113.0/33", "hooks.example.com", "x" * 200])
def test_what_is_no_network(odd: str) -> None:
    with pytest.raises(Refusal) as told:
        networks_of([odd])
    assert told.value == Refusal("api_network_odd", field="networks", network=odd[:60])


def test_there_is_a_most() -> None:
    many = [f"203.0.113.{number}" for number in range(MOST_NETWORKS + 1)]
    assert len(networks_of(many[1:])) == MOST_NETWORKS
    with pytest.raises(Refusal, match="api_networks_many"):
        networks_of(many)


@pytest.mark.parametrize(
    ("networks", "address", "may"),
    [
        ([], None, True),
        (["203.0.113.0/24"], "203.0.113.255", True),
        (["203.0.113.0/24"], "203.0.114.0", False),
        (["203.0.113.0/24"], "::ffff:203.0.113.7", True),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["2001:db8::/32"], "203.0.113.7", False),
        (["203.0.113.0/24", "2001:db8::/32"], "2001:db8::1", True),
        (["203.0.113.0/24"], None, False),
        (["203.0.113.0/24"], "nonsense", False),
    ],
)
def test_a_key_calls_from_its_networks_alone(networks: list[str], address: str | None, may: bool) -> None:
    assert allows(networks, address) is may
