"""A stand's own gifts, the tablet there, and the gift for a number, from the page to the table."""

import io
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from portal.access.actor import SYSTEM
from portal.db import Database
from portal.models import Person, Programme, Role, Voucher
from portal.services.programmes import stands
from portal.services.rewards import rewards
from referral.rewards.reward_plan import Audience, Event, Gift, Item, Kind, RewardPlan
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]
FRIEND = {"name": "王小明", "phone": "13912345678", "contact": True}


@pytest.fixture
def people(store: Database) -> tuple[Programme, Person, Person]:
    with store.transaction() as session:
        gifts = tuple(
            Gift(event, (Item(Kind.GIFT, title, value_fen=3000),), valid_days=7)
            for event, title in ((Event.SCAN, "雨伞"), (Event.LEAD, "食用油"))
        )
        plan = RewardPlan("stands", Audience.PROGRAMME, (), gifts=gifts)
        rewards.publish_reward_plan(session, SYSTEM, make.BEFORE, plan=plan, effective_from=make.BEFORE)
        manager, reception = make.person(session, Role.CHANNEL_MANAGER), make.person(session, Role.RECEPTION)
        return make.programme(session, by=manager, place="滨江公园南门"), manager, reception


def test_a_gift_is_had_by_the_code_on_the_tablet(
    people: tuple[Programme, Person, Person], signed_in: SignIn, client: PageClient, clock: MovableClock
) -> None:
    stand, manager, reception = people
    form = signed_in(manager).get("stands.own_gifts", programme_id=stand.referrer_id)
    wrong = form.submit({"scan_title": "帆布袋", "scan_value": ""}, status=422)
    assert wrong.all("#scan_value-error")
    assert "¥30.00" in form.submit({"scan_title": "帆布袋", "scan_value": "30.01"}, status=422).main
    form.submit({"asks_code": True, "scan_title": "帆布袋", "scan_value": "20"})
    at_home = client.get("landing.show", code=stand.referrer.code)
    assert "帆布袋" in at_home.main
    assert not at_home.all("form[action$='/gift']")
    tablet = signed_in(reception)
    page = tablet.get("stands.code", programme_id=stand.referrer_id)
    picture = tablet.download(str(page.one(".site-code img")["src"]))
    link = urlsplit(zxingcpp.read_barcode(Image.open(io.BytesIO(picture.data))).text)
    address = f"{link.path}?{link.query}"
    taken = client.get(address).submit({}, form="form[action$='/gift']")
    assert "滨江公园南门" in taken.main
    clock.move(seconds=61)
    assert not client.get(address).all("form[action$='/gift']"), "a picture that was sent on"


def test_a_code_opens_nothing_elsewhere_and_no_key_is_made_up(
    store: Database, people: tuple[Programme, Person, Person], client: PageClient, clock: MovableClock
) -> None:
    with store.transaction() as session:
        stand = session.get_one(Programme, people[0].referrer_id)
        other = make.programme(session, development=stand.referrer.development)
        stand.asks_code = other.asks_code = True
        session.flush()
        here, there = (stands.code_now(session, clock(), one).text for one in (stand, other))
        codes = stand.referrer.code, other.referrer.code
    step, mark = here.split(".")
    later = f"{int(step) + 1}.{mark}"
    for wrong in (there, later, f"{step}.{mark[::-1]}", f"{step}.", "made up"):
        assert not client.get("landing.show", code=codes[0], k=wrong).all("form[action$='/gift']")
    page = client.get("landing.show", code=codes[0], k=here)
    key = str(page.one("form[action$='/gift'] [name=csrf_token]")["value"])
    payload, expiry, mac = key.split(".")
    edited = (
        f"{payload[:-2]}AA.{expiry}.{mac}",
        f"{payload}.9{expiry}.{mac}",
        f"{payload}.{expiry}.{mac[::-1]}",
        "",
        "x.y.z",
    )
    taps = [(codes[0], one) for one in edited] + [(codes[1], key)]
    for code, token in taps:
        assert client.http.post(f"/r/{code}/gift", data={"csrf_token": token}).status_code == 409
    clock.move(hours=2)
    assert client.http.post(f"/r/{codes[0]}/gift", data={"csrf_token": key}).status_code == 409
    with store.reading() as session:
        assert session.scalars(select(Voucher)).all() == []


def test_a_number_brings_its_gift_at_the_table_once(
    people: tuple[Programme, Person, Person], signed_in: SignIn, client: PageClient
) -> None:
    stand, _manager, reception = people
    said = [
        client.get("landing.show", code=stand.referrer.code).submit(FRIEND, form="form.form-page").texts(".offer")
        for _ in range(2)
    ]
    assert said[0] == said[1]
    assert "食用油" in said[0][0]
    desk, where = signed_in(reception), stand.referrer.development_id
    found = desk.get("redeeming.index", development=where, text="13912345678")
    assert "食用油" in found.main
    assert "已核销" in found.submit({}, form="form[action='/redeem/']").main
    again = desk.get("redeeming.index", development=where, text="13912345678")
    assert not again.all("form[action='/redeem/']")
