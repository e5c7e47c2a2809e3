"""What becomes of a row of an address book: a pure decision over what is known of its number.

Nothing is brought in twice: who is there already gets what is missing, and a second time nothing. Nobody's client goes
to another carer by a list.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Source(StrEnum):
    """Where the data of a list comes from, as whoever brings it says."""

    OWN_CLIENTS = "own_clients"
    SITE_BOOK = "site_book"
    FORMER_SYSTEM = "former_system"
    GATHERING = "gathering"


class Row(StrEnum):
    """What a row does."""

    NEW = "new"
    ADDS = "adds"
    SAME = "same"
    TWICE = "twice"
    COLLEAGUES = "colleagues"
    NOT_REGISTERED = "not_registered"
    UNREADABLE = "unreadable"


TAKEN = frozenset({Row.NEW, Row.ADDS})
"""What an import writes."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says that a file could lack."""

    needs: bool
    tags: frozenset[str]
    last_on: date | None
    grade: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a number in the development, as the one who brings the list may know it.

    `own`: a broker's own client there, or none of an agency's matter (staff). `filed`: there is a file that he may see;
    `colleagues`: in the care of somebody else. `tags` are folded words; `last_on` is the day of the newest contact.
    """

    own: bool = True
    filed: bool = False
    colleagues: bool = False
    needs: bool = False
    tags: frozenset[str] = frozenset()
    last_on: date | None = None
    grade: bool = False


def decide(said: Said, known: Known) -> Row:
    """What a readable row does that stands once in its list."""
    if not known.own:
        return Row.NOT_REGISTERED
    if not known.filed:
        return Row.NEW
    if known.colleagues:
        return Row.COLLEAGUES
    return Row.ADDS if adds(said, known) else Row.SAME


def adds(said: Said, known: Known) -> bool:
    """Whether a row says of a client in one's own care what his file lacks."""
    later = said.last_on is not None and (known.last_on is None or said.last_on > known.last_on)
    return (said.needs and not known.needs) or (said.grade and not known.grade) or not said.tags <= known.tags or later
