"""Where a webhook may go: to a server that anybody can reach, and never to one of our own (SSRF).

Who enters an address has our servers ask it. So the text must name a public server over TLS, plainly; and whatever the
name is found to be when it is asked, each time anew, must be an address of the public internet. Ranges are listed here
and not left to a library, whose idea of "private" moves from one release to the next.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from commissions.refusal import Refusal

LONGEST = 500
TLS_PORT = 443
FIRST_OPEN_PORT = 1024
"""Below it live mail, shells and name servers, which understand no webhook and may misunderstand one."""

_TEXT = re.compile(r"[!-~]+")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
"""A last label that browsers and resolvers read as a part of an IPv4 address, in whatever spelling."""
_LOCAL_NAME = "localhost"
_PORTS = {"https": TLS_PORT, "http": 80}


def _networks(*texts: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


LOOPBACK = _networks("127.0.0.0/8", "::1/128")
PUBLIC_V6 = _networks("2000::/3")
"""What is handed out as global unicast; all else of IPv6 is private, of a link, of many, or holds an IPv4 address."""
NOT_PUBLIC = _networks(
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",  # private
    "100.64.0.0/10",  # carriers' own; clouds keep metadata there, such as 100.100.100.200
    "127.0.0.0/8",  # this machine
    "169.254.0.0/16",  # of a link; clouds keep metadata there
    "172.16.0.0/12",  # private
    "192.0.0.0/24",  # protocols' own
    "192.0.2.0/24",  # for documents
    "192.31.196.0/24",  # name servers' own
    "192.52.193.0/24",  # tunnels' own
    "192.88.99.0/24",  # relays of 6to4
    "192.168.0.0/16",  # private
    "192.175.48.0/24",  # name servers' own
    "198.18.0.0/15",  # for measuring
    "198.51.100.0/24",  # for documents
    "203.0.113.0/24",  # for documents
    "224.0.0.0/4",  # of many
    "240.0.0.0/4",  # reserved, and everybody
    "2001::/23",  # protocols' own; Teredo holds an IPv4 address
    "2001:db8::/32",  # for documents
    "2002::/16",  # 6to4 holds an IPv4 address
    "3fff::/20",  # for documents
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes, read from its address."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def tls(self) -> bool:
        return self.scheme == "https"

    @property
    def written(self) -> str:
        """Host and port as a request names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(text: str, *, loopback: bool) -> Target:
    """Read an address. `loopback`: this machine may be reached too, and without TLS.

    Raises Refusal: webhook_address_odd, webhook_address_secret, webhook_address_tls, webhook_address_port,
    webhook_address_private.
    """
    host, port, target = _read(text)
    number = _number_in(host)
    local = host == _LOCAL_NAME or (number is not None and is_loopback(number))
    if not (local and loopback):
        if target.scheme != "https":
            raise Refusal("webhook_address_tls", field="url")
        if port != TLS_PORT and port < FIRST_OPEN_PORT:
            raise Refusal("webhook_address_port", field="url", port=port)
        if local or (number is not None and not may_reach(number, loopback=False)):
            raise Refusal("webhook_address_private", field="url")
    return target


def may_reach(address: IPv4Address | IPv6Address, *, loopback: bool) -> bool:
    """Whether a server at this address may be asked."""
    if loopback and is_loopback(address):
        return True
    if address.version == 6 and not any(address in network for network in PUBLIC_V6):
        return False
    return not any(address in network for network in NOT_PUBLIC if network.version == address.version)


def is_loopback(address: IPv4Address | IPv6Address) -> bool:
    """Whether this is the machine itself."""
    return any(address in network for network in LOOPBACK if network.version == address.version)


def _read(text: str) -> tuple[str, int, Target]:
    """Host, port and the whole of an address."""
    odd = Refusal("webhook_address_odd", field="url", most=LONGEST)
    if len(text) > LONGEST or not _TEXT.fullmatch(text) or "\\" in text:
        raise odd
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise odd from None
    if parts.scheme not in _PORTS or parts.fragment or port == 0:
        raise odd
    if parts.username is not None or parts.password is not None:
        raise Refusal("webhook_address_secret", field="url")
    if not _is_host(host, parts.netloc):
        raise odd
    port = port or _PORTS[parts.scheme]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return host, port, Target(parts.scheme, host, port, path)


def _is_host(host: str, written: str) -> bool:
    """Whether this is a name or an address in its plain spelling."""
    if "[" in written or ":" in host:
        return _number_in(host) is not None and "%" not in host
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _number_in(host) is not None
    return len(host) <= 253 and _NAME.fullmatch(host) is not None


def _number_in(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
