"""From where somebody comes, as far as counting goes."""

from ipaddress import IPv6Address, ip_address, ip_network

_SUBSCRIBER = 64
"""Of an IPv6 address: what a provider hands to one household or phone. The rest of it anyone there chooses freely."""


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 of an IPv6 address; what is neither counts as itself."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, _SUBSCRIBER), strict=False))
