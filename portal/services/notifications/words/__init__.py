"""The words of every kind of event, for every channel: one module a domain, as the kinds stand in `portal.rules`."""

from collections.abc import Mapping

from ..wording import Told
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

_TABLES: tuple[Mapping[str, Told], ...] = (
    clients.WORDS,
    conflicts.WORDS,
    risk.WORDS,
    faces.WORDS,
    erasure.WORDS,
    standing.WORDS,
    partners.WORDS,
    deals.WORDS,
    loans.WORDS,
    measures.WORDS,
    money.WORDS,
    referral.WORDS,
    accounts.WORDS,
    operation.WORDS,
    exports.WORDS,
    aftercare.WORDS,
)

WORDS: Mapping[str, Told] = {name: told for table in _TABLES for name, told in table.items()}
