"""The inbox as its person meets it: the bell, the list, the way to the thing, and what is read."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from portal.db import Database
from portal.models import Person, Role, Strike, WebSession
from tests import factories as make
from tests.clock import MovableClock
from tests.factories.notices import notice
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


def _struck(store: Database, now: datetime) -> tuple[Person, Strike]:
    """A broker who was told of a strike, and the strike."""
    with store.transaction() as session:
        touch = make.touch(session)
        row = make.strike(session, showing=make.showing(session, touch=touch))
        broker = session.get_one(Person, row.broker_id)
        facts = {"appeal_until_at": "2026-03-17T02:00:00+00:00"}
        notice(session, person=broker, kind="strike_confirmed", at=now, facts=facts, subject_id=row.id)
    return broker, row


def test_the_bell_counts_and_a_notice_leads_to_its_thing(store: Database, signed_in: SignIn, now: datetime) -> None:
    person, strike = _struck(store, now)
    broker = signed_in(person)
    page = broker.get("notifications.index")
    assert page.one(".bell-count").text.startswith("1")
    assert "2026年3月17日" in page.one(".notice-do").text
    answer = broker.http.get(str(page.one(".notice-link")["href"]))
    assert answer.headers["Location"] == f"/strikes#strike-{strike.id}"
    page = broker.get("notifications.index")
    assert (page.all(".bell-count"), len(page.all(".notice-row"))) == ([], 1)
    assert broker.get("/inbox?state=unread").all(".notice-row") == []


def test_what_is_read_can_be_said_at_once_or_of_all(store: Database, signed_in: SignIn, now: datetime) -> None:
    with store.transaction() as session:
        person = make.broker(session)
        for _ in range(3):
            notice(session, person=person, at=now)
    page = signed_in(person).get("notifications.index")
    address = page.all(".notice-row form")[0]["action"]
    page = page.submit(form=f'form[action="{address}"]')
    assert len(page.all(".unread")) == 2
    page = page.submit(button="全部标为已读")
    assert page.all(".unread") == []


def test_an_empty_inbox_says_what_will_stand_there(store: Database, signed_in: SignIn) -> None:
    with store.transaction() as session:
        person = make.person(session, Role.FINANCE)
    staff = signed_in(person)
    assert staff.get("notifications.index").one(".empty-title").text
    assert staff.get("/inbox?topic=money").one(".empty-title").text == "没有找到"
    for unknown in ("topic=nothing", "since=never", "after=x"):
        staff.get(f"/inbox?{unknown}", status=404)


def test_the_bell_alone_is_no_use_of_a_session(
    store: Database, signed_in: SignIn, client: PageClient, clock: MovableClock
) -> None:
    """An open page asks by itself: it must not keep a sign-in alive that nobody uses."""
    with store.transaction() as session:
        person = make.person(session, Role.FINANCE)
    staff, began = signed_in(person), clock()
    clock.move(minutes=20)
    assert 'id="bell"' in staff.download("notifications.bell").text

    def seen() -> datetime:
        with store.reading() as session:
            return session.scalars(select(WebSession.seen_at)).one()

    assert seen() == began
    staff.get("notifications.index")
    assert seen() == clock()
    assert client.download("notifications.bell", status=204).data == b""
