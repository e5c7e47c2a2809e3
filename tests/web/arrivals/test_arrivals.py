"""Reception's board: who waits, one tap, and finding whose client somebody is."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Person, Registration, Role
from portal.services import contacts
from portal.services.claims import receipts
from portal.services.showings import site_codes
from tests import factories as make
from tests.clock import MovableClock
from tests.factories.friends import accepted_lead
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]


@pytest.fixture
def registration_id(store: Database, now: datetime) -> int:
    """A broker's client, registered yesterday, with a receipt."""
    with store.transaction() as session:
        client = make.client(session, phone="13800138000")
        until = now + timedelta(days=6)
        touch = make.touch(session, client=client, at=now - timedelta(days=1), protected_until=until)
        row = make.registration(session, touch=touch)
        receipts.issue(session, now, row, touch.person_id, {"outcome": "accepted", "try_again_at": None})
        return row.id


@pytest.fixture
def broker(store: Database, registration_id: int, signed_in: SignedIn) -> PageClient:
    with store.reading() as session:
        person = session.get_one(Registration, registration_id).broker
    return signed_in(person)


@pytest.fixture
def desk(store: Database, signed_in: SignedIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.RECEPTION)
    return signed_in(person)


def test_from_the_tap_on_the_phone_to_the_green_page(
    broker: PageClient, desk: PageClient, registration_id: int, clock: MovableClock
) -> None:
    empty = desk.get("arrivals.index")
    assert "暂无" in empty.main
    asks = str(empty.one("#board")["hx-get"])
    desk.download(asks, status=204)

    page = broker.get("showings.check_in", registration_id=registration_id).submit(button="告知案场我们已到")
    assert page.texts(".status") == ["等待案场确认"]
    assert "存疑之处" not in page.main
    assert page.all("figure.qr")
    waits = str(page.one("main [hx-get]")["hx-get"])
    broker.download(waits, status=204)

    clock.move(minutes=12)
    board = desk.get(asks)
    assert "138****8000" in board.main
    assert "已等 12 分钟" in board.main
    assert "到场待接待" in desk.get("home.index").main
    after = board.submit(button="已接待", form="#board form")
    assert "今日已接待" in after.main
    assert broker.get(waits).texts(".status") == ["确认真实"]


FOUND = ("王", "王女士", "8000", "13800138000", "#1", "https://portal.example/v/{key}")


@pytest.mark.parametrize("find", FOUND)
def test_a_client_is_found_by_what_people_say(
    desk: PageClient, registration_id: int, find: str, store: Database
) -> None:
    with store.reading() as session:
        key = receipts.receipt_of(session, session.get_one(Registration, registration_id)).key
    page = desk.get("arrivals.index", q=find.format(key=key))
    assert "找到 1 条" in page.main
    assert "138****8000" in page.main
    assert "13800138000" not in page.main


@pytest.mark.parametrize(("find", "shown"), [("王", 1), ("8000", 1), ("13800138000", 1), ("赵", 0), ("9999", 0)])
def test_with_whom_one_came_is_found_among_many(
    broker: PageClient, store: Database, registration_id: int, now: datetime, find: str, shown: int
) -> None:
    with store.transaction() as session:
        row = session.get_one(Registration, registration_id)
        place = make.agreement(session, development=row.development, agency=row.agency).development
        token = site_codes.code_now(session, Actor.of(make.person(session, Role.RECEPTION)), now, place).text
    page = broker.get("showings.ready").submit({"q": find}, form=".filters")
    assert page.texts("tbody .cell-title") == ["王小明"] * shown
    scanned = broker.get("scanning.here", token=token)
    assert "138****8000" in scanned.texts(".choice")[0]
    found = scanned.submit({"q": find}, form=".filters")
    assert len(found.all(".choice")) == shown
    if shown:
        chosen = found.submit(form=".choices form")
        assert "您已到场" in chosen.main


def test_who_came_without_a_broker_is_found_at_the_desk_and_by_the_manager(
    desk: PageClient, broker: PageClient, store: Database, now: datetime, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        manager, place = make.person(session, Role.CHANNEL_MANAGER), make.development(session)
        referrer = make.referrer(session, development=place)
        client = make.client(session, phone="13700138000")
        lead = accepted_lead(session, referrer, now - timedelta(hours=1), client=client)
        name, client_name = referrer.person.name, contacts.open_name(session, lead.name_sealed)
    form = {"phone": "13900138000", "name": "王散客", "development": place.id}
    desk.get("walk_ins.index").submit(form)
    for page in (desk.get("arrivals.index", q="8000"), signed_in(manager).get("registrations.index", q="8000")):
        assert page.texts(".choices .arrival-name")[-2:] == ["王散客 139****8000", f"{client_name} 137****8000"]
        assert "自然到访" in page.main
        assert f"由{name}推荐" in page.main
        assert "尚未到访" in page.main
    assert "找到 3 条" in desk.get("arrivals.index", q="8000").main
    assert "王散客" not in broker.get("registrations.index", q="8000").main


def test_who_is_not_found_is_said(desk: PageClient, registration_id: int) -> None:
    assert "没有查到报备" in desk.get("arrivals.index", q="李").main


def test_the_board_reads_well_in_english(desk: PageClient, broker: PageClient, registration_id: int) -> None:
    broker.get("showings.check_in", registration_id=registration_id).submit(button="告知案场我们已到")
    desk.http.get("/language/en")
    desk.language = "en"
    assert "1 waits at the desk" in desk.get("arrivals.index").main
