"""Two turns that a visit can take: a phone without a live camera, and a third showing where nobody was."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Decision, FaceEnrolment, Person, Role, Touch
from portal.services.penalties import reviews
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.browser.office import TABLET, Office, staff_office
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock
from tests.photos import jpeg, people, two_people
from tests.site import engine, shot

CLIENT = "王小明"
WITHOUT_LIVE_CAMERA = "delete Navigator.prototype.mediaDevices"
REASON = "照片里的客户是本店同事"


@pytest.fixture
def office(windows: Windows) -> Office:
    return Office(windows, "visit")


@pytest.fixture
def staff(store: Database) -> dict[Role, Person]:
    with store.transaction() as session:
        return staff_office(session)


@pytest.fixture
def client(store: Database, staff: dict[Role, Person], clock: MovableClock) -> Touch:
    """The broker's client, registered yesterday."""
    broker, yesterday = staff[Role.BROKER], clock() - timedelta(days=1)
    with store.transaction() as session:
        home = make.agreement(session, agency=session.merge(broker.agency)).development
        facts = {"development_id": home.id, "phone": make.new_phone(), "name": CLIENT}
        return register_client(session, Actor.of(broker), yesterday, **facts).touch


@pytest.mark.usefixtures("client")
def test_a_phone_without_live_camera_checks_in_all_the_same(
    office: Office, store: Database, clock: MovableClock
) -> None:
    """As in an old in-app browser: the file field opens the phone's camera, and reception looks first."""
    page = office.windows.phone()
    page.add_init_script(WITHOUT_LIVE_CAMERA)
    broker = office.someone(Role.BROKER, page)

    broker.goes_to("My face")
    assert not broker.button("Open camera").is_visible()
    broker.ticks("I agree")
    photographs(broker, "Photo of your face", jpeg(people("obama")))
    broker.presses("Enrol my face")
    broker.reads("Your face is here, and waits for somebody who confirms it on meeting you.")
    is_met_at_the_desk(store, clock, "obama2")

    broker.goes_to("Clients")
    broker.follows(CLIENT)
    broker.follows("Check in at the site")
    broker.presses("Take a photo")
    broker.ticks("The client is 14 or older, has read this and agrees")
    photographs(broker, "Photo of you and the client", jpeg(two_people("obama3", "astronaut")))
    broker.looks("1-check-in")
    broker.presses("Check in")
    broker.reads("A person will look at it.")
    broker.reads("The photo was not taken by the camera of this page.")
    broker.looks("2-looked-at")


def is_met_at_the_desk(store: Database, clock: MovableClock, who: str) -> None:
    """Reception meets the broker, and stands for his face."""
    with store.transaction() as session:
        row = session.scalars(select(FaceEnrolment)).one()
        desk = Actor.of(make.person(session, Role.RECEPTION))
        make.met(session, desk, row, clock(), engine(), shot(who))


def photographs(broker: Someone, field: str, photo: bytes) -> None:
    broker.field(field).set_input_files([{"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": photo}])


def test_the_third_confirmed_fake_freezes_the_broker(
    office: Office, store: Database, staff: dict[Role, Person], client: Touch, clock: MovableClock
) -> None:
    has_faked_twice(store, staff, client, clock)
    broker = office.at_phone(Role.BROKER)
    broker.goes_to("Clients")
    broker.follows("Register a client")

    confirms_a_fake(office.at_desk(Role.RECEPTION, **TABLET))

    broker.fills("Client's phone", "13900004009")
    broker.fills("Client's name", "刘洋")
    broker.presses("Register client")
    broker.reads(
        "Your account is frozen after confirmed fake showings: no registrations and no check-ins until it ends."
    )
    broker.reads("You can try again from %(instant)s.", instant="2026年4月10日 10:00")
    broker.looks("3-refused")
    broker.goes_to("Home")
    broker.reads("Your account is frozen until %(until)s", until="2026年4月10日 10:00")
    broker.looks("4-home")
    broker.goes_to("Strikes")
    broker.looks("5-strikes")
    broker.sees(REASON)


def has_faked_twice(store: Database, staff: dict[Role, Person], client: Touch, clock: MovableClock) -> None:
    """Two strikes of earlier months, and a showing that waits for reception."""
    reviewer = Actor.of(staff[Role.RECEPTION])
    with store.transaction() as session:
        touch = session.merge(client)
        for days in (-60, -30, 0):
            at = clock() + timedelta(days=days)
            showing = make.showing(session, touch=touch, at=at)
            if days:
                reviews.review_showing(session, reviewer, at, showing, decision=Decision.FAKE, reason=REASON)


def confirms_a_fake(reception: Someone) -> None:
    reception.goes_to("Showings")
    reception.page.locator("main table a").first.click()
    reception.opens("Confirm fake")
    reception.fills("Reason", REASON)
    reception.looks("1-fake")
    reception.presses("Yes, it was a fake")
    reception.reads("Confirmed fake")
    reception.looks("2-confirmed")
