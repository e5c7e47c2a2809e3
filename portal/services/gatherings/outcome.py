"""What followed a gathering: who was invited, comes, came, visited and signed afterwards, each as a list of guests."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, select

from ...access.actor import Actor
from ...access.scope import visible
from ...models import CareContact, CareFile, Deal, Gathering, GatheringGuest, Showing, Touch, Verdict
from ...models.care.contacts import stands
from ...rules.care.plan import Channel
from ...rules.gatherings.gathering import SIGNED_WITHIN, VISITS_WITHIN
from ...session import Session


@dataclass(frozen=True, slots=True)
class Outcome:
    """The guests behind each figure, by their ids; `people`: how many said that they come."""

    invited: frozenset[int]
    coming: frozenset[int]
    came: frozenset[int]
    visited: frozenset[int]
    signed: frozenset[int]
    people: int


def of_gathering(session: Session, actor: Actor, gathering: Gathering) -> Outcome:
    """What followed, of the guests whom the actor may see. A visit counts within 30 days, a signing within 90, of who
    was there."""
    rows = session.execute(
        visible(actor, GatheringGuest)
        .where(GatheringGuest.gathering_id == gathering.id)
        .with_only_columns(GatheringGuest.id, GatheringGuest.party, GatheringGuest.arrived_at)
    ).all()
    came = frozenset(row.id for row in rows if row.arrived_at is not None)
    return Outcome(
        invited=frozenset(row.id for row in rows),
        coming=frozenset(row.id for row in rows if row.party),
        came=came,
        visited=came & (_shown(session, gathering) | _visited(session, gathering)),
        signed=came & _signed(session, gathering),
        people=sum(row.party or 0 for row in rows),
    )


def _here(gathering: Gathering) -> Select[int]:
    stmt = select(GatheringGuest.id).join(CareFile, CareFile.id == GatheringGuest.file_id)
    return stmt.where(GatheringGuest.gathering_id == gathering.id)


def _shown(session: Session, gathering: Gathering) -> frozenset[int]:
    """Who was shown round by a broker afterwards."""
    same = and_(Touch.development_id == CareFile.development_id, Touch.client_id == CareFile.client_id)
    stmt = _here(gathering).join(Touch, same).join(Showing, Showing.touch_id == Touch.id)
    after = Showing.at >= gathering.ends_at, Showing.at < gathering.ends_at + VISITS_WITHIN
    return frozenset(session.scalars(stmt.where(*after, Showing.verdict != Verdict.REJECTED)))


def _visited(session: Session, gathering: Gathering) -> frozenset[int]:
    """Whose visit a carer wrote down afterwards."""
    stmt = _here(gathering).join(CareContact, CareContact.file_id == CareFile.id)
    after = CareContact.at >= gathering.ends_at, CareContact.at < gathering.ends_at + VISITS_WITHIN
    return frozenset(session.scalars(stmt.where(*after, CareContact.channel == Channel.VISIT, stands())))


def _signed(session: Session, gathering: Gathering) -> frozenset[int]:
    same = and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id)
    stmt = _here(gathering).join(Deal, same).where(Deal.cancelled_at.is_(None))
    until: datetime = gathering.ends_at + SIGNED_WITHIN
    return frozenset(session.scalars(stmt.where(Deal.signed_at >= gathering.begins_at, Deal.signed_at < until)))
