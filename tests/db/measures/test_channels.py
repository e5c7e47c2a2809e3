"""Channels over time, from rows: each count is the rows that it opens, and the signings are those of the board."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import MeasureEntry, MilestoneKind, PostedLine, Reward, Role, TouchKind
from portal.rules.measures.board import Measure
from portal.rules.measures.channels import COUNTED, Channel, Step
from portal.services.deals import sales_progress
from portal.services.measures import board, channels
from tests import factories as make
from tests import measures_world as world

FEBRUARY = datetime.fromisoformat("2026-02-10T12:00+08:00")
MONTH = "2026-02"


def test_each_count_is_the_rows_that_it_opens(session: Session, now: datetime) -> None:
    one, other = make.development(session), make.development(session)
    finance = Actor.of(make.person(session, Role.FINANCE))
    for place in (one, one, other):
        bought = world.shown_deal(session, FEBRUARY, place)
        assert bought.touch is not None
        make.registration(session, touch=bought.touch)
        world.referred(session, FEBRUARY, place)
    for at in (FEBRUARY, FEBRUARY - timedelta(days=20)):
        make.touch(session, development=one, kind=TouchKind.WALK_IN, at=at)
    make.deal(session, touch=None, development=one, signed_at=FEBRUARY)
    world.entry(session, Measure.OWN_MEDIA, MONTH, 90_00, 3, development_id=one.id)
    found = channels.of_months(session, ["2026-01", MONTH])
    told = [found.value(MONTH, channel, step) for channel in Channel for step in COUNTED[channel]]
    assert told == [3, 3, 3, 0, 3, 0, 3, 0, 1, 1, 0, 3, 90_00, 1]
    assert found.value("2026-01", Channel.WALK_IN, Step.LEADS) == 1
    signed = board.of_month(session, now, MONTH).line(Measure.REFERRAL).figure.whole
    assert found.total(MONTH, Step.SIGNINGS) == signed
    for place_id in (None, one.id):
        of_place = channels.of_months(session, [MONTH], place_id)
        for channel, steps in COUNTED.items():
            for step in steps:
                rows = session.scalars(channels.rows_of(finance, channel, step, MONTH, place_id)).all()
                assert (of_place.value(MONTH, channel, step) or 0) == sum(worth(row, step) for row in rows)


def worth(row: object, step: Step) -> int:
    if isinstance(row, MeasureEntry):
        return row.part if step is Step.COST else row.whole
    return row.amount_fen if isinstance(row, PostedLine) else row.value_fen or 0 if isinstance(row, Reward) else 1


def test_a_development_s_buildings(session: Session, now: datetime) -> None:
    place, manager = make.development(session), Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    given = {"touch": None, "development": place}
    released = make.deal(session, **given, unit="2-101", signed_at=now)
    make.milestone(session, released, MilestoneKind.LOAN_RELEASED, now)
    make.deal(session, **given, unit="2-102")
    make.deal(session, **given, unit="10-1", signed_at=FEBRUARY)
    make.cancel(session, make.deal(session, **given, unit="2-103", signed_at=now), now)
    session.flush()
    found = sales_progress.of_development(session, manager, place.id, "2026-03")
    told = [(one.name, one.subscribed, one.signed, one.loan_released, one.this_month) for one in found.buildings]
    assert told == [("2", 1, 0, 1, 1), ("10", 0, 1, 0, 0)]
    assert (found.whole.homes, found.whole.sold) == (3, 2)
    rows = sales_progress.deals_of(session, manager, place.id, "2")
    assert sorted(row.unit for row in rows) == ["2-101", "2-102"]
