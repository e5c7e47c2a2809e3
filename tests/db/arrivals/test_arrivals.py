"""Who waits at reception, and who receives them, on both databases (到场待接待)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import Decision, Role, Showing, ShowingReview
from portal.services.arrivals import board as arrivals
from portal.services.arrivals.board import Board
from portal.services.showings import check_ins
from portal.services.showings import lists as showing_lists
from tests import factories as make
from tests.site import Site, refusal, review


@pytest.fixture
def reception(site: Site) -> Actor:
    return Actor.of(make.person(site.session, Role.RECEPTION))


def knock(site: Site) -> Showing:
    return check_ins.check_in_at_reception(site.session, site.actor, site.now, registration=site.registration)


def today(site: Site, actor: Actor, at: datetime | None = None, place: int | None = None) -> Board:
    return arrivals.board(site.session, actor, at or site.now, place)


def queued(site: Site, actor: Actor, at: datetime) -> list[Showing]:
    waits = showing_lists.showings(site.session, actor, at, state=showing_lists.WAITING)
    return list(site.session.scalars(waits))


def test_who_says_that_he_is_here_stands_on_the_board_and_not_in_the_queue(site: Site, reception: Actor) -> None:
    site.scan()
    showing, later = knock(site), site.now + timedelta(minutes=7)
    (one,) = today(site, reception, later).waiting
    assert (one.showing, one.client_name, one.minutes(later), one.scanned) == (showing, "王小明", 7, True)
    assert one.registration_id == site.registration.id
    assert showing_lists.state_of(showing) == "at_reception"
    assert queued(site, reception, later) == []


def test_the_day_over_it_waits_in_the_queue(site: Site, reception: Actor) -> None:
    showing, tomorrow = knock(site), site.now + timedelta(days=1)
    assert today(site, reception, tomorrow).waiting == []
    assert queued(site, reception, tomorrow) == [showing]


def test_one_tap_receives_and_the_visit_counts(site: Site, reception: Actor) -> None:
    showing = knock(site)
    arrivals.receive(site.session, reception, site.now, showing)
    now = today(site, reception)
    assert (now.waiting, [one.showing for one in now.received]) == ([], [showing])
    assert site.registration.touch.protected_until == site.now + timedelta(days=30)
    assert refusal(lambda: arrivals.receive(site.session, reception, site.now, showing)) == "already_received"


def test_only_who_came_to_the_desk_is_received(site: Site, reception: Actor) -> None:
    photo = make.showing(site.session, touch=site.registration.touch, way="face", at=site.now)
    assert refusal(lambda: arrivals.receive(site.session, reception, site.now, photo)) == "no_arrival"
    assert today(site, reception).waiting == []


def test_a_board_is_one_developments_and_a_fake_is_on_none(site: Site, reception: Actor) -> None:
    showing = knock(site)
    assert len(today(site, reception, place=showing.development_id).waiting) == 1
    assert today(site, reception, place=showing.development_id + 1).waiting == []
    review(site, showing, Decision.FAKE)
    assert today(site, reception) == Board([], [], [])


def test_the_mark_changes_with_what_is_shown_and_once_a_minute(site: Site, reception: Actor) -> None:
    empty = today(site, reception).mark(site.now)
    showing = knock(site)
    marks = [today(site, reception).mark(site.now + timedelta(seconds=seconds)) for seconds in (0, 59, 60)]
    assert marks[0] == marks[1] != marks[2]
    arrivals.receive(site.session, reception, site.now, showing)
    assert len({empty, marks[0], today(site, reception).mark(site.now)}) == 3


def test_two_who_receive_at_once_are_one_decision(database: Database, now: datetime, tmp_path: Path) -> None:
    with database.transaction() as session:
        site = Site(session, now, FolderFiles(tmp_path, database.vault))
        key = knock(site).id
        desks = [Actor.of(make.person(session, Role.RECEPTION)) for _ in range(2)]
    barrier = Barrier(2)

    def tap(actor: Actor) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                arrivals.receive(session, actor, now, session.get_one(Showing, key))
        except Refusal as refused:
            return refused.code
        return "received"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(tap, desks)) == ["already_received", "received"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ShowingReview)) == 1
