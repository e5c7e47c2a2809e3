"""Cases over whose client somebody is: opened by an objection, by a doubt or by a rule, and read.

One is open of a client, and of a deal: whoever comes second joins it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...models import (
    Client,
    ConflictCase,
    ConflictDecision,
    ConflictParty,
    ConflictProposal,
    ConflictResult,
    Deal,
    Objection,
    Person,
    ProposalState,
    Registration,
    Role,
    Touch,
    TouchKind,
)
from ...rules.conflicts import conflict as rule
from ...rules.conflicts.conflict import Cause
from ...session import Session
from .. import audit
from ..claims import rule_profiles, touches
from ..clients import lock_client
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there


class CaseState(StrEnum):
    """How a case stands."""

    OPEN = "open"
    LATE = "late"
    SECOND = "second"
    """a decision is proposed, and waits for a second person"""
    DECIDED = "decided"


TO_DECIDE, ALL = "to_decide", "all"
"""Further filters of the list: what the reader himself may decide or confirm, and everything."""


# Opening


@dataclass(frozen=True, slots=True)
class Question:
    """What a case is opened about: a registration, a deal or a touch of the client, and the deal where there is one.

    `found`: under what a rule finds it, once; `other_client_id`: the client under a former phone.
    """

    about: Registration | Deal | Touch
    cause: Cause
    deal: Deal | None = None
    words: str = ""
    found: str | None = None
    other_client_id: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A broker's part in a case: he holds the client, or claims him, by this registration."""

    person: Person
    agency_id: int | None
    holds: bool
    registration: Registration | None = None


def open_doubt(
    session: Session, actor: Actor, now: datetime, *, words: str, registration: Registration | None, deal: Deal | None
) -> ConflictCase:
    """Open a case because a manager doubts whose client, or whose deal, it is; one that is open already stands.

    Raises Refusal `doubt_reason_needed`, `conflict_open_already`, `mask_has_no_number`.
    """
    if not words.strip():
        raise Refusal("doubt_reason_needed", field="words")
    about = deal or registration
    assert about is not None  # a doubt is of one of them
    client_id = client_of(about)
    lock_client(session, client_id)
    if open_case_of(session, about.development_id, client_id, deal) is not None:
        raise Refusal("conflict_open_already")
    return open_case(session, actor, now, Question(about, Cause.DOUBT, deal, words.strip()))


def open_case(session: Session, actor: Actor, now: datetime, asked: Question) -> ConflictCase:
    """Open a case of a client, and of a deal where there is one; tell who may decide, and who holds the client.

    The caller holds the client's lock since before he looked for an open one.
    """
    case = ConflictCase(
        development_id=asked.about.development_id,
        client_id=client_of(asked.about),
        other_client_id=asked.other_client_id,
        deal_id=asked.deal.id if asked.deal else None,
        cause=asked.cause,
        found=asked.found,
        words=asked.words,
        opened_by=None if asked.found else actor.id,
        opened_at=now,
        look=1,
        due_at=now + rule.DUE_WITHIN,
    )
    session.add(case)
    session.flush()
    audit.record(session, actor, now, "conflict_opened", case, cause=asked.cause)
    whom = Concerned(development=case.development_id)
    tell(session, actor, now, "conflict_opened", case, whom, cause=asked.cause, due_at=case.due_at)
    holder = holder_of(session, now, case)
    if holder is not None:
        join(session, actor, now, case, Part(holder.person, holder.agency_id, holds=True))
    return case


def client_of(about: Registration | Deal | Touch) -> int:
    """Whose client is asked about. Raises Refusal `mask_has_no_number`."""
    if about.client_id is None:
        raise Refusal("mask_has_no_number")
    return about.client_id


def join(session: Session, actor: Actor, now: datetime, case: ConflictCase, part: Part) -> None:
    """Note that a broker has part in a case, once, and tell him so; a referrer and the staff have none."""
    if part.agency_id is None:
        return
    key = insert_unless_there(
        session,
        ConflictParty,
        ("case_id", "person_id"),
        case_id=case.id,
        person_id=part.person.id,
        agency_id=part.agency_id,
        registration_id=part.registration.id if part.registration else None,
        holds=part.holds,
        at=now,
    )
    if key is not None:
        session.expire(case, ["parties"])
        whom = Concerned(part.person.id, part.agency_id, case.development_id)
        tell(session, actor, now, "conflict_concerns", case, whom, due_at=case.due_at)


