"""Agencies compared, from rows: whose clients came and signed, and what it cost."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Decision, Role, ShowingReview, Verdict
from portal.rules.measures.cohorts import Shown
from portal.services.measures import cohorts
from tests import factories as make
from tests import measures_world as world

DAY = timedelta(days=1)


def test_what_became_of_an_agency_s_clients(session: Session, now: datetime) -> None:
    place = make.development(session)
    bought = world.shown_deal(session, now - 5 * DAY, place)
    assert bought.touch is not None
    make.registration(session, touch=bought.touch)
    touch = make.touch(session, development=place, person=bought.touch.person, at=now - 3 * DAY)
    make.registration(session, touch=touch)
    late = [{"code": "registered_too_late", "facts": {}, "hard": False}]
    fake = make.showing(session, touch=touch, at=now - 2 * DAY, verdict=Verdict.NEEDS_REVIEW, reasons=late)
    by = make.person(session, Role.RECEPTION).id
    session.add(ShowingReview(showing_id=fake.id, decision=Decision.FAKE, reason="不在场", reviewer_id=by, at=now))
    other = make.touch(session, at=now - 40 * 7 * DAY)
    make.registration(session, touch=other)
    session.flush()
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    found = cohorts.report(session, manager, cohorts.span_until(now))
    agency = bought.touch.agency
    assert agency is not None
    assert [(row.key, row.name) for row in found.rows] == [(agency.id, agency.name)]
    one = found.rows[0].cohort
    assert (one.registered, one.visited, one.signed, one.shown) == (2, 1, 1, Shown(2, 1, 1))
    assert (one.visit_hours, one.signing_hours, one.revenue_fen) == (1, 1, 2_000_000_00)
    principal = Actor.of(make.person(session, Role.PRINCIPAL, agency=agency))
    own = cohorts.report(session, principal, cohorts.span_until(now), agency_id=agency.id)
    assert [row.key for row in own.rows] == [bought.touch.person_id]
    stranger = Actor.of(make.person(session, Role.PRINCIPAL, agency=make.agency(session)))
    assert cohorts.report(session, stranger, cohorts.span_until(now), agency_id=agency.id).rows == []
    earlier = cohorts.span_until(now, (now - 40 * 7 * DAY).date())
    assert [row.cohort.registered for row in cohorts.report(session, manager, earlier).rows] == [1]
