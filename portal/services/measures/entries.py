"""What lives elsewhere, entered month by month: WeChat's interaction, and what leads of our own media cost.

A second entry of the same thing corrects the first one, with a reason; the first stays as it was written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import month_of
from ...models import Development, MeasureEntry
from ...rules.measures.board import OWN_DATA, Figure, Measure
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from .figures import stands

ELSEWHERE = tuple(measure for measure in Measure if measure not in OWN_DATA)
"""What is entered."""

MOST_PART = 10_000_000_000
MOST_WHOLE = 1_000_000_000
OLDEST_MONTHS = 24
"""So far back a month is entered or corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A month's figure of a development or (None) of all together. `part`: who did something, or the cost in fen;
    `whole`: who follows the account, or the leads."""

    development_id: int | None
    month: str
    measure: Measure
    part: int
    whole: int
    reason: str = ""

    @property
    def figure(self) -> Figure:
        """What it says."""
        return Figure(self.part, self.whole)


def enter(session: Session, actor: Actor, now: datetime, entry: Entry) -> MeasureEntry | None:
    """Enter a figure, or correct the one that stands; None where it says the same again.

    Raises Refusal: measure_entry_month, measure_entry_value, measure_entry_part, measure_entry_reason_needed.
    """
    check(entry, now)
    before = standing(session, entry)
    if before is not None and (before.part, before.whole) == (entry.part, entry.whole):
        return None
    if before is not None and not entry.reason.strip():
        raise Refusal("measure_entry_reason_needed", field="reason")
    row = MeasureEntry(
        development_id=entry.development_id,
        month=entry.month,
        measure=entry.measure,
        part=entry.part,
        whole=entry.whole,
        reason=entry.reason.strip() if before is not None else "",
        corrects_id=before.id if before is not None else None,
        by_id=actor.id,
        at=now,
    )
    session.add(row)
    facts = {"month": entry.month, "measure": str(entry.measure), "part": entry.part, "whole": entry.whole}
    audit.record(session, actor, now, "measure_corrected" if before else "measure_entered", row, **facts)
    if before is not None:
        whom = Concerned(before.by_id, development=entry.development_id)
        tell(session, actor, now, "measure_corrected", row, whom, month=entry.month, measure=str(entry.measure))
    return row


def check(entry: Entry, now: datetime) -> None:
    """What is wrong with an entry by itself. Raises the Refusals of `enter` but the last."""
    months = months_to_enter(now)
    if entry.month not in months:
        raise Refusal("measure_entry_month", field="month", earliest=months[-1], latest=months[0])
    if not (0 <= entry.part <= MOST_PART and 0 < entry.whole <= MOST_WHOLE):
        raise Refusal("measure_entry_value", field="whole" if entry.whole <= 0 else "part")
    if entry.measure is Measure.WECHAT and entry.part > entry.whole:
        raise Refusal("measure_entry_part", field="part")


def months_to_enter(now: datetime) -> list[str]:
    """The months that can be entered, the newest first: this one, and those before it."""
    year, month = (int(part) for part in month_of(now).split("-"))
    numbers = range(12 * year + month - 1, 12 * year + month - 1 - OLDEST_MONTHS, -1)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers]


def standing(session: Session, entry: Entry) -> MeasureEntry | None:
    """The row that says now what an entry is about."""
    of, where = MeasureEntry, entry.development_id
    same = of.development_id.is_(None) if where is None else of.development_id == where
    stmt = select(of).where(of.month == entry.month, of.measure == entry.measure, same, stands())
    return session.scalar(stmt)


def listing(actor: Actor, month: str | None = None, development_id: int | None = None) -> Select[MeasureEntry]:
    """All that was ever entered, with what its list shows."""
    of = MeasureEntry
    stmt = visible(actor, of).options(joinedload(of.by), joinedload(of.development))
    stmt = stmt if month is None else stmt.where(of.month == month)
    return stmt if development_id is None else stmt.where(of.development_id == development_id)


# A file


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a file: what it would enter, what stands there now, and why not, where it cannot be entered."""

    row: int
    entry: Entry | None
    before: Figure | None = None
    refusal: Refusal | None = None

    @property
    def same(self) -> bool:
        """Whether it says what stands there already."""
        return self.entry is not None and self.before == self.entry.figure


def preview(session: Session, now: datetime, rows: Sequence[tuple[int, Entry | Refusal]]) -> list[Line]:
    """What a file would do, row by row. Stores nothing."""
    lines, first = [], dict[tuple[str, Measure, int | None], int]()
    for row, one in rows:
        if isinstance(one, Refusal):
            lines.append(Line(row, None, refusal=one))
            continue
        before = standing(session, one)
        lines.append(Line(row, one, Figure(before.part, before.whole) if before else None, _fault(one, now, first)))
        first.setdefault((one.month, one.measure, one.development_id), row)
    return lines


def _fault(one: Entry, now: datetime, first: Mapping[tuple[str, Measure, int | None], int]) -> Refusal | None:
    if (earlier := first.get((one.month, one.measure, one.development_id))) is not None:
        return Refusal("measure_entry_twice", first=earlier)
    try:
        check(one, now)
    except Refusal as refusal:
        return refusal
    return None


def take(session: Session, actor: Actor, now: datetime, entries: Sequence[Entry], reason: str) -> int:
    """Enter what was looked at, all or, where anything breaks, none; how many changed something. `reason`: why what
    stands is corrected."""
    return sum(enter(session, actor, now, replace(one, reason=reason)) is not None for one in entries)


def developments_by_name(session: Session) -> Mapping[str, int]:
    """Developments by their name, as files say it."""
    return {name: key for key, name in session.execute(select(Development.id, Development.name))}
