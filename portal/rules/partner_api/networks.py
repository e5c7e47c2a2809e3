"""From where a key may call (来源 IP 限制): networks that are named with it; none named: from anywhere."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from commissions.refusal import Refusal

MOST_NETWORKS = 20


def networks_of(words: Iterable[str]) -> list[str]:
    """The networks that are named, each once: an address, or one with its length such as 203.0.113.0/24.

    Raises Refusal: api_network_odd, api_networks_many.
    """
    named = [word for given in words for word in re.split(r"[,，;；\s]+", given) if word]
    found = list(dict.fromkeys(_network(word) for word in named))
    if len(found) > MOST_NETWORKS:
        raise Refusal("api_networks_many", field="networks", most=MOST_NETWORKS)
    return found


def allows(networks: Sequence[str], address: str | None) -> bool:
    """Whether a key that is bound to these networks may call from there."""
    if not networks:
        return True
    try:
        caller = ip_address(address or "")
    except ValueError:
        return False
    plain = _plain(caller)
    return any(plain in ip_network(one) for one in networks)


def _network(word: str) -> str:
    try:
        return str(ip_network(word))
    except ValueError as error:
        raise Refusal("api_network_odd", field="networks", network=word[:60]) from error


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that came over an IPv6 socket as itself."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
