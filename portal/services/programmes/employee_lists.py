"""A company's list of employees (rules 7.3): read, shown in words, and put in the place of the one before.

What a row says is turned into marks at once (`employee_checks`). Between the look at a list and the word to take it
over, the marks travel in the page, sealed: nothing is kept of a list that nobody took over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...adapters.sheets.employee_file import EmployeeRow, read_employees
from ...adapters.sheets.tables import is_formula, read_file
from ...models import Programme, ProgrammeEmployee
from ...session import Session
from .. import audit, contacts
from ..messages.sealed_addresses import open_words, seal_words
from . import employee_checks


@dataclass(frozen=True, slots=True)
class EmployeeList:
    """A list that was read: the rows that can be asked for, their marks, and why others cannot.

    `twice`: rows that say only what a row before them said. `faults` are refusals with the fact `row`.
    """

    rows: int
    twice: int
    marks: tuple[str, ...]
    faults: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A list that somebody looked at: its marks, and since when the one held that it takes the place of."""

    marks: tuple[str, ...]
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The list that a programme has: how many entries, since when; None where it has none."""

    entries: int
    listed_at: datetime | None


def open_file(data: bytes) -> Sequence[EmployeeRow]:
    """The rows of a list. It takes long; an edge calls it before its transaction begins.

    Raises Refusal, each at the field `file`: those of `read_file` and `read_employees`.
    """
    return read_file(data, read_employees)


def read(session: Session, programme: Programme, rows: Sequence[EmployeeRow]) -> EmployeeList:
    """What a list says. Stores nothing.

    Raises Refusal `employee_list_unreadable`, at the field `file`, where no row says anything that can be asked for.
    """
    marks: dict[str, None] = {}
    faults: list[Refusal] = []
    good = twice = 0
    for row in rows:
        own, wrong = _marks(session, programme.referrer_id, row)
        faults += wrong
        good += bool(own)
        twice += bool(own) and marks.keys() >= set(own)
        marks.update(dict.fromkeys(own))
    if not marks:
        raise Refusal("employee_list_unreadable", field="file", row=rows[0].row)
    return EmployeeList(good, twice, tuple(marks), tuple(faults))


def seal(session: Session, programme: Programme, found: EmployeeList) -> str:
    """A list's marks as they travel in the page that shows it, and which list they are to take the place of."""
    before = kept(session, programme).listed_at
    seen = [list(found.marks), before and before.isoformat()]
    return seal_words(session, _context(programme), seen)


def unseal(session: Session, programme: Programme, sealed: str) -> Seen:
    """The list that was looked at. Raises Refusal `employee_list_lost` for anything else."""
    lost = Refusal("employee_list_lost", field="file")
    marks, before = open_words(session, _context(programme), sealed, lost=lost)
    return Seen(tuple(marks), datetime.fromisoformat(before) if before else None)


def replace(session: Session, actor: Actor, now: datetime, programme: Programme, seen: Seen) -> int:
    """Put a list in the place of the one before, and look up whom the company's leads hold; how many were found.

    Who was checked by an earlier list stays checked. Two who replace it at once do so one after the other, and the
    second is refused: what he saw is not what he would replace. A list that was taken over already changes nothing.
    Raises Refusal `employee_list_changed`.
    """
    session.execute(
        select(Programme.referrer_id)
        .where(Programme.referrer_id == programme.referrer_id)
        .with_for_update(key_share=True)
    )
    marks = seen.marks
    if kept(session, programme).listed_at != seen.before:
        if _holds(session, programme) == set(marks):
            return 0
        raise Refusal("employee_list_changed", field="file")
    session.execute(delete(ProgrammeEmployee).where(ProgrammeEmployee.programme_id == programme.referrer_id))
    rows = [{"programme_id": programme.referrer_id, "mark": mark, "listed_at": now} for mark in marks]
    session.execute(insert(ProgrammeEmployee), rows)
    found = employee_checks.look_up_waiting(session, now, programme)
    audit.record(session, actor, now, "employee_list_replaced", programme, entries=len(rows), found=found)
    return found


def kept(session: Session, programme: Programme) -> Kept:
    """The list that the programme has now."""
    of_it = select(func.count(), func.max(ProgrammeEmployee.listed_at)).where(
        ProgrammeEmployee.programme_id == programme.referrer_id
    )
    entries, listed_at = session.execute(of_it).one()
    return Kept(entries, listed_at)


def _holds(session: Session, programme: Programme) -> set[str]:
    held = select(ProgrammeEmployee.mark).where(ProgrammeEmployee.programme_id == programme.referrer_id)
    return set(session.scalars(held).all())


def _marks(session: Session, programme_id: int, row: EmployeeRow) -> tuple[list[str], list[Refusal]]:
    """What can be asked for by a row, and what in it cannot be read. Nothing that it says stands in a refusal."""
    marks, faults = [], []
    if any(is_formula(cell) for cell in (row.phone, row.number, row.name)):
        return [], [Refusal("employee_row_formula", row=row.row)]
    if row.phone:
        try:
            marks.append(employee_checks.phone_marks(session, programme_id, contacts.parse_phone(row.phone))[0])
        except Refusal:
            faults.append(Refusal("employee_row_phone", row=row.row))
    badge = employee_checks.badge_marks(session, programme_id, row.number, row.name)
    if badge:
        marks.append(badge[0])
    elif not row.phone:
        faults.append(Refusal("employee_row_incomplete", row=row.row))
    return marks, faults


def _context(programme: Programme) -> str:
    return f"employee list {programme.referrer_id}"
