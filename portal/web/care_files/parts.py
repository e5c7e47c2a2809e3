"""The parts of a file's page that the other rooms of client care fill: a template, and what it shows of a file.

A room adds its row here. Its template finds what its function returned as `part`, beside `file` and `one`; where that
is None the part is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...models import CareFile
from ...services.aftercare.section import section
from ...services.care import contacts, day
from ...services.not_bought import section as not_bought
from ..edge import actor, db, now


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page."""

    template: str
    shows: Callable[[CareFile], Any]


PARTS: tuple[Part, ...] = (
    Part("care/_due.html", lambda file: day.of_file(db(), actor(), now(), file)),
    Part("care/_written.html", lambda file: contacts.of_file(db(), actor(), file)),
    Part("not_bought/_section.html", lambda file: not_bought.section(db(), actor(), now(), file)),
    Part("aftercare/_section.html", lambda file: section(db(), actor(), now(), file)),
)
"""In the order of the page."""


def parts_of(file: CareFile) -> list[tuple[str, Any]]:
    """The parts that say something of a file."""
    shown = ((part.template, part.shows(file)) for part in PARTS)
    return [(template, value) for template, value in shown if value is not None]
