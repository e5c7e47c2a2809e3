"""What other rules leave as it was, on both databases."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Development, Registration, Touch
from tests.db.claims.test_rule_profiles import BY_VISIT, development, register, selling, shown
from tests.factories.papers import rule_profile

__all__ = ["development"]


def test_a_profiles_change_never_touches_earlier_touches(
    session: Session, development: Development, now: datetime
) -> None:
    """A touch keeps the rules of its own day: as its row stands, and for all that comes of it."""
    rule_profile(session, development, "deal_days = 20")
    _, touch = register(session, selling(session, development), now, development)
    rows = [session.execute(select(table)).all() for table in (Touch.__table__, Registration.__table__)]
    rule_profile(session, development, f"{BY_VISIT}\ndeal_days = 5", starts_at=now + timedelta(days=1))
    assert [session.execute(select(table)).all() for table in (Touch.__table__, Registration.__table__)] == rows
    shown(session, touch, now + timedelta(days=2))
    assert (touch.holds_from, touch.protected_until) == (now, now + timedelta(days=22))
