"""A programme's terms with their instants: days and discount as they were when a home was subscribed (rules 7.3).

Deals are recorded days after they were agreed. What counts is what was promised then, not what is promised now.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from referral.programme import ProgrammeState, Term

from ...access.actor import Actor
from ...clock import local_day
from ...models import Programme, ProgrammeTerms
from ...session import Session


def write_down(session: Session, actor: Actor, now: datetime, programme: Programme) -> None:
    """Keep a programme's terms as they are from now on; nothing where they are those of before."""
    session.flush()
    terms = (programme.starts_on, programme.ends_on, programme.discount_bps)
    before = next(iter(of_programme(session, programme)), None)
    if before is None or terms != (before.starts_on, before.ends_on, before.discount_bps):
        starts_on, ends_on, discount_bps = terms
        session.add(
            ProgrammeTerms(
                programme_id=programme.referrer_id,
                since=now,
                starts_on=starts_on,
                ends_on=ends_on,
                discount_bps=discount_bps,
                by_id=actor.id,
            )
        )


def of_programme(session: Session, programme: Programme) -> Sequence[ProgrammeTerms]:
    """All terms that there were, the newest first."""
    stmt = select(ProgrammeTerms).where(ProgrammeTerms.programme_id == programme.referrer_id)
    order = (ProgrammeTerms.since.desc(), ProgrammeTerms.id.desc())
    return session.scalars(stmt.options(joinedload(ProgrammeTerms.by)).order_by(*order)).all()


def in_force(session: Session, programme: Programme, at: datetime) -> ProgrammeTerms | None:
    """The terms at an instant; None where the programme was not open then: not its days, or ended."""
    ended = programme.referrer.revoked_at is not None and programme.referrer.revoked_at <= at
    terms = next((row for row in of_programme(session, programme) if row.since <= at), None)
    if ended or terms is None or Term(terms.starts_on, terms.ends_on).state(local_day(at)) is not ProgrammeState.OPEN:
        return None
    return terms


def set_by(session: Session, programme_id: int, person_id: int, at: datetime) -> bool:
    """Whether a person set a programme's terms by an instant, those in force or earlier ones."""
    own = (ProgrammeTerms.programme_id == programme_id, ProgrammeTerms.by_id == person_id, ProgrammeTerms.since <= at)
    return bool(session.scalar(select(exists().where(*own))))
