"""Two who hand over at once, and a check-in meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

from sqlalchemy import func, select

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import (
    Person,
    Receipt,
    Registration,
    Work,
)
from portal.services.hand_overs import handing
from portal.services.showings import check_ins
from tests.db.hand_overs.test_hand_overs import Agency, leaves


def test_of_two_who_hand_over_at_once_one_does(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        agency = Agency.of(session, now)
        leaves(session, agency, now)
        key = agency.touch.id
    barrier = Barrier(2)

    def hand(to: Person) -> object:
        barrier.wait()
        try:
            with database.transaction() as session:
                return agency.hands_over(session, now, to)
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(hand, (agency.stays, agency.other)))
    assert sorted(map(str, found)) == ["1", "nothing_to_hand_over"]
    with database.reading() as session:
        assert [one.number for one in handing.history(session, Work.CLIENTS, key)] == [1]
        assert session.scalar(select(func.count()).where(Receipt.subject_kind == "hand_overs")) == 1


def test_a_check_in_is_before_the_hand_over_or_refused(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        agency = Agency.of(session, now)
    barrier = Barrier(2)

    def check_in() -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                row = session.get_one(Registration, agency.registration.id)
                showing = check_ins.check_in_at_reception(session, Actor.of(agency.leaver), now, registration=row)
                return str(showing.broker_id)
        except Refusal as refusal:
            return refusal.code

    def hand() -> int:
        barrier.wait()
        with database.transaction() as session:
            return agency.hands_over(session, now)

    with ThreadPoolExecutor(2) as threads:
        checked, handed = threads.submit(check_in), threads.submit(hand)
        assert handed.result() == 1
        assert checked.result() in {str(agency.leaver.id), "client_handed_over"}