def holder_of(session: Session, now: datetime, case: ConflictCase) -> Touch | None:
    """The touch that owns the deal in question, else the one that holds the client."""
    deal = deal_of(session, case)
    if deal is not None:
        return deal.touch
    return touches.holder(session, case.development_id, case.client_id, now)


def open_case_of(session: Session, development_id: int, client_id: int, deal: Deal | None) -> ConflictCase | None:
    """The open case that a question about this client, and this deal, belongs to."""
    of = ConflictCase
    about: ColumnElement[bool] = of.deal_id.is_(None)
    if deal is not None:
        about = or_(of.deal_id == deal.id, of.deal_id.is_(None))
    stmt = select(of).where(
        of.development_id == development_id, of.client_id == client_id, of.closed_at.is_(None), about
    )
    return session.scalar(stmt.order_by(of.deal_id.desc(), of.id).limit(1))


# What hangs on it


def deal_of(session: Session, case: ConflictCase) -> Deal | None:
    """The deal that hangs on a case: the one in question, else the client's last that was opened since."""
    if case.deal is not None:
        return case.deal
    since = (
        select(Deal)
        .where(
            Deal.development_id == case.development_id,
            Deal.client_id == case.client_id,
            Deal.created_at >= case.opened_at,
            Deal.cancelled_at.is_(None),
        )
        .order_by(Deal.id.desc())
        .limit(1)
    )
    return session.scalar(since)


def rule_case(session: Session, now: datetime, case: ConflictCase) -> rule.Case:
    """What the decision of a case hangs on, as the rule reads it."""
    holder, deal = holder_of(session, now, case), deal_of(session, case)
    decided = [hand for one in case.decisions for hand in (one.decided_by, one.confirmed_by) if hand is not None]
    of_referrer = holder is not None and holder.kind is TouchKind.REFERRAL_LEAD
    return rule.Case(
        open=case.open,
        waits_for_second=proposal_of(session, case) is not None,
        objections=bool(case.objections),
        movable=not of_referrer and (deal is None or deal.cancelled_at is None),
        splittable=deal is not None
        and deal.signed_at is not None
        and deal.agency_id is not None
        and split_parts(session, case, deal) > 0,
        parts=_parts(session, case),
        deciders=frozenset(decided),
    )


def split_parts(session: Session, case: ConflictCase, deal: Deal) -> int:
    """Into how many parts the deal may be split at most: by the rules of the day of its touch, else of its own."""
    began = deal.touch.at if deal.touch is not None else deal.created_at
    return rule_profiles.in_force(session, case.development, began).split_parts


def _parts(session: Session, case: ConflictCase) -> frozenset[int]:
    """Who has part: the parties, who doubted, and whoever made a touch of the client, also one of the staff."""
    clients = [key for key in (case.client_id, case.other_client_id) if key is not None]
    made = select(Touch.person_id).where(Touch.development_id == case.development_id, Touch.client_id.in_(clients))
    people = {party.person_id for party in case.parties} | set(session.scalars(made))
    if case.opened_by is not None:
        people.add(case.opened_by)
    return frozenset(people)


def proposal_of(session: Session, case: ConflictCase) -> ConflictProposal | None:
    """The decision of a case that waits for a second person."""
    of = ConflictProposal
    return session.scalar(select(of).where(of.case_id == case.id, of.state == ProposalState.PROPOSED))


def seconded(session: Session) -> set[int]:
    """The cases whose decision waits for a second person, by their ids."""
    of = ConflictProposal
    return set(session.scalars(select(of.case_id).where(of.state == ProposalState.PROPOSED)))


# Reading


