"""One time line of all that happened with a client at a development, as far as the reader may see it.

Each entry is read off its own table, by that table's own rule of who may see it; nothing is copied together anywhere.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...clock import day_start, local_day
from ...models import (
    CareAssignment,
    CareFile,
    CareJudgement,
    CareLoss,
    CareNeeds,
    CareSighting,
    Deal,
    Loan,
    LoanStep,
    Milestone,
    NotBought,
    Outcome,
    Promise,
    PromiseEnd,
    Registration,
    Showing,
    SlotBooking,
    TextMessage,
    Touch,
    TouchKind,
)
from ...models.not_bought.answers import standing
from ...session import Session
from .. import contacts
from ..care import contacts as care_contacts
from ..care import scope
from ..care import words as care_words
from ..care.assigning import OPENED
from ..care.contacts import Shown
from ..keys.sealed_columns import CONTEXTS
from . import known

MOST = 200
"""Of each table so many of the newest are looked at: a file that has more is read in its own lists."""


class Kind(StrEnum):
    """What an entry is about."""

    OPENED = "opened"
    CONTACT = "contact"
    WALK_IN = "walk_in"
    LEAD = "lead"
    REGISTRATION = "registration"
    SHOWING = "showing"
    BOOKED = "booked"
    MILESTONE = "milestone"
    TEXT = "text"
    ASSIGNED = "assigned"
    JUDGED = "judged"
    NEEDS = "needs"
    SEEN = "seen"
    LOST = "lost"
    NOT_BOUGHT = "not_bought"
    PROMISED = "promised"
    PROMISE_OVER = "promise_over"
    LOAN = "loan"
    LOAN_STEP = "loan_step"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `row` is what it was read off; `by`: who did it; `words`: what was written, in plain;
    `ours`: whether the reader's own side wrote it."""

    at: datetime
    kind: Kind
    row: Any
    by: str = ""
    words: str = ""
    ours: bool = True
    more: dict[str, Any] = field(default_factory=dict)


def of_file(session: Session, actor: Actor, file: CareFile, made: Iterable[Shown] | None = None) -> list[Entry]:
    """All entries that the actor may see, the newest first. `made`: the contacts, where they were read already."""
    made = care_contacts.of_file(session, actor, file) if made is None else made
    found = [entry for source in _SOURCES for entry in source(session, actor, file)]
    found += [_contact(actor, one) for one in made if not one.hidden]
    opened = Entry(file.opened_at, Kind.OPENED, file, file.opener.name if file.opener and actor.staff else "")
    return sorted([*found, opened], key=lambda entry: (entry.at, entry.kind is not Kind.OPENED), reverse=True)


def _contact(actor: Actor, made: Shown) -> Entry:
    return _written(actor, Kind.CONTACT, made.contact, made.written.note, promised=made.written.promised)


