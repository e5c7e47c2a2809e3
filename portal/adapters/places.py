"""Where addresses are, by a table that the operator keeps: `networks.csv` in the data folder, and no other source.

A line is a network and what it is called: `192.0.2.0/24,办公室`. The most exact network holds. Nothing is asked of the
net, and without the file nobody's place is known.
"""

import csv
import logging
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

log = logging.getLogger(__name__)

NAME = "networks.csv"
_MOST_BYTES = 5_000_000


@dataclass
class Places:
    """The table of one file, read anew when it changed."""

    path: Path
    _read_at: float | None = None
    _networks: list[tuple[IPv4Network | IPv6Network, str]] = field(default_factory=list)

    def of(self, address: str) -> str | None:
        """What the place of an address is called, or None."""
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return None
        return next((place for network, place in self._table() if parsed in network), None)

    def _table(self) -> list[tuple[IPv4Network | IPv6Network, str]]:
        try:
            changed = self.path.stat()
        except OSError:
            return []
        if changed.st_mtime != self._read_at:
            self._read_at = changed.st_mtime
            self._networks = _read(self.path) if changed.st_size <= _MOST_BYTES else []
        return self._networks


def _read(path: Path) -> list[tuple[IPv4Network | IPv6Network, str]]:
    """The lines that name a network, the most exact first; others are passed over, and said in the log."""
    found = []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.reader(lines), 1):
            try:
                found.append((ip_network(row[0].strip(), strict=False), row[1].strip()))
            except (ValueError, IndexError):
                log.warning("a line of the table of places is odd", extra={"line": number})
    return sorted(found, key=lambda one: -one[0].prefixlen)
