"""The turn (轮接) of a development's consultants: who stands in it, who is away and covered by whom, and handing a
client out in turn."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import AwayWhy, CareAbsence, CareAssignment, CareFile, CarePost, Person, Role
from ...rules.care.rota import Stand, in_order, turn_of
from ...session import Session
from .. import audit
from ..care import assigning
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there

IN_TURN = "in_turn"
"""The reason of who was given a client because it was his turn."""

_STANDS = CarePost.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class NewAbsence:
    """Somebody is away, from a day to a day, and who covers."""

    person_id: int
    first_day: date
    last_day: date
    why: AwayWhy
    cover_id: int | None = None


def hand_out(session: Session, actor: Actor, now: datetime, file: CareFile) -> CareAssignment:
    """Give a client who is in nobody's care to whose turn it is.

    Raises Refusal: care_handed_out (somebody has the client already), care_nobodys_turn.
    """
    _stand_in_line(session, file.development_id)
    turn = turn_of(standing(session, file.development_id, now))
    if turn.person_id is None:
        raise Refusal("care_nobodys_turn")
    passed = [{"person": person_id, "why": why} for person_id, why in turn.passed_over]
    return assigning.assign(session, actor, now, file, turn.person_id, assigning.Why(IN_TURN, True, passed))


def _stand_in_line(session: Session, development_id: int) -> None:
    """Two who hand out in turn at one development do so one after the other: the second meets whose turn it is then."""
    here = select(CarePost.id).where(CarePost.development_id == development_id, _STANDS).order_by(CarePost.id)
    session.execute(here.with_for_update(key_share=True))


def standing(session: Session, development_id: int, now: datetime) -> list[Stand]:
    """Who stands in a development's turn, who is next first."""
    today = day_start(local_day(now))
    here = select(CarePost.person_id).join(Person, Person.id == CarePost.person_id)
    here = here.where(CarePost.development_id == development_id, _STANDS, Person.deactivated_at.is_(None))
    given = (
        select(
            CareAssignment.person_id,
            func.count().filter(CareAssignment.at >= today),
            func.max(CareAssignment.at),
        )
        .join(CareFile, CareFile.id == CareAssignment.file_id)
        .where(CareFile.development_id == development_id, CareAssignment.person_id.in_(here))
        .group_by(CareAssignment.person_id)
    )
    had = {person_id: (count, last) for person_id, count, last in session.execute(given)}
    away = {one.person_id: str(one.why) for one in away_on(session, local_day(now))}
    stands = []
    for person_id in session.scalars(here.order_by(CarePost.id)):
        count, last = had.get(person_id, (0, None))
        stands.append(Stand(person_id, count, last, away.get(person_id)))
    return in_order(stands)


def posts(session: Session, development_id: int) -> list[CarePost]:
    """Who stands in a development's turn."""
    stmt = select(CarePost).where(CarePost.development_id == development_id, _STANDS).order_by(CarePost.id)
    return list(session.scalars(stmt.options(joinedload(CarePost.person))))


def stand(session: Session, actor: Actor, now: datetime, development_id: int, person_id: int) -> None:
    """Let a consultant stand in a development's turn. Raises Refusal: care_for_nobody."""
    person = session.get(Person, person_id)
    if person is None or not person.active or person.role is not Role.CONSULTANT:
        raise Refusal("care_for_nobody", field="person")
    values = {"development_id": development_id, "person_id": person_id, "by_id": actor.id, "at": now}
    if insert_unless_there(session, CarePost, ("development_id", "person_id"), _STANDS, **values) is not None:
        audit.record(session, actor, now, "care_turn_joined", person, development=development_id)


def leave(session: Session, actor: Actor, now: datetime, post: CarePost) -> None:
    """Take a consultant out of a development's turn. What is in his care stays there."""
    still = CarePost.id == post.id, _STANDS
    values = {"ended_at": now, "ended_by": actor.id}
    if session.scalar(update(CarePost).where(*still).values(**values).returning(CarePost.id)) is not None:
        audit.record(session, actor, now, "care_turn_left", post.person, development=post.development_id)


# Away


def away_on(session: Session, day: date) -> list[CareAbsence]:
    """Who is away on a day, and who covers."""
    there = CareAbsence.first_day <= day, CareAbsence.last_day >= day, CareAbsence.ended_at.is_(None)
    people = joinedload(CareAbsence.person), joinedload(CareAbsence.cover)
    return list(session.scalars(select(CareAbsence).where(*there).options(*people).order_by(CareAbsence.id)))


def coming(session: Session, day: date) -> list[CareAbsence]:
    """Who is away on a day or later."""
    there = CareAbsence.last_day >= day, CareAbsence.ended_at.is_(None)
    people = joinedload(CareAbsence.person), joinedload(CareAbsence.cover)
    stmt = select(CareAbsence).where(*there).options(*people)
    return list(session.scalars(stmt.order_by(CareAbsence.first_day, CareAbsence.id)))


def put_away(session: Session, actor: Actor, now: datetime, new: NewAbsence) -> CareAbsence:
    """Write down that somebody is away. Who covers sees the clients, does what is due, and is told.

    Raises Refusal: care_for_nobody, care_days_turned, care_days_over, care_covers_himself.
    """
    people = {one.id: one for one in consultants(session)}
    if new.person_id not in people or (new.cover_id is not None and new.cover_id not in people):
        raise Refusal("care_for_nobody", field="person" if new.person_id not in people else "cover")
    if new.last_day < new.first_day:
        raise Refusal("care_days_turned", field="last_day")
    if new.last_day < local_day(now):
        raise Refusal("care_days_over", field="last_day")
    if new.cover_id == new.person_id:
        raise Refusal("care_covers_himself", field="cover")
    row = CareAbsence(
        person_id=new.person_id,
        first_day=new.first_day,
        last_day=new.last_day,
        why=new.why,
        cover_id=new.cover_id,
        by_id=actor.id,
        at=now,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, now, "care_absence_noted", people[new.person_id], until_on=new.last_day.isoformat())
    if new.cover_id is not None:
        whom = Concerned(person=new.cover_id)
        facts = {"from_on": new.first_day, "until_on": new.last_day}
        tell(session, actor, now, "care_covered", people[new.person_id], whom, **facts)
    return row


def end_absence(session: Session, actor: Actor, now: datetime, row: CareAbsence) -> None:
    """Somebody is back before his last day, or was never away."""
    still = CareAbsence.id == row.id, CareAbsence.ended_at.is_(None)
    if session.scalar(update(CareAbsence).where(*still).values(ended_at=now).returning(CareAbsence.id)) is not None:
        audit.record(session, actor, now, "care_absence_ended", row.person)


def end_over(session: Session, now: datetime) -> dict[str, int]:
    """End the absences whose last day is over: who covered sees those clients no longer."""
    over = CareAbsence.last_day < local_day(now), CareAbsence.ended_at.is_(None)
    ended = session.scalars(update(CareAbsence).where(*over).values(ended_at=now).returning(CareAbsence.id)).all()
    return {"absences_ended": len(ended)}


def consultants(session: Session) -> list[Person]:
    """The property consultants who work here, by name."""
    stmt = select(Person).where(Person.role == Role.CONSULTANT, Person.deactivated_at.is_(None))
    return list(session.scalars(stmt.order_by(Person.name, Person.id)))
