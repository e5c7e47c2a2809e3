"""What staff do about a friend who left a number: notes, and the next step with who does it and by when.

Notes are added and never changed. Who asked not to be contacted has no next step any more: nobody is sent to call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import roles_with
from ...clock import local_day
from ...models import Consent, Lead, LeadNote, Person
from ...models.referral.lead_notes import open_steps
from ...rules.referral import lead_care as rule
from ...session import Session
from .. import audit, contacts
from ..events.telling import Concerned, tell


class StepFilter(StrEnum):
    """Leads by their next step, as a list is narrowed."""

    MINE = "mine"
    DUE = "due"
    OPEN = "open"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class NewNote:
    """What somebody writes down. `step`, `step_by` and `due_on` are the next step; `over`: the one so far is done."""

    text: str = ""
    step: str = ""
    step_by: int | None = None
    due_on: date | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class NextStep:
    """What comes next for a lead. `due`: its day has come."""

    what: str
    who: Person
    due_on: date
    due: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A note in plain, with the step that it set."""

    row: LeadNote
    text: str
    step: str


def write(session: Session, actor: Actor, now: datetime, lead: Lead, wanted: NewNote) -> LeadNote:
    """Write a note on a lead. Another next step takes the place of the one so far.

    Raises Refusal: lead_note_empty, lead_step_incomplete, lead_step_past, each with its `field`; lead_step_for_nobody
    for somebody who does not care for leads; contact_withdrawn for a next step with who asked not to be contacted.
    """
    text, step = wanted.text.strip(), wanted.step.strip()
    due_on, today = wanted.due_on, local_day(now)
    rule.check(text, step, wanted.step_by, due_on, over=wanted.over, today=today)
    if step and lead.consent.withdrawn_at is not None:
        raise Refusal("contact_withdrawn", since=lead.consent.withdrawn_at)
    if step and wanted.step_by not in dict(carers(session)):
        raise Refusal("lead_step_for_nobody", field="step_by")
    row = LeadNote(
        lead=lead,
        at=now,
        written_by=actor.id,
        text_sealed=contacts.seal_note(session, text) if text else None,
        step_sealed=contacts.seal_note(session, step) if step else None,
        step_by=wanted.step_by if step else None,
        due_on=due_on,
        step_over=wanted.over,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, now, "lead_note_written", lead)
    if due_on is not None and row.step_by != actor.id:
        whom = Concerned(row.step_by, development=lead.development_id)
        tell(session, actor, now, "lead_step_given", lead, whom, until_on=due_on)
    return row


def carers(session: Session) -> list[tuple[int, str]]:
    """Who may be given a next step: id and name."""
    caring = Person.role.in_(roles_with(Permission.CARE_FOR_LEADS))
    people = select(Person).where(caring, Person.deactivated_at.is_(None)).order_by(Person.name, Person.id)
    return [(one.id, one.name) for one in session.scalars(people)]


def written_on(session: Session, lead: Lead) -> list[Written]:
    """The notes on a lead, the newest first."""
    people = joinedload(LeadNote.writer), joinedload(LeadNote.who)
    rows = session.scalars(select(LeadNote).where(LeadNote.lead_id == lead.id).options(*people).order_by(-LeadNote.id))
    return [Written(row, _plain(session, row.text_sealed), _plain(session, row.step_sealed)) for row in rows]


def next_steps(session: Session, now: datetime, leads: Sequence[Lead]) -> dict[int, NextStep]:
    """What comes next for each of these leads, by the lead's id; without those for whom nothing does."""
    today = local_day(now)
    those = [lead.id for lead in leads if lead.consent.withdrawn_at is None]
    rows = session.scalars(open_steps().where(LeadNote.lead_id.in_(those)).options(joinedload(LeadNote.who)))
    return {
        row.lead_id: NextStep(_plain(session, row.step_sealed), row.who, row.due_on, row.due_on <= today)
        for row in rows
        if row.who is not None and row.due_on is not None
    }


def by_step(stmt: Select[Lead], actor: Actor, now: datetime, which: StepFilter) -> Select[Lead]:
    """A selection of leads narrowed by their next step. `MINE`: what is due for the actor, or for a colleague whose
    account is closed."""
    steps = open_steps().with_only_columns(LeadNote.lead_id)
    listens = Lead.consent_id.in_(select(Consent.id).where(Consent.withdrawn_at.is_(None)))
    if which is StepFilter.NONE:
        return stmt.where(or_(~listens, Lead.id.not_in(steps)))
    if which in (StepFilter.MINE, StepFilter.DUE):
        steps = steps.where(LeadNote.due_on <= local_day(now))
    if which is StepFilter.MINE:
        gone = select(Person.id).where(Person.deactivated_at.is_not(None))
        steps = steps.where(or_(LeadNote.step_by == actor.id, LeadNote.step_by.in_(gone)))
    return stmt.where(listens, Lead.id.in_(steps))


def soonest(stmt: Select[Lead]) -> Select[Lead]:
    """A selection of leads that have a next step, in the order of their days."""
    steps = open_steps().with_only_columns(LeadNote.lead_id, LeadNote.due_on).subquery()
    return stmt.join(steps, steps.c.lead_id == Lead.id).order_by(steps.c.due_on, Lead.id)


def _plain(session: Session, sealed: bytes | None) -> str:
    return "" if sealed is None else contacts.open_note(session, sealed)
