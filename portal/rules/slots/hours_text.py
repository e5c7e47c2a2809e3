"""The hours of a day as people type them: "9:00–12:00, 13:30-18:00", with full-width signs as well."""

import re
from collections.abc import Sequence

from commissions.refusal import Refusal

from .slot import Span

_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:-|–|—|~|至|到)\s*(\d{1,2})(?::(\d{2}))?")
_AS_TYPED = str.maketrans("０１２３４５６７８９：，；、－～", "0123456789:,,,-~")


def read_hours(text: str, field: str) -> tuple[Span, ...]:
    """The spans that a text says, in its order; an empty one says that nobody is received.

    Raises Refusal: slot_hours_unclear (with the field).
    """
    said = text.translate(_AS_TYPED).replace("\N{FULLWIDTH TILDE}", "~")
    return tuple(_span(part.strip(), field) for part in re.split(r"[,;]", said) if part.strip())


def write_hours(spans: Sequence[Span]) -> str:
    """The same as a text that is read back as it was."""
    return ", ".join(f"{_clock(begins)}–{_clock(ends)}" for begins, ends in spans)


def _span(said: str, field: str) -> Span:
    found = _SPAN.fullmatch(said)
    if found is None:
        raise Refusal("slot_hours_unclear", field=field, said=said[:40])
    hour, minute, last_hour, last_minute = (int(part or 0) for part in found.groups())
    if max(minute, last_minute) > 59:
        raise Refusal("slot_hours_unclear", field=field, said=said[:40])
    return hour * 60 + minute, last_hour * 60 + last_minute


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"
