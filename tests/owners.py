"""Owners and guests for tests: a home that was handed over, a survey, a complaint, a gathering."""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import (
    CareAssignment,
    CareFile,
    Complaint,
    ComplaintAbout,
    ComplaintSource,
    Deal,
    Development,
    Gathering,
    GatheringGuest,
    MilestoneKind,
    OwnerFile,
    Person,
    Role,
    Survey,
)
from portal.rules.aftercare.survey import Occasion
from portal.rules.gatherings.gathering import GatheringKind
from portal.services.aftercare import complaints, owners, surveys
from portal.services.care import files
from tests import factories as make

SIGNED = datetime(2026, 1, 5, 4, tzinfo=UTC)


def home(session: Session, development: Development | None = None) -> Deal:
    """A home that was sold and handed over."""
    touch = make.touch(session, development=development or make.development(session))
    deal = make.deal(session, touch=touch, signed_at=SIGNED)
    make.milestone(session, deal, MilestoneKind.HANDED_OVER, SIGNED + timedelta(days=20))
    return deal


def owner(session: Session, carer: Person | None = None, deal: Deal | None = None) -> OwnerFile:
    """The owner's file of a home, in somebody's care."""
    row = owners.open_for(session, Actor.of(make.person(session, Role.CHANNEL_MANAGER)), SIGNED, deal or home(session))
    if carer is not None:
        give(session, row.file, carer)
    return row


def give(session: Session, file: CareFile, carer: Person, at: datetime = SIGNED) -> None:
    """A client's file is in somebody's care from now on."""
    row = CareAssignment(
        file_id=file.id, number=1, person_id=carer.id, by_id=carer.id, at=at, reason="轮接", passed_over=[]
    )
    session.add(row)
    session.flush()


def survey(session: Session, of: OwnerFile, now: datetime) -> Survey:
    """A survey that can be answered."""
    asker = Actor.of(make.person(session, Role.CONSULTANT))
    return surveys.ask(session, asker, now, of, Occasion.FIRST_CHECK)


def complaint(session: Session, of: OwnerFile, now: datetime, words: str = "厨房漏水") -> Complaint:
    """A complaint that waits for its first answer."""
    about = complaints.About(ComplaintSource.OWNER, ComplaintAbout.BUILDING, words)
    return complaints.open_complaint(session, Actor(None, None), now, of, about)


def care_file(session: Session, development: Development, name: str = "王小明") -> CareFile:
    """A client's file at a development."""
    return files.open_file(session, Actor(None, None), SIGNED, development.id, make.client(session).id, name=name)


def gathering(session: Session, development: Development, begins: datetime, **given: object) -> Gathering:
    """A gathering of two hours with room for four."""
    values = {
        "kind": GatheringKind.OPEN_DAY,
        "title": "样板间开放日",
        "place": "营销中心",
        "begins_at": begins,
        "ends_at": begins + timedelta(hours=2),
        "places": 4,
        "created_at": SIGNED,
        "created_by": make.person(session, Role.CHANNEL_MANAGER).id,
    }
    row = Gathering(development_id=development.id, **values | given)
    session.add(row)
    session.flush()
    return row


def guest(session: Session, of: Gathering, file: CareFile) -> GatheringGuest:
    """An invited client who has not answered."""
    row = GatheringGuest(
        gathering_id=of.id,
        file_id=file.id,
        link_key=secrets.token_urlsafe(16),
        invited_at=SIGNED,
        invited_by=of.created_by,
    )
    session.add(row)
    session.flush()
    return row


def in_care(session: Session, one: Any) -> OwnerFile:
    """The owner's file of a side's deal, in the care of its consultant."""
    row = owner(session, deal=one.deal)
    if session.scalar(select(CareAssignment.id).where(CareAssignment.file_id == row.file_id)) is None:
        give(session, row.file, one.people[Role.CONSULTANT])
    return row


def guest_of(session: Session, one: Any) -> GatheringGuest:
    """An invited client of a side."""
    file = in_care(session, one).file
    return guest(session, gathering(session, file.development, SIGNED), file)


ROWS: Mapping[str, Callable[[Session, Any], int]] = {
    "complaint_id": lambda session, one: complaint(session, in_care(session, one), SIGNED).id,
    "gathering_id": lambda session, one: gathering(session, one.deal.development, SIGNED).id,
    "guest_id": lambda session, one: guest_of(session, one).id,
    "owners.deal_id": lambda session, one: in_care(session, one).deal_id,
}
"""For the walk over all routes (`tests.web.routes`)."""
