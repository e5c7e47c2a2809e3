"""Which care plan holds at a development, and at each."""

from datetime import datetime

from ...rules.care.plan import Plan
from ...session import Session
from ..care_plans import plans


def plan_in_force(session: Session, development_id: int, at: datetime) -> Plan:
    """The plan of a development at an instant: its own, else the one for all, else the one of the owner's handbooks."""
    return plans.in_force(session, development_id, at)


def plans_in_force(session: Session, at: datetime) -> plans.InForce:
    """The plans of all developments at an instant, asked for once."""
    return plans.all_in_force(session, at)