def cases(
    actor: Actor, now: datetime, *, state: str = CaseState.OPEN, development_id: int | None = None
) -> Select[ConflictCase]:
    """The cases that the actor may see, filtered, with what a list shows; `state` also TO_DECIDE or ALL."""
    of = ConflictCase
    stmt = scope.visible(actor, of).options(
        joinedload(of.development),
        joinedload(of.client),
        joinedload(of.deal),
        joinedload(of.opener),
        selectinload(of.parties).joinedload(ConflictParty.person),
        selectinload(of.parties).joinedload(ConflictParty.agency),
        selectinload(of.objections),
        selectinload(of.decisions).joinedload(ConflictDecision.decider),
    )
    if development_id is not None:
        stmt = stmt.where(of.development_id == development_id)
    return stmt.where(*_in_state(actor, now, state))


def _in_state(actor: Actor, now: datetime, state: str) -> tuple[ColumnElement[bool], ...]:
    of = ConflictCase
    waits = of.closed_at.is_(None)
    if state == ALL:
        return ()
    if state == CaseState.DECIDED:
        return (of.closed_at.is_not(None),)
    if state == CaseState.LATE:
        return waits, of.due_at <= now
    if state == CaseState.SECOND:
        return waits, _proposed()
    if state == TO_DECIDE:
        return waits, _may_act(actor)
    return (waits,)


def _proposed(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    of = ConflictProposal
    return exists().where(of.case_id == ConflictCase.id, of.state == ProposalState.PROPOSED, *conditions)


def _may_act(actor: Actor) -> ColumnElement[bool]:
    """A manager decides, and a manager or an approver confirms, what he has no part in and did not decide before."""
    of, party, said = ConflictCase, ConflictParty, ConflictDecision
    mine = [
        exists().where(party.case_id == of.id, party.person_id == actor.id),
        exists().where(said.case_id == of.id, or_(said.decided_by == actor.id, said.confirmed_by == actor.id)),
        exists().where(
            Touch.development_id == of.development_id,
            Touch.client_id.in_((of.client_id, of.other_client_id)),
            Touch.person_id == actor.id,
        ),
        func.coalesce(of.opened_by, 0) == actor.id,
    ]
    confirms = _proposed(ConflictProposal.proposed_by != actor.id)
    turn = or_(~_proposed(), confirms) if actor.role is Role.CHANNEL_MANAGER else confirms
    return and_(turn, ~or_(*mine))


def state_of(session: Session, case: ConflictCase, now: datetime) -> CaseState:
    """How it stands at this instant."""
    return state_beside(seconded(session), case, now)


def state_beside(waiting: Collection[int], case: ConflictCase, now: datetime) -> CaseState:
    """The same, where it is known which cases wait for a second person."""
    if not case.open:
        return CaseState.DECIDED
    if case.id in waiting:
        return CaseState.SECOND
    return CaseState.LATE if rule.is_late(case.due_at, now) else CaseState.OPEN


def result_of(case: ConflictCase, actor: Actor) -> ConflictResult | None:
    """What the last decision means for the actor, or for his agency where he is its principal."""
    last = case.decisions[-1].results if case.decisions else []
    own = [one for one in last if one.person_id == actor.person_id]
    return next(iter(own or [one for one in last if one.agency_id == actor.agency_id]), None)


def own_objections(case: ConflictCase, actor: Actor) -> Sequence[Objection]:
    """The objections whose words and pictures the actor reads: the staff all, a broker his own, a principal those of
    the own agency's brokers, as he reads their appeals: he answers for what they claim."""
    led = actor.agency_id if actor.role is Role.PRINCIPAL else None
    return [
        one
        for one in case.objections
        if actor.staff or one.broker_id == actor.person_id or (led is not None and one.registration.agency_id == led)
    ]


def own_registrations(session: Session, case: ConflictCase, actor: Actor) -> Sequence[Registration]:
    """What a party has of the client here: the own registrations, of a principal those of the agency."""
    clients = [key for key in (case.client_id, case.other_client_id) if key is not None]
    stmt = scope.visible(actor, Registration).where(
        Registration.development_id == case.development_id, Registration.client_id.in_(clients)
    )
    return session.scalars(stmt.order_by(Registration.id)).all()


def client_known_as(session: Session, case: ConflictCase) -> Client | None:
    """The client under the former phone, where a rule suspects one."""
    return session.get(Client, case.other_client_id) if case.other_client_id else None
