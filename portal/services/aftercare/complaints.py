"""Complaints: opened with a clock, answered, settled by the owner's word, and told to the manager when they are late.

What may be done next is the rule's to say (`rules.aftercare.complaint`); a conditional update decides who was first,
and each step stays written.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.orm import joinedload, selectinload

from commissions.refusal import Refusal

from ...access.actor import SYSTEM, Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import (
    CareFile,
    Complaint,
    ComplaintAbout,
    ComplaintPromise,
    ComplaintSource,
    ComplaintStep,
    ComplaintWords,
    Deal,
    Development,
    OwnerFile,
    Promise,
    Survey,
    TextKind,
    TextMessage,
)
from ...models.care.files import carer_of
from ...rules.aftercare.complaint import AnswerClock, ComplaintState, Standing, StepKind, after
from ...rules.messages.quiet_hours import earliest
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit
from ..contacts import vault_of
from ..events.telling import Concerned, tell
from ..messages import texts

LONGEST = 2_000
"""Letters of what is said in one step."""
MOST_OPEN = 3
"""So many complaints of one owner that are not closed; what comes beyond is said in one of them."""

_WITH_WORDS = frozenset(
    {StepKind.ANSWERED, StepKind.NOTED, StepKind.OFFERED, StepKind.REOPENED, StepKind.CLOSED_UNANSWERED}
)
_TOLD = {
    StepKind.ANSWERED: "complaint_answered",
    StepKind.SETTLED: "complaint_settled",
    StepKind.REOPENED: "complaint_reopened",
}
_TEXT_LIVES = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class About:
    """What a complaint is: where it came from, what it is about, what was said, by which survey."""

    source: ComplaintSource
    subject: ComplaintAbout
    words: str = ""
    survey: Survey | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step as a page shows it, with its words in plain."""

    row: ComplaintStep
    words: str


def clock_of(development: Development) -> AnswerClock:
    """Within which time a development answers."""
    policy = Policy.of(development.policy)
    return AnswerClock(policy.complaint_minutes, policy.complaint_from_hour, policy.complaint_until_hour)


def standing(row: Complaint) -> Standing:
    """How a complaint stands."""
    return Standing(row.state, row.since, row.due_at)


# Opening one


