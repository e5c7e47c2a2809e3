"""What is known of visits: on which days clients were there, who had brought them, and when they subscribed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Select, and_, select

from ...clock import local_day
from ...models import CareFile, Deal, Milestone, MilestoneKind, NotBought
from ...rules.not_bought.visits import Known
from ...session import Session
from ..care import stages


@dataclass(slots=True)
class Visits:
    """What is known of one client's visits. `agencies`: with whose broker he came on which day."""

    days: set[date] = field(default_factory=set)
    subscribed: set[date] = field(default_factory=set)
    answered: set[date] = field(default_factory=set)
    agencies: dict[date, int] = field(default_factory=dict)

    @property
    def known(self) -> Known:
        """The same, as the rules ask for it."""
        return Known(frozenset(self.days), frozenset(self.subscribed), frozenset(self.answered))


def visits_of(
    session: Session, files: Iterable[int], side: int | None, since: datetime | None = None
) -> Mapping[int, Visits]:
    """The visits of files by their ids, and for which of them this side has said why; since an instant, or all."""
    found = {key: Visits() for key in files}
    _add(session, found, session.listed(found), side, since)
    return found


def visits_in(
    session: Session, which: Select[int], side: int | None, since: datetime | None = None
) -> Mapping[int, Visits]:
    """The same of the files that a query finds; only those that were there."""
    found: dict[int, Visits] = {}
    _add(session, found, which, side, since)
    return found


def _add(
    session: Session, found: dict[int, Visits], which: Select[int], side: int | None, since: datetime | None
) -> None:
    for file_id, at, agency_id in session.execute(stages.visits(which, since)):
        one = found.setdefault(file_id, Visits())
        day = local_day(at)
        one.days.add(day)
        if agency_id is not None:
            one.agencies[day] = agency_id
    for file_id, at in session.execute(_subscriptions(which)):
        if file_id in found:
            found[file_id].subscribed.add(local_day(at))
    mine = NotBought.agency_id.is_(None) if side is None else NotBought.agency_id == side
    said = select(NotBought.file_id, NotBought.visit_on).where(NotBought.file_id.in_(which), mine)
    for file_id, visit_on in session.execute(said):
        if file_id in found:
            found[file_id].answered.add(visit_on)


def _subscriptions(which: Select[int]) -> Select[int, datetime]:
    """Also of deals that were cancelled later: the client had said yes."""
    same = and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id)
    return (
        select(CareFile.id, Milestone.at)
        .join(Deal, same)
        .join(Milestone, Milestone.deal_id == Deal.id)
        .where(CareFile.id.in_(which), Milestone.kind == MilestoneKind.SUBSCRIBED)
    )
