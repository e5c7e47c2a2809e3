"""Limits of the risk desk: two people, what holds since when, and what others would raise."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Role
from portal.rules.risk import limits as rule
from portal.rules.risk.figures import Figure
from portal.services.home.figure import counted
from portal.services.risk import finding, limits
from tests import factories as make
from tests.risks import risk_limits
from tests.site import refusal

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STRICT = {**rule.given(), Figure.JUST_BEFORE: replace(rule.given()[Figure.JUST_BEFORE], least=2, share=0)}
"""Two clients who were registered shortly before the visit are looked at already."""


def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


def test_another_person_publishes_and_what_was_before_is_known(session: Session, now: datetime) -> None:
    one, other = manager(session), manager(session)
    row = limits.propose(session, one, now, STRICT, "更严一些")
    session.flush()
    assert (counted(session, limits.to_decide(one)), counted(session, limits.to_decide(other))) == (0, 1)
    assert refusal(lambda: limits.confirm(session, one, now, row)) == "own_proposal"
    assert limits.in_force(session) == rule.given()
    limits.confirm(session, other, now + MINUTE, row)
    assert limits.in_force(session) == STRICT
    assert limits.in_force(session, now) == rule.given()
    assert limits.in_force_before(session, row) == rule.given()
    later = limits.propose(session, other, now + DAY, rule.given(), "恢复")
    session.flush()
    assert limits.in_force_before(session, later) == STRICT
    assert refusal(lambda: limits.refuse(session, one, now + DAY, later, " ")) == "proposal_reason_needed"
    limits.refuse(session, one, now + DAY, later, "先看一个月")
    assert refusal(lambda: limits.withdraw(session, other, now + DAY, later)) == "proposal_decided"


def test_what_others_would_raise_is_what_the_next_look_raises(session: Session, now: datetime) -> None:
    development, broker = make.development(session), make.broker(session)
    for number in range(2):
        touch = make.touch(session, person=broker, development=development, at=now - DAY - number * MINUTE)
        make.registration(session, touch=touch)
        make.showing(session, touch=touch, at=touch.at + 5 * MINUTE)
    tried = {one.figure: one for one in limits.try_out(session, now, STRICT, rule.given())}
    assert broker.agency is not None
    assert (tried[Figure.JUST_BEFORE].before, tried[Figure.JUST_BEFORE].after) == (0, 1)
    assert tried[Figure.JUST_BEFORE].come == [f"{broker.agency.name} · {broker.name}"]
    assert not any(one.before or one.after for figure, one in tried.items() if figure is not Figure.JUST_BEFORE)
    back = {one.figure: one for one in limits.try_out(session, now, rule.given(), STRICT)}
    assert back[Figure.JUST_BEFORE].go == tried[Figure.JUST_BEFORE].come
    assert finding.open_found(session, now) == 0
    row = limits.propose(session, manager(session), now, STRICT, "更严一些")
    session.flush()
    limits.confirm(session, manager(session), now, row)
    assert finding.open_found(session, now) == 1


@pytest.mark.parametrize("change", ["toml = ''", "note = ''", "proposed_at = decided_at"])
def test_what_was_proposed_stands(session: Session, change: str) -> None:
    risk_limits(session, make.person(session, Role.CHANNEL_MANAGER))
    session.flush()
    for statement in (f"UPDATE risk_limits SET {change}", "DELETE FROM risk_limits"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.connection().exec_driver_sql(statement)
