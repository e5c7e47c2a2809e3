"""Where somebody is: a site that is set on the spot; a check-in from there, from far away, from who does not say."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Development, Person, Role, Showing
from portal.rules.landing.coordinates import gcj02_of_wgs84
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.browser.office import Office, staff_office
from tests.browser.stage import SITE, Windows
from tests.clock import MovableClock

ASKED = "Use my position"
ROUGH = (
    "Taken over, but the device knows it only to within %(m)s metres. "
    "Stand outside and try again, or paste it off a map."
)
AT_THE_SITE = (SITE["latitude"], SITE["longitude"])


@pytest.fixture
def staff(store: Database) -> dict[Role, Person]:
    with store.transaction() as session:
        return staff_office(session)


@pytest.fixture
def registrations(store: Database, staff: dict[Role, Person], clock: MovableClock) -> list[int]:
    """Three clients of the broker, registered yesterday, at a site that stands where the browsers are."""
    with store.transaction() as session:
        broker = session.merge(staff[Role.BROKER])
        place = make.development(session, latitude=AT_THE_SITE[0], longitude=AT_THE_SITE[1])
        make.agreement(session, development=place, agency=broker.agency)
        by, yesterday = Actor.of(broker), clock() - timedelta(days=1)
        clients = ({"development_id": place.id, "phone": make.new_phone(), "name": "王小明"} for _ in range(3))
        return [register_client(session, by, yesterday, **facts).id for facts in clients]


def test_a_site_is_set_where_the_manager_stands_or_pasted_off_a_map(
    windows: Windows, store: Database, staff: dict[Role, Person]
) -> None:
    with store.transaction() as session:
        place_id = make.development(session, latitude=None, longitude=None).id
    manager = Office(windows, "position").at_desk(Role.CHANNEL_MANAGER)

    def edits() -> None:
        manager.page.goto(f"/partners/developments/{place_id}/edit")

    def kept() -> tuple[float | None, float | None]:
        manager.reads("Saved.")
        with store.reading() as session:
            place = session.get_one(Development, place_id)
            return place.latitude, place.longitude

    edits()
    manager.fills("Or pasted off a map", "121.53154,31.17530")  # tried first, and of another system
    manager.chooses("Whose coordinates these are", manager.words("GCJ-02: Amap, Tencent"))
    stands_at(manager.page, *AT_THE_SITE, accuracy=900)
    manager.presses(ASKED)
    manager.reads(ROUGH, m=900)
    stands_at(manager.page, *AT_THE_SITE, accuracy=12)
    manager.presses(ASKED)
    manager.reads("Taken over: latitude and longitude of where you stand.")
    expect(manager.field("Or pasted off a map")).to_have_value("")
    manager.looks("1-set-on-the-spot")
    manager.presses("Save")
    assert kept() == AT_THE_SITE

    edits()
    manager.page.context.clear_permissions()
    manager.presses(ASKED)
    manager.reads("The device gave no position. Paste it off a map instead.")
    latitude, longitude = gcj02_of_wgs84(30.3, 120.1)
    manager.fills("Or pasted off a map", f"{longitude:.8f},{latitude:.8f}")
    manager.chooses("Whose coordinates these are", manager.words("GCJ-02: Amap, Tencent"))
    manager.looks("2-pasted")
    manager.presses("Save")
    assert kept() == (30.3, 120.1)


def test_a_check_in_says_from_where_it_comes_if_its_owner_lets_it(
    windows: Windows, store: Database, registrations: list[int]
) -> None:
    broker = Office(windows, "position").at_phone(Role.BROKER)
    sent = "The position will be sent along."
    for place, says in ((AT_THE_SITE, sent), ((30.3592, 120.0884), sent), (None, None)):
        if place is None:
            broker.page.context.clear_permissions()
        else:
            stands_at(broker.page, *place)
        broker.page.goto(f"/showings/check-in/{registrations.pop(0)}")
        broker.presses("Send my position along")
        broker.reads(says or "The device gave no position. You can go on without it.")
        broker.presses("Tell reception that we are here")
        broker.reads("Reception knows that you are here.")
    with store.reading() as session:
        made = session.scalars(select(Showing).order_by(Showing.id)).all()
        assert [(row.latitude, row.longitude) for row in made] == [AT_THE_SITE, (30.3592, 120.0884), (None, None)]
        assert ["too_far" in {one["code"] for one in row.reasons} for row in made] == [False, True, False]


def stands_at(page: Page, latitude: float, longitude: float, accuracy: float = 10) -> None:
    page.context.set_geolocation({"latitude": latitude, "longitude": longitude, "accuracy": accuracy})
