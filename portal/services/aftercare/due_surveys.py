"""Surveys whose day has come: an owner is asked by text a month after the handover, and after a visit at home.

Whom no text may reach is not asked: who said stop never, who had the day's two texts on the next day.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import SYSTEM
from ...clock import day_start, local_day
from ...models import CareContact, CareFile, Deal, Development, Milestone, MilestoneKind, OwnerFile, Survey
from ...models.care.contacts import stands
from ...rules.aftercare.survey import ASKED_WITHIN, Occasion, OwnerDays, due
from ...rules.care.plan import Channel
from ...rules.notifications.deadlines import hour_of_queues
from ...rules.partners.policy import Policy
from ...session import Session
from . import owners, surveys

_LATELY = ASKED_WITHIN + timedelta(days=2)


def ask_due(session: Session, now: datetime) -> dict[str, int]:
    """Ask everybody whose day has come; how many that were."""
    asked = 0
    for deal, occasion in _due(session, now) if hour_of_queues(now) else ():
        try:
            with session.begin_nested():
                survey = surveys.ask(session, SYSTEM, now, owners.open_for(session, SYSTEM, now, deal), occasion)
                sent = surveys.text_owner(session, now, survey)
                if isinstance(sent, Refusal):
                    raise sent
        except Refusal:
            continue
        asked += 1
    return {"surveys_asked": asked}


def _due(session: Session, now: datetime) -> Iterator[tuple[Deal, Occasion]]:
    today, days = local_day(now), {}
    for place in session.scalars(select(Development)):
        days[place.id] = Policy.of(place.policy).survey_after_days
    visited = _visits(session, now)
    rows = session.execute(_handed_over(now, days, visited)).all()
    asked = _asked(session, [deal.id for deal, _at in rows])
    for deal, at in rows:
        visit = visited.get((deal.development_id, deal.client_id))
        owner = OwnerDays(local_day(at), visit, asked.get(deal.id, {}))
        occasion = due(owner, today, days[deal.development_id])
        if occasion is not None:
            yield deal, occasion


def _handed_over(
    now: datetime, days: Mapping[int, int], visited: Mapping[tuple[int, int], date]
) -> Select[Deal, datetime]:
    """Homes whose month is over lately, and homes of who was visited lately."""
    wanted: list[ColumnElement[bool]] = [
        and_(
            Deal.development_id == place,
            Milestone.at >= now - timedelta(days=first) - _LATELY,
            Milestone.at < day_start(local_day(now) - timedelta(days=first - 1)),
        )
        for place, first in days.items()
        if first
    ]
    if visited:
        wanted.append(Deal.client_id.in_({client for _place, client in visited}))
    stmt = select(Deal, Milestone.at).join(Milestone, Milestone.deal_id == Deal.id)
    over = Milestone.kind == MilestoneKind.HANDED_OVER, Deal.cancelled_at.is_(None), or_(false(), *wanted)
    return stmt.where(*over).options(joinedload(Deal.development)).order_by(Deal.id)


def _visits(session: Session, now: datetime) -> dict[tuple[int, int], date]:
    """On which day somebody of ours was last with a client, by development and client."""
    stmt = (
        select(CareFile.development_id, CareFile.client_id, func.max(CareContact.at))
        .join(CareContact, CareContact.file_id == CareFile.id)
        .where(CareContact.channel == Channel.VISIT, CareContact.at >= now - _LATELY, stands())
        .where(CareContact.agency_id.is_(None))
        .group_by(CareFile.development_id, CareFile.client_id)
    )
    return {(place, client): local_day(at) for place, client, at in session.execute(stmt)}


def _asked(session: Session, deals: list[int]) -> dict[int, dict[Occasion, date]]:
    """On which day an owner was last asked, by deal and occasion."""
    stmt = (
        select(OwnerFile.deal_id, Survey.occasion, func.max(Survey.asked_on))
        .join(Survey, Survey.owner_id == OwnerFile.id)
        .where(OwnerFile.deal_id.in_(deals))
        .group_by(OwnerFile.deal_id, Survey.occasion)
    )
    found: dict[int, dict[Occasion, date]] = defaultdict(dict)
    for deal_id, occasion, on in session.execute(stmt):
        found[deal_id][occasion] = on
    return found
