"""What a case is decided by: one time line of all that happened with the client here, and the rule's own answer.

For the staff who decide: it names both sides. Nothing is kept of it; it is read from the facts each time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from ...models import (
    Attribution,
    Base,
    CareAssignment,
    CareFile,
    ConflictCase,
    Deal,
    Lead,
    LeadOutcome,
    MaskNumber,
    Registration,
    RegistrationWithdrawal,
    Showing,
    SiteScan,
    Touch,
    TouchKind,
    WalkInWithdrawal,
    Way,
)
from ...rules.judgements.judging import Judged
from ...rules.judgements.what_if import World
from ...session import Session
from ..claims import decision_receipts, known_clients, masks, rule_profiles
from ..registrations import judgement_facts
from ..registrations.judgement_facts import Party


class What(StrEnum):
    """What happened at an instant."""

    REGISTERED = "registered"
    REFUSED = "refused"
    BY_PARTS = "by_parts"
    MAY_MEAN = "may_mean"
    """by parts that fit the client, and whose number nobody gave"""
    NUMBER_GIVEN = "number_given"
    """what a registration by parts of a number means was typed"""
    TAKEN_BACK = "taken_back"
    WALK_IN_BACK = "walk_in_back"
    WALKED_IN = "walked_in"
    LEAD = "lead"
    KNOWN = "known"
    """a consultant wrote the client down, whom nothing had brought before"""
    CALLED = "called"
    """the broker told reception that they are there"""
    SCANNED = "scanned"
    SHOWN = "shown"
    GIVEN = "given"
    """a deal was given to its owner"""
    MILESTONE = "milestone"
    OPENED = "opened"
    OBJECTED = "objected"
    DECIDED = "decided"
    LOOKED_AGAIN = "looked_again"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened: when, what, whose, with its receipt's key; `code` says more (a refusal, a verdict, a
    milestone, an outcome), `former` that it was under the client's other phone."""

    at: datetime
    what: What
    who: str = ""
    agency: str = ""
    code: str = ""
    words: str = ""
    receipt: str | None = None
    page: tuple[str, int] | None = None
    former: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """What the rule says of one contact, asked again now: how it was answered, and against whom."""

    party: Party
    judged: Judged
    against: Party | None


def time_line(session: Session, case: ConflictCase) -> list[Entry]:
    """Everything, the oldest first."""
    clients = [key for key in (case.client_id, case.other_client_id) if key is not None]
    found = [
        *_registrations(session, case, clients),
        *_may_mean(session, case),
        *_touches(session, case, clients),
        *_known(session, case, clients),
        *_visits(session, case, clients),
        *_deals(session, case, clients),
        *_case(case),
    ]
    return sorted(found, key=lambda one: one.at)


def rule_answers(session: Session, now: datetime, case: ConflictCase) -> list[RuleAnswer]:
    """What the one judgement says of every contact of the client here, asked again, in the order of arrival."""
    by_parts = masks.that_fit(session, case.development_id, case.client)
    facts = judgement_facts.load_client(session, case.development_id, case.client_id, by_parts)
    profile = rule_profiles.in_force(session, case.development, now)
    answers = []
    for client in facts.clients:
        for judged in World(client, profile, now).judged.values():
            against = None if judged.against is None else facts.parties[judged.against]
            answers.append(RuleAnswer(facts.parties[judged.touch.touch_id], judged, against))
    return answers


def _receipts(session: Session, rows: Sequence[Base]) -> dict[int, str]:
    """The receipts' keys of rows of one kind, by the rows' ids."""
    if not rows:
        return {}
    ids = [row.__mapper__.primary_key_from_instance(row)[0] for row in rows]
    return decision_receipts.keys_of(session, type(rows[0]), ids)


def _registrations(session: Session, case: ConflictCase, clients: Sequence[int]) -> Iterator[Entry]:
    of = Registration
    rows = session.scalars(
        select(of)
        .where(of.development_id == case.development_id, of.client_id.in_(clients))
        .options(joinedload(of.broker), joinedload(of.agency), joinedload(of.withdrawal), joinedload(of.mask))
        .order_by(of.id)
    ).all()
    keys = _receipts(session, rows)
    for row in rows:
        what = What.REFUSED if row.code else What.REGISTERED if row.mask is None else What.BY_PARTS
        who, page = (row.broker.name, row.agency.name), ("registrations.show", row.id)
        former = row.client_id != case.client_id
        yield Entry(row.at, what, *who, row.code or "", "", keys.get(row.id), page, former=former)
        if row.mask is not None:
            given = select(MaskNumber).where(MaskNumber.mask_id == row.mask.id).order_by(MaskNumber.id)
            for number in session.scalars(given):
                yield Entry(number.at, What.NUMBER_GIVEN, *who, page=page, former=former)
        back: RegistrationWithdrawal | None = row.withdrawal
        if back is not None:
            yield Entry(back.at, What.TAKEN_BACK, *who, page=page, former=former)


