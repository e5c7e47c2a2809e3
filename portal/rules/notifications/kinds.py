"""All kinds of events, by name: the one table of what is told, to whom, and how much it matters."""

from collections.abc import Mapping

from . import (
    accounts,
    aftercare,
    clients,
    conflicts,
    deals,
    erasure,
    exports,
    faces,
    loans,
    measures,
    money,
    operation,
    partners,
    referral,
    risk,
    standing,
)
from .kind import Kind

_TABLES = (
    clients.KINDS,
    conflicts.KINDS,
    risk.KINDS,
    faces.KINDS,
    erasure.KINDS,
    standing.KINDS,
    partners.KINDS,
    deals.KINDS,
    loans.KINDS,
    measures.KINDS,
    money.KINDS,
    referral.KINDS,
    accounts.KINDS,
    operation.KINDS,
    exports.KINDS,
    aftercare.KINDS,
)

KINDS: Mapping[str, Kind] = {name: kind for table in _TABLES for name, kind in table.items()}
