"""Rows of the accounts' pages, for the walk over all routes."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import SYSTEM, Actor
from portal.models import (
    AccountAlarm,
    ErasureDecision,
    ErasureOrigin,
    ErasureShown,
    ExportFormat,
    ExportRun,
    ExportState,
    Person,
    Role,
)
from portal.rules.exports.rhythm import Every, Rhythm
from portal.services.account_safety import alarms
from portal.services.accounts import account_proposals
from portal.services.erasure import requests as erasure_requests
from portal.services.exports import schedules
from portal.services.exports.schedules import Asked
from tests import factories as make
from tests.factories.second_factors import factor_reset, lost_factor_note

AT = datetime(2026, 2, 3, 4, 0, tzinfo=UTC)


def proposal(session: Session, people: Mapping[Role, Person]) -> int:
    """A link for the cashier, which waits for a second administrator."""
    for _ in range(2):  # who proposes, and who could confirm
        make.person(session, Role.ADMINISTRATOR)
    by = Actor.of(people[Role.ADMINISTRATOR])
    return account_proposals.propose_link(session, by, AT, people[Role.CASHIER]).id


def alarm(session: Session) -> int:
    """That a cashier found a sign-in of somebody else; not one of the side's, who would be let in nowhere."""
    cashier = make.person(session, Role.CASHIER)
    alarms.raise_alarm(session, Actor.of(cashier), AT, cashier, keep=0)
    return session.scalars(select(AccountAlarm.id).where(AccountAlarm.person_id == cashier.id)).one()


def reset(session: Session, people: Mapping[Role, Person]) -> int:
    """The reset of the cashier's factors, which waits for a second person."""
    return factor_reset(session, people[Role.CASHIER], AT).id


def note(session: Session, people: Mapping[Role, Person]) -> int:
    """That the cashier lost them."""
    return lost_factor_note(session, people[Role.CASHIER], AT).id


def erasure_decision(session: Session) -> ErasureDecision:
    """An answer that a privacy officer who is nobody's colleague proposes, to a client who left a number long ago."""
    officer = Actor.of(make.person(session, Role.PRIVACY_OFFICER))
    by_shell = ErasureOrigin.SHELL, ErasureShown.PAPERS
    request = erasure_requests.ask(
        session, SYSTEM, make.BEFORE, make.client(session), by_shell[0], shown_by=by_shell[1]
    )
    row = erasure_requests.propose(session, officer, make.BEFORE, request, erases=True)
    session.flush()
    return row


def export_run(session: Session, people: Mapping[Role, Person]) -> ExportRun:
    """The first file of what the broker has exported each Monday; it was not made yet."""
    at_eight = Asked(ExportFormat.CSV, "en", Rhythm.of(Every.WEEK, 8, 0, 1), {"state": make.new_phone()})
    owner = Actor.of(people[Role.BROKER])
    schedule = schedules.ask(session, owner, AT, "registrations.download", {}, at_eight)
    session.flush()
    row = ExportRun(schedule_id=schedule.id, due_at=AT, state=ExportState.WAITING, next_at=AT)
    session.add(row)
    session.flush()
    return row