def _may_mean(session: Session, case: ConflictCase) -> Iterator[Entry]:
    """Registrations by parts that may mean this client. Their brokers hear nothing of it unless one gets him."""
    rows = masks.that_fit(session, case.development_id, case.client)
    keys = _receipts(session, rows)
    for row in rows:
        page = ("registrations.show", row.id)
        yield Entry(row.at, What.MAY_MEAN, row.broker.name, row.agency.name, "", "", keys.get(row.id), page)


def _touches(session: Session, case: ConflictCase, clients: Sequence[int]) -> Iterator[Entry]:
    """Walk-ins, and friends who left their number: whoever brought them stands with a referrer's name."""
    of = Touch
    rows = session.scalars(
        select(of)
        .where(of.development_id == case.development_id, of.client_id.in_(clients), of.kind == TouchKind.WALK_IN)
        .options(joinedload(of.person), joinedload(of.withdrawal).joinedload(WalkInWithdrawal.person))
        .order_by(of.id)
    ).all()
    keys = _receipts(session, rows)
    for row in rows:
        former = row.client_id != case.client_id
        yield Entry(row.at, What.WALKED_IN, row.person.name, receipt=keys.get(row.id), former=former)
        if row.withdrawal is not None:
            yield Entry(row.withdrawal.at, What.WALK_IN_BACK, row.withdrawal.person.name, former=former)
    leads = session.scalars(
        select(Lead)
        .where(
            Lead.development_id == case.development_id,
            Lead.client_id.in_(clients),
            Lead.outcome == LeadOutcome.ACCEPTED,
        )
        .options(joinedload(Lead.referrer))
        .order_by(Lead.id)
    )
    for lead in leads:
        yield Entry(lead.at, What.LEAD, lead.referrer.person.name, former=lead.client_id != case.client_id)


def _known(session: Session, case: ConflictCase, clients: Sequence[int]) -> Iterator[Entry]:
    written = known_clients.first_written_down(CareAssignment, CareFile).options(joinedload(CareAssignment.by))
    here = CareFile.development_id == case.development_id, CareFile.client_id.in_(clients)
    for one, file in session.execute(written.where(*here).order_by(CareAssignment.id)):
        yield Entry(one.at, What.KNOWN, one.by.name, former=file.client_id != case.client_id)


def _visits(session: Session, case: ConflictCase, clients: Sequence[int]) -> Iterator[Entry]:
    here = Touch.development_id == case.development_id, Touch.client_id.in_(clients)
    rows = session.scalars(
        select(Showing)
        .join(Touch, Touch.id == Showing.touch_id)
        .where(*here)
        .options(joinedload(Showing.broker), joinedload(Showing.agency), joinedload(Showing.review))
        .order_by(Showing.id)
    ).all()
    keys = _receipts(session, rows)
    for row in rows:
        what = What.CALLED if row.way is Way.RECEPTION else What.SHOWN
        code = row.review.decision if row.review else row.verdict
        yield Entry(
            row.at, what, row.broker.name, row.agency.name, code, "", keys.get(row.id), ("showings.show", row.id)
        )
    scans = session.execute(
        select(SiteScan.at, Touch).join(Touch, Touch.id == SiteScan.touch_id).where(*here).order_by(SiteScan.id)
    )
    for at, touch in scans:
        yield Entry(at, What.SCANNED, touch.person.name, touch.agency.name if touch.agency else "")


def _deals(session: Session, case: ConflictCase, clients: Sequence[int]) -> Iterator[Entry]:
    rows = session.scalars(
        select(Deal)
        .where(Deal.development_id == case.development_id, Deal.client_id.in_(clients))
        .options(
            joinedload(Deal.owner),
            joinedload(Deal.agency),
            selectinload(Deal.milestones),
            selectinload(Deal.attributions),
        )
        .order_by(Deal.id)
    ).all()
    for row in rows:
        page, former = ("deals.show", row.id), row.client_id != case.client_id
        for step in row.milestones:
            yield Entry(step.at, What.MILESTONE, code=step.kind, words=row.unit, page=page, former=former)
        given: Sequence[Attribution] = row.attributions
        keys = _receipts(session, given)
        for one in given:
            touch = session.get(Touch, one.touch_id) if one.touch_id else None
            who = touch.person.name if touch else ""
            agency = touch.agency.name if touch and touch.agency else ""
            yield Entry(one.at, What.GIVEN, who, agency, "", row.unit, keys.get(one.id), page, former=former)


def _case(case: ConflictCase) -> Iterator[Entry]:
    opener = case.opener.name if case.opener else ""
    yield Entry(case.opened_at, What.OPENED, opener, code=case.cause, words=case.words)
    for said in case.objections:
        yield Entry(said.at, What.OBJECTED, said.broker.name, said.registration.agency.name)
    for decision in case.decisions:
        hands = [decision.decider.name, *([decision.confirmer.name] if decision.confirmer else [])]
        yield Entry(decision.decided_at, What.DECIDED, " · ".join(hands), code=decision.outcome, words=decision.reason)
    if case.second_look is not None:
        asked = case.second_look
        yield Entry(asked.at, What.LOOKED_AGAIN, asked.asker.name, words=asked.words)
