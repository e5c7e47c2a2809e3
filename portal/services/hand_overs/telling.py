"""Telling of work that waits for a successor: at once when somebody leaves, and then once a day until it is in hand."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select, union_all

from ...access.actor import SYSTEM, Actor
from ...clock import day_start, local_day
from ...models import JobRun, Person
from ...rules.notifications.deadlines import TOLD_OF_QUEUES_AT
from ...session import Session
from ..events.telling import Concerned, tell
from . import kinds, waiting

RUN = "hand_overs"
"""Under this name the day's telling notes that it ran."""


def tell_of_leaving(session: Session, actor: Actor, now: datetime, person: Person, agency_id: int | None) -> None:
    """Tell who hands it over how much this person leaves behind; nothing where that is nothing."""
    session.flush()
    if left := waiting.left_by(session, now, person, agency_id):
        kind = "work_left_behind" if agency_id is None else "clients_left_behind"
        tell(session, actor, now, kind, person, Concerned(agency=agency_id), count=left)


def tell_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Tell, once a Shanghai day, each agency and the staff how much still waits; how many were told."""
    day, told = local_day(now), 0
    ran = session.get(JobRun, RUN)
    if now < day_start(day) + TOLD_OF_QUEUES_AT or (ran is not None and local_day(ran.ran_at) == day):
        return {"hand_overs_told": 0}
    for agency_id, count in waiting.clients_by_agency(session, now):
        whom = Concerned(agency=agency_id, once=f"clients_wait:{agency_id}:{day}")
        told += tell(session, SYSTEM, now, "clients_wait_for_successor", "portal", whom, count=count)
    if count := _staffs(session, now):
        whom = Concerned(once=f"work_waits:{day}")
        told += tell(session, SYSTEM, now, "work_waits_for_successor", "portal", whom, count=count)
    session.merge(JobRun(name=RUN, ran_at=now, found={}))
    return {"hand_overs_told": told}


def _staffs(session: Session, now: datetime) -> int:
    every = union_all(*(waiting.ownerless(work, now, None) for work in kinds.STAFFS)).subquery()
    return session.scalar(select(func.count()).select_from(every)) or 0