def _judgements(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    mine = CareJudgement.file_id == file.id, scope.readable(actor, CareJudgement)
    stmt = select(CareJudgement).where(*mine).options(joinedload(CareJudgement.by))
    for row in _newest(session, stmt, CareJudgement.id):
        yield _written(actor, Kind.JUDGED, row, grounds=known.grounds_of(session, row))


def _needs(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    mine = CareNeeds.file_id == file.id, scope.readable(actor, CareNeeds)
    stmt = select(CareNeeds).where(*mine).options(joinedload(CareNeeds.by))
    for row in _newest(session, stmt, CareNeeds.id):
        yield _written(actor, Kind.NEEDS, row, needs=known.needs_in(session, row))


def _losses(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    mine = CareLoss.file_id == file.id, scope.readable(actor, CareLoss)
    rows = _newest(session, select(CareLoss).where(*mine).options(joinedload(CareLoss.by)), CareLoss.id)
    words = care_words.of_losses(session, rows)
    for row in rows:
        yield _written(actor, Kind.LOST, row, words.get(row.id, care_words.NOTHING).note)


def _sightings(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    undone = select(CareSighting.undoes_id).where(CareSighting.file_id == file.id, CareSighting.undoes_id.is_not(None))
    mine = (
        CareSighting.file_id == file.id,
        scope.readable(actor, CareSighting),
        CareSighting.undoes_id.is_(None),
        CareSighting.id.not_in(undone),
    )
    stmt = select(CareSighting).where(*mine).options(joinedload(CareSighting.by))
    for row in _newest(session, stmt, CareSighting.id):
        yield _written(actor, Kind.SEEN, row)


def _assignments(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    """Which of the developer's people cares is the developer's own matter."""
    if not actor.staff:
        return
    people = joinedload(CareAssignment.carer), joinedload(CareAssignment.by)
    stmt = select(CareAssignment).where(CareAssignment.file_id == file.id).options(*people)
    for row in _newest(session, stmt, CareAssignment.number):
        yield Entry(row.at, Kind.ASSIGNED, row, row.by.name, "" if row.reason == OPENED else row.reason)


def _touches(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    kinds = {TouchKind.WALK_IN: Kind.WALK_IN, TouchKind.REFERRAL_LEAD: Kind.LEAD}
    stmt = visible(actor, Touch).where(_here(Touch, file), Touch.kind.in_(kinds))
    for row in _newest(session, stmt.options(joinedload(Touch.withdrawal)), Touch.id):
        if row.withdrawal is None:
            yield Entry(row.at, kinds[row.kind], row)


def _registrations(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    people = joinedload(Registration.broker), joinedload(Registration.agency)
    stmt = visible(actor, Registration).where(_here(Registration, file)).options(*people)
    for row in _newest(session, stmt, Registration.id):
        by = f"{row.broker.name} · {row.agency.name}"
        yield Entry(row.at, Kind.REGISTRATION, row, by, more={"accepted": row.outcome is Outcome.ACCEPTED})


def _showings(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    stmt = visible(actor, Showing).join(Touch, Touch.id == Showing.touch_id).where(_here(Touch, file))
    stmt = stmt.options(joinedload(Showing.broker), joinedload(Showing.review))
    for row in _newest(session, stmt, Showing.id):
        yield Entry(row.at, Kind.SHOWING, row, row.broker.name)


def _bookings(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    mine = visible(actor, Registration).where(_here(Registration, file)).with_only_columns(Registration.id)
    stmt = visible(actor, SlotBooking).where(SlotBooking.registration_id.in_(mine))
    for row in _newest(session, stmt, SlotBooking.id):
        yield Entry(row.booked_at, Kind.BOOKED, row)


def _milestones(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    mine = visible(actor, Deal).where(_here(Deal, file)).with_only_columns(Deal.id)
    stmt = select(Milestone).where(Milestone.deal_id.in_(mine)).options(joinedload(Milestone.deal))
    for row in _newest(session, stmt, Milestone.id):
        yield Entry(row.at, Kind.MILESTONE, row)


def _texts(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    """What was texted to the client: the developer's matter, and not what it said."""
    if not actor.staff:
        return
    stmt = select(TextMessage).where(TextMessage.client_id == file.client_id, TextMessage.sent_at.is_not(None))
    for row in _newest(session, stmt, TextMessage.id):
        yield Entry(row.sent_at, Kind.TEXT, row)


def _reasons(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    """Why nothing was bought; what was noted with it, its own side reads."""
    stmt = visible(actor, NotBought).where(NotBought.file_id == file.id, standing())
    stmt = stmt.options(joinedload(NotBought.by), selectinload(NotBought.reasons))
    for row in _newest(session, stmt, NotBought.id):
        ours = row.agency_id == scope.side_of(actor)
        context = CONTEXTS["not_bought.note_sealed"].format(file_id=file.id)
        note = contacts.vault_of(session).open_text(row.note_sealed, context) if ours and row.note_sealed else ""
        yield Entry(row.at, Kind.NOT_BOUGHT, row, row.by.name, note, ours)


def _promises(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    if not may(actor, Permission.READ_PROMISES):
        return
    stmt = visible(actor, Promise).where(_here(Promise, file))
    ends = joinedload(Promise.end).joinedload(PromiseEnd.by)
    for row in _newest(session, stmt.options(joinedload(Promise.maker), ends), Promise.id):
        yield Entry(row.made_at, Kind.PROMISED, row, row.maker.name)
        if row.end is not None:
            yield Entry(row.end.at, Kind.PROMISE_OVER, row, row.end.by.name)


def _loans(session: Session, actor: Actor, file: CareFile) -> Iterator[Entry]:
    """By which bank a home is paid, and the stages that were reached, each on its day."""
    if not may(actor, Permission.READ_LOANS):
        return
    mine = visible(actor, Deal).where(_here(Deal, file)).with_only_columns(Deal.id)
    stmt = select(Loan).where(Loan.deal_id.in_(mine)).options(joinedload(Loan.deal), joinedload(Loan.opener))
    loans = _newest(session, stmt, Loan.id)
    for row in loans:
        yield Entry(row.opened_at, Kind.LOAN, row, row.opener.name)
    later = aliased(LoanStep)
    counts = LoanStep.on_day.is_not(None) & ~select(later.id).where(later.corrects_id == LoanStep.id).exists()
    steps = select(LoanStep).where(LoanStep.loan_id.in_([row.id for row in loans]), counts)
    for row in _newest(session, steps.options(joinedload(LoanStep.by)), LoanStep.id):
        at = row.at if local_day(row.at) == row.on_day else day_start(row.on_day)
        yield Entry(at, Kind.LOAN_STEP, row, row.by.name)


_SOURCES: tuple[Callable[[Session, Actor, CareFile], Iterator[Entry]], ...] = (
    _judgements,
    _needs,
    _losses,
    _sightings,
    _assignments,
    _touches,
    _registrations,
    _showings,
    _bookings,
    _milestones,
    _texts,
    _reasons,
    _promises,
    _loans,
)


def _written(actor: Actor, kind: Kind, row: Any, words: str = "", **more: Any) -> Entry:
    """What a side wrote in the file."""
    return Entry(row.at, kind, row, row.by.name, words, row.agency_id == scope.side_of(actor), more)


def _newest(session: Session, stmt: Any, column: Any) -> list[Any]:
    return list(session.scalars(stmt.order_by(column.desc()).limit(MOST)))


def _here(model: Any, file: CareFile) -> ColumnElement[bool]:
    same: ColumnElement[bool] = (model.development_id == file.development_id) & (model.client_id == file.client_id)
    return same