def open_complaint(session: Session, actor: Actor, now: datetime, owner: OwnerFile, about: About) -> Complaint:
    """Take a complaint down; its clock runs from now on.

    Raises Refusal: complaint_words_missing (with the field; a survey's may have none), complaints_many.
    """
    if about.survey is None and not about.words.strip():
        raise Refusal("complaint_words_missing", field="words")
    unsettled = Complaint.owner_id == owner.id, Complaint.state != ComplaintState.CLOSED
    if about.survey is None and (session.scalar(select(func.count()).where(*unsettled)) or 0) >= MOST_OPEN:
        raise Refusal("complaints_many", most=MOST_OPEN)
    development = owner.deal.development
    row = Complaint(
        owner_id=owner.id,
        survey_id=about.survey.id if about.survey else None,
        source=about.source,
        about=about.subject,
        state=ComplaintState.OPEN,
        since=now,
        due_at=clock_of(development).due_at(now),
        link_key=secrets.token_urlsafe(16),
        opened_at=now,
        opened_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    _write(session, actor, now, row, StepKind.OPENED, about.words)
    audit.record(session, actor, now, "complaint_opened", row, source=str(about.source), about=str(about.subject))
    tell(session, actor, now, "complaint_opened", row, concerned(session, row), due_at=row.due_at)
    return row


# What happens to it


def take_step(
    session: Session,
    actor: Actor,
    now: datetime,
    complaint: Complaint,
    kind: StepKind,
    words: str = "",
    promise: Promise | None = None,
) -> ComplaintStep:
    """Do something with a complaint. The owner's word comes from nobody who is signed in (`Actor(None, None)`). What is
    offered is a `promise`.

    Raises Refusal: complaint_words_missing (with the field), and those of `after`.
    """
    if kind in _WITH_WORDS and not words.strip():
        raise Refusal("complaint_words_missing", field="words")
    while True:
        state = after(standing(complaint), kind, now)
        if _move(session, now, complaint, kind, state):
            break
        session.refresh(complaint)  # somebody was first: what may be done is asked anew
    step = _write(session, actor, now, complaint, kind, words)
    if promise is not None:
        session.add(ComplaintPromise(step_id=step.id, promise_id=promise.id))
    audit.record(session, actor, now, "complaint_step", complaint, step=str(kind))
    if kind in _TOLD:
        facts = {"due_at": complaint.due_at} if kind is StepKind.REOPENED else {}
        tell(session, actor, now, _TOLD[kind], complaint, concerned(session, complaint), **facts)
    return step


def _move(session: Session, now: datetime, row: Complaint, kind: StepKind, state: ComplaintState) -> bool:
    """Whether nobody moved the complaint since it was looked at."""
    values: dict[str, object] = {}
    if state is not row.state or kind is StepKind.ASKED:
        values = {"state": state, "since": now}
    if kind is StepKind.REOPENED:
        values |= {"due_at": clock_of(row.owner.deal.development).due_at(now), "escalated_at": None}
    if kind is StepKind.ESCALATED:
        values |= {"escalated_at": now}
    if not values:
        return True
    same = (Complaint.id == row.id) & (Complaint.state == row.state) & (Complaint.since == row.since)
    if kind is StepKind.ESCALATED:
        same &= Complaint.escalated_at.is_(None)
    moved = session.scalar(update(Complaint).where(same).values(**values).returning(Complaint.id)) is not None
    session.refresh(row)
    return moved


def _write(session: Session, actor: Actor, now: datetime, row: Complaint, kind: StepKind, words: str) -> ComplaintStep:
    step = ComplaintStep(complaint_id=row.id, kind=kind, at=now, by_id=actor.person_id)
    session.add(step)
    session.flush()
    if words.strip():
        sealed = vault_of(session).seal_text(words.strip()[:LONGEST], context(step.id))
        session.add(ComplaintWords(step_id=step.id, text_sealed=sealed))
        session.flush()
    session.expire(row, ["steps"])
    return step


def escalate_late(session: Session, now: datetime) -> int:
    """Tell the manager of complaints whose first answer is overdue: once for each; how many there were."""
    late = Complaint.state == ComplaintState.OPEN, Complaint.due_at <= now, Complaint.escalated_at.is_(None)
    rows = session.scalars(select(Complaint).where(*late).order_by(Complaint.id).limit(500)).all()
    for row in rows:
        take_step(session, SYSTEM, now, row, StepKind.ESCALATED)
        tell(session, SYSTEM, now, "complaint_late", row, concerned(session, row), due_at=row.due_at)
    return len(rows)


def text_owner(session: Session, now: datetime, step: ComplaintStep) -> TextMessage | Refusal:
    """Write down the text with the owner's link to his complaint; a refusal says why none may reach him."""
    complaint = step.complaint
    deal = complaint.owner.deal
    try:
        message = texts.enqueue(
            session,
            now,
            deal.client_id,
            TextKind.COMPLAINT,
            {"development": deal.development.name, "token": complaint.link_key},
            key=f"complaint-{step.id}",
            expires_at=earliest(now) + _TEXT_LIVES,
        )
    except Refusal as refusal:
        return refusal
    message.next_try_at = earliest(now)
    return message


# Finding them


def by_key(session: Session, key: str) -> Complaint | None:
    """The complaint that a link leads to."""
    return session.scalar(select(Complaint).where(Complaint.link_key == key))


def listed(actor: Actor, now: datetime, *, state: str = "", development_id: int | None = None) -> Select[Complaint]:
    """The complaints that the actor may see, the late ones first, then by when they are to be answered.

    `state`: one of `ComplaintState`, `late`, or `unsettled` for all that are not closed.
    """
    overdue = (Complaint.state == ComplaintState.OPEN) & (Complaint.due_at <= now)
    stmt = visible(actor, Complaint)
    if state == "late":
        stmt = stmt.where(overdue)
    elif state == "unsettled":
        stmt = stmt.where(Complaint.state != ComplaintState.CLOSED)
    elif state in set(ComplaintState):
        stmt = stmt.where(Complaint.state == ComplaintState(state))
    if development_id is not None:
        here = select(OwnerFile.id).join(CareFile).where(CareFile.development_id == development_id)
        stmt = stmt.where(Complaint.owner_id.in_(here))
    order = case((overdue, 0), (Complaint.state == ComplaintState.OPEN, 1), else_=2)
    return stmt.options(*_SHOWN).order_by(order, Complaint.due_at, Complaint.id)


def waiting(session: Session, actor: Actor, now: datetime) -> tuple[int, int]:
    """How many complaints wait for their first answer, and how many of them are late."""
    if not may(actor, Permission.SERVE_OWNERS):
        return 0, 0
    open_ones = visible(actor, Complaint).where(Complaint.state == ComplaintState.OPEN).subquery()
    late = func.count().filter(open_ones.c.due_at <= now)
    found = session.execute(select(func.count(), late).select_from(open_ones)).one()
    return found[0], found[1]


def steps_of(session: Session, complaint: Complaint) -> list[Step]:
    """What happened to a complaint, oldest first."""
    stmt = select(ComplaintStep).where(ComplaintStep.complaint_id == complaint.id)
    promised = joinedload(ComplaintStep.promised).joinedload(ComplaintPromise.promise)
    loaded = joinedload(ComplaintStep.words), joinedload(ComplaintStep.by), promised
    rows = session.scalars(stmt.options(*loaded).order_by(ComplaintStep.id)).all()
    return [Step(row, plain(session, row.words)) for row in rows]


def of_owners(session: Session, owner_ids: Sequence[int]) -> Sequence[Complaint]:
    """The complaints of these owners, the latest first."""
    stmt = select(Complaint).where(Complaint.owner_id.in_(owner_ids)).order_by(Complaint.id.desc())
    return session.scalars(stmt.options(*_SHOWN)).all()


def concerned(session: Session, complaint: Complaint) -> Concerned:
    """Whom a complaint concerns: in whose care the owner is."""
    owner = complaint.owner
    person_id = session.scalar(select(carer_of(owner.file_id)))
    return Concerned(person_id, development=owner.deal.development_id)


def plain(session: Session, row: ComplaintWords | None) -> str:
    """The words of a step in plain."""
    return vault_of(session).open_text(row.text_sealed, context(row.step_id)) if row and row.text_sealed else ""


def context(step_id: int) -> str:
    """What the words of a step are sealed for."""
    return f"complaint words:{step_id}"


_SHOWN = (
    joinedload(Complaint.owner).joinedload(OwnerFile.deal).joinedload(Deal.development),
    joinedload(Complaint.owner).joinedload(OwnerFile.deal).joinedload(Deal.client),
    joinedload(Complaint.owner).joinedload(OwnerFile.file),
    selectinload(Complaint.steps),
)
