"""Flags at the risk desk, as rows."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Person, RiskFlag, RiskLimits, Showing
from portal.rules.risk import limits as rule
from portal.rules.risk.figures import Figure
from portal.rules.risk.flag import FlagState
from portal.services.risk import limits


def risk_limits(session: Session, by: Person) -> RiskLimits:
    """Limits that somebody proposed."""
    return limits.propose(session, Actor.of(by), datetime(2026, 1, 5, 2, tzinfo=UTC), rule.given(), "更严一些")


def flag(session: Session, showing: Showing, *, asked_at: datetime | None = None, **given: Any) -> RiskFlag:
    """A flag over the visits of a showing's broker, which rests on that showing. The same one again."""
    found = f"test:{showing.id}"
    if (row := session.scalar(select(RiskFlag).where(RiskFlag.found == found))) is not None:
        return row
    values: dict[str, Any] = {
        "figure": Figure.DOUBTED,
        "development_id": showing.development_id,
        "agency_id": showing.agency_id,
        "person_id": showing.broker_id,
        "count": 1,
        "whole": 1,
        "evidence": [["showings", showing.id]],
        "found": found,
        "opened_at": showing.at,
        "state": FlagState.ASKED if asked_at else FlagState.OPEN,
        "since": asked_at or showing.at,
        "asked_at": asked_at,
    }
    row = RiskFlag(**(values | given))
    session.add(row)
    session.flush()
    return row
