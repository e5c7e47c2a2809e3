"""Whose system uses a version that is soon answered no more is told so, in time and once a mark: found by the sweep."""

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, or_, select

from ...access.actor import SYSTEM
from ...clock import local_day
from ...models import Agency, ApiCalls, ApiKey
from ...rules.notifications import deadlines as rule
from ...rules.partner_api.versions import Standing, open_versions
from ...session import Session
from ..events.telling import Concerned, tell

USED_WITHIN = timedelta(days=30)
"""A version that requests named themselves counts as used for so long."""


def tell_due(session: Session, now: datetime) -> int:
    """Tell of each key that opens something and uses a version whose end has come near; how many those were."""
    return sum(_told(session, now, one) for one in open_versions(now))


def _told(session: Session, now: datetime, standing: Standing) -> int:
    mark = rule.mark(standing.ends_at - now, rule.VERSIONS) if standing.ends_at is not None else None
    if standing.ends_at is None or mark is None:
        return 0
    news, last = 0, local_day(standing.ends_at - timedelta.resolution)
    for row in session.scalars(_users(now, standing.version)):
        whom = Concerned(agency=row.agency_id, once=rule.once("api_version_ends", row.id, mark, standing.version))
        facts = {"name": row.name, "version": standing.version, "last_on": last}
        news += tell(session, SYSTEM, now, "api_version_ends", row, whom, **facts)
    return news


def _users(now: datetime, version: str) -> Select[ApiKey]:
    """The keys that are answered in a version, or were asked to be; test keys too: they are what comes before."""
    asked = ApiCalls.key_id == ApiKey.id, ApiCalls.version == version, ApiCalls.day >= local_day(now - USED_WITHIN)
    opens = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)
    return (
        select(ApiKey)
        .join(ApiKey.agency)
        .where(ApiKey.revoked_at.is_(None), opens, Agency.deactivated_at.is_(None))
        .where(or_(ApiKey.version == version, exists().where(*asked)))
        .order_by(ApiKey.id)
    )
