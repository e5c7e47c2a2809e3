"""Which care plan holds at a development."""

from datetime import datetime
from functools import cache

from ...rules.care.plan import Plan
from ...rules.care.plan_toml import given_text, plan_from_toml
from ...session import Session


def plan_in_force(_session: Session, _development_id: int, _at: datetime) -> Plan:
    """The plan of a development at an instant: the one of the owner's handbooks."""
    return _given()


@cache
def _given() -> Plan:
    return plan_from_toml(given_text())
