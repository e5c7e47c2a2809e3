"""The parts of a file's page that the other rooms of client care fill: a template, and what it shows of a file.

A room adds its row here. Its template finds what its function returned as `part`, beside `file` and `one`; where that
is None the part is left out. What the page itself has read is handed to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ...models import CareFile
from ...services.aftercare import section as aftercare
from ...services.care import contacts, day
from ...services.loans import section as loans
from ...services.not_bought import section as not_bought
from ...services.promises import section as promises
from ..edge import actor, db, now
from ..words import loans as loan_words
from ..words import not_bought as not_bought_words
from ..words import promises as promise_words


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page."""

    template: str
    shows: Callable[[CareFile, "Known"], Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What the page has read of a file for itself."""

    due: day.OfFile
    contacts: Sequence[contacts.Shown]


def _with(words: ModuleType, shown: Any) -> tuple[ModuleType, Any] | None:
    """What a part shows, with the words for it; nothing where it shows nothing."""
    return None if shown is None else (words, shown)


PARTS: tuple[Part, ...] = (
    Part("care/_due.html", lambda _file, known: known.due.owed),
    Part("care/_written.html", lambda _file, known: known.contacts),
    Part(
        "not_bought/_section.html",
        lambda file, _known: _with(not_bought_words, not_bought.section(db(), actor(), now(), file)),
    ),
    Part(
        "promises/_section.html",
        lambda file, _known: _with(promise_words, promises.section(db(), actor(), now(), file)),
    ),
    Part("loans/_section.html", lambda file, _known: _with(loan_words, loans.section(db(), actor(), now(), file))),
    Part("aftercare/_section.html", lambda file, _known: aftercare.section(db(), actor(), now(), file)),
)
"""In the order of the page."""


def parts_of(file: CareFile, known: Known) -> list[tuple[str, Any]]:
    """The parts that say something of a file."""
    shown = ((part.template, part.shows(file, known)) for part in PARTS)
    return [(template, value) for template, value in shown if value is not None]
