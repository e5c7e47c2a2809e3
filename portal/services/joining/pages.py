"""The public pages of joining, as staff look at them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ...models import Development, Joining, Referrer
from ...rules.partners.policy import Policy
from ...session import Session
from ..partners.partners import open_developments

_LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class JoiningPage:
    """A development's page: whether it is open, how many a day may join by it, and how many did lately and in all."""

    development: Development
    allowed: bool
    most_a_day: int
    lately: int
    joined: int


def all_pages(session: Session, now: datetime) -> list[JoiningPage]:
    """The page of every development that is sold, by name."""
    in_all, lately = _joined(session), _joined(session, since=now - _LATELY)
    found = []
    for one in open_developments(session):
        policy = Policy.of(one.policy)
        found.append(
            JoiningPage(
                development=one,
                allowed=bool(policy.self_joining),
                most_a_day=policy.joining_daily_limit,
                lately=lately.get(one.id, 0),
                joined=in_all.get(one.id, 0),
            )
        )
    return found


def _joined(session: Session, since: datetime | None = None) -> dict[int, int]:
    """How many joined by each development's page."""
    stmt = select(Referrer.development_id, func.count()).join(Joining, Joining.referrer_id == Referrer.id)
    if since is not None:
        stmt = stmt.where(Joining.at >= since)
    return dict(session.execute(stmt.group_by(Referrer.development_id)).all())
