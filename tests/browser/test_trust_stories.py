"""A check-in that can be trusted, and fair: a genuine pair passes at once, an old photo does not, and a man under two
names costs his broker the account, until somebody else than who confirmed looks again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from portal.access.actor import Actor
from portal.adapters.faces.engine import Template
from portal.db import Database
from portal.models import Decision, Person, Registration, Role
from portal.services.faces import faces
from portal.services.penalties import reviews
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.browser.film import another_day, looking_both_ways, takes_both_shots
from tests.browser.office import NAMES, PHONES, TABLET, staff_office
from tests.browser.people import CHINESE, ENGLISH, Someone, of
from tests.browser.stage import Camera, Windows
from tests.clock import MovableClock
from tests.photos import jpeg, people
from tests.site import engine, shot

TAGS = {CHINESE: "zh-CN", ENGLISH: "en-GB"}
CLIENT, OTHER_NAME = "王小明", "刘洋"
EARLIER_REASON = "照片里没有客户"
REASON = "同一个人今天早些时候已用另一个名字来过"
WORDS = "刘洋和王小明是孪生兄弟，两位都愿意当面说明。"
ANSWER = "兄弟二人已当面核实身份，是两位客户。"
_FROZEN = "%(visit)s: confirmed fake. The broker's account is frozen until %(until)s."
FROZEN_UNTIL = "2026年4月10日 10:00"


@pytest.fixture
def staff(store: Database, clock: MovableClock) -> dict[Role, Person]:
    """Everybody's account, and the broker's face, enrolled."""
    with store.transaction() as session:
        staff = staff_office(session)
        broker, taken = Actor.of(staff[Role.BROKER]), shot("obama")
        make.own_face(session, broker, clock(), engine(), taken)
        return staff


@pytest.fixture
def registers(store: Database, staff: dict[Role, Person], clock: MovableClock) -> Callable[[str], Registration]:
    """The broker registers one more client of this name, yesterday."""
    with store.transaction() as session:
        home = make.agreement(session, agency=session.merge(staff[Role.BROKER].agency)).development_id

    def register(name: str) -> Registration:
        facts = {"development_id": home, "phone": make.new_phone(), "name": name}
        with store.transaction() as session:
            return register_client(session, Actor.of(staff[Role.BROKER]), clock() - timedelta(days=1), **facts)

    return register


@pytest.mark.night
@pytest.mark.parametrize("locale", [CHINESE, ENGLISH])
def test_a_genuine_pair_passes_at_once_and_an_old_photo_does_not(
    windows: Windows,
    store: Database,
    registers: Callable[[str], Registration],
    camera: Camera,
    clock: MovableClock,
    locale: str,
) -> None:
    registers(CLIENT)
    broker = Someone(windows.phone(TAGS[locale]), f"trust-{locale[:2]}-broker", locale).signs_in(PHONES[Role.BROKER])
    camera.shows(*looking_both_ways())
    checks_in(broker, store, CLIENT)
    broker.reads("The visit counts.")
    broker.looks("1-verified")

    clock.move(days=2)
    checks_in(broker, store, CLIENT)
    broker.reads("This check-in does not count.")
    broker.reads("It is no strike: only a person makes one. Read below what was the matter, and check in again.")
    broker.reads("This photo, or one that looks the same, was sent before.")
    broker.reads("Take a new photo at the site.")
    broker.looks("2-old-photo")
    broker.goes_to("Strikes")
    broker.reads("Nothing counts against you. Check in only together with the client, at the site.")


@pytest.mark.night
def test_a_client_under_two_names_freezes_the_broker_until_his_appeal_is_upheld(
    windows: Windows,
    store: Database,
    staff: dict[Role, Person],
    registers: Callable[[str], Registration],
    camera: Camera,
    clock: MovableClock,
) -> None:
    came_before(store, registers(CLIENT), clock)
    has_faked_twice(store, staff, registers("陈晨"), clock)
    registers(OTHER_NAME)
    broker = at(windows.phone(), Role.BROKER)
    camera.shows(*looking_both_ways(another_day()))
    checks_in(broker, store, OTHER_NAME)
    broker.reads("A person will look at it.")
    broker.reads("Reception will look at it. A likeness alone accuses nobody.")
    broker.looks("3-two-names")

    begins_to_register(broker)
    confirms_the_fake(at(windows.desktop(**TABLET), Role.RECEPTION))
    is_refused(broker)
    is_told(broker, "Your account is frozen until %(until_at)s", until_at=FROZEN_UNTIL)
    appeals(broker)
    upholds(at(windows.desktop(), Role.CHANNEL_MANAGER))
    is_free_again(broker)
    is_told(broker, "Your account is not frozen any more")


def is_told(broker: Someone, subject: str, **facts: str) -> None:
    """By the bell, at the top of every page, to the page where it stands in full."""
    broker.page.locator("a.bell").click()
    broker.is_at("Notices")
    broker.looks("inbox")
    broker.page.locator(".notice-link").filter(has_text=broker.words(subject, **facts)).first.click()
    broker.is_at("Where you stand")


def at(page: object, role: Role) -> Someone:
    return Someone(page, f"trust-{role.replace('_', '-')}").signs_in(PHONES[role])


def checks_in(broker: Someone, store: Database, client: str) -> None:
    broker.goes_to("Clients")
    broker.follows(client)
    broker.follows("Check in at the site")
    broker.presses("Take a photo")
    broker.ticks("The client is 14 or older, has read this and agrees")
    broker.presses("Send my position along")
    broker.reads("The position will be sent along.")
    takes_both_shots(broker, store)


def came_before(store: Database, registration: Registration, clock: MovableClock) -> None:
    """The man whom the camera will see was here already, by another name."""
    with store.transaction() as session:
        touch = session.merge(registration).touch
        before = clock() - timedelta(hours=2)
        showing = make.showing(session, touch=touch, at=before, verdict="verified", reasons=[])
        seen = Template.of(engine(), shot("biden").faces[0])
        place = {"client_id": touch.client_id, "development_id": touch.development_id, "showing_id": showing.id}
        faces.keep_template(session, before, seen, **place)


def has_faked_twice(
    store: Database, staff: dict[Role, Person], registration: Registration, clock: MovableClock
) -> None:
    reviewer = Actor.of(staff[Role.RECEPTION])
    with store.transaction() as session:
        touch = session.merge(registration).touch
        for days in (60, 30):
            then = clock() - timedelta(days=days)
            showing = make.showing(session, touch=touch, at=then)
            reviews.review_showing(session, reviewer, then, showing, decision=Decision.FAKE, reason=EARLIER_REASON)


def confirms_the_fake(reception: Someone) -> None:
    reception.goes_to("Showings")
    reception.follows(OTHER_NAME)
    reception.reads("The client looks like somebody who was here under another name.")
    reception.looks("1-two-names")
    reception.opens("Confirm fake")
    reception.fills("Reason", REASON)
    reception.presses("Yes, it was a fake")
    reception.reads(_FROZEN, visit="", until=FROZEN_UNTIL)
    reception.looks("2-frozen")


def is_refused(broker: Someone) -> None:
    """The form that he had open already is refused, and says until when."""
    registers_anew(broker)
    broker.reads("You can try again from %(instant)s.", instant=FROZEN_UNTIL)
    broker.looks("4-refused")


def begins_to_register(broker: Someone) -> None:
    broker.goes_to("Home")
    broker.follows("Register a client")
    expect(broker.button("Register client")).to_be_visible()


def registers_anew(broker: Someone) -> None:
    broker.fills("Client's phone", "13900004009")
    broker.fills("Client's name", "孙悦")
    broker.presses("Register client")


def appeals(broker: Someone) -> None:
    """In his own words, with a picture."""
    broker.goes_to("Strikes")
    broker.sees(REASON)
    broker.looks("5-strikes")
    broker.follows("Appeal")
    broker.fills("What happened at the visit", WORDS)
    picture = {"name": "IMG_0007.jpg", "mimeType": "image/jpeg", "buffer": jpeg(people("biden"))}
    broker.field("Pictures").set_input_files([picture])
    broker.reads("Photo ready to send.")
    broker.looks("6-appeal")
    broker.presses("Send my appeal")
    broker.reads("Your appeal is being looked at.")
    broker.sees(WORDS)
    broker.looks("7-appealed")


def upholds(manager: Someone) -> None:
    """Who did not confirm reads both sides and decides."""
    manager.goes_to("Appeals")
    manager.follows(NAMES[Role.BROKER])
    manager.sees(WORDS)
    manager.sees(REASON)
    picture = manager.page.get_by_role("img", name=manager.words("Picture %(number)s of the appeal", number=1))
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1280
    manager.page.get_by_role("radio", name=manager.words("The broker is right: void the strike")).check()
    manager.fills("Reason", ANSWER)
    manager.looks("1-decides")
    manager.presses(of("appeal", "Decide"))
    manager.reads("Upheld: the strike is voided.")
    manager.looks("2-upheld")


def is_free_again(broker: Someone) -> None:
    broker.page.reload()
    broker.reads("Upheld: the strike is voided.")
    broker.sees(ANSWER)
    broker.looks("8-upheld")
    broker.goes_to("Strikes")
    broker.reads("%(counting)s of %(needed)s", counting=2, needed=3)
    broker.looks("9-free")
    begins_to_register(broker)
    registers_anew(broker)
    broker.reads("The client is registered for you.")
