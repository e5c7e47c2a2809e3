"""All kinds of events, by name: the one table of what is told, to whom, and how much it matters."""

from collections.abc import Mapping

from . import accounts, clients, money, referral, standing
from .kind import Kind

_TABLES = (clients.KINDS, standing.KINDS, money.KINDS, referral.KINDS, accounts.KINDS)

KINDS: Mapping[str, Kind] = {name: kind for table in _TABLES for name, kind in table.items()}
