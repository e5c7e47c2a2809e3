"""Reception signs visitors in, and is told who holds them already."""

import io
from collections.abc import Callable
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image

from portal.db import Database
from portal.models import Person, Role
from portal.services.leads import leads
from portal.services.rewards import rewards
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

VISITOR = {"phone": "13912345678", "name": "钱八"}


def test_a_visitor_is_signed_in_and_keeps_brokers_out(
    signed_in: Callable[[Person], PageClient], store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        agreement = make.agreement(session)
        broker = make.broker(session, agency=agreement.agency)
        reception = make.person(session, Role.RECEPTION)
    desk, phone = signed_in(reception), signed_in(broker)
    page = desk.get("walk_ins.index").submit(VISITOR)
    assert "2026年4月9日 10:00" in page.texts(".notice")[0]
    assert page.texts("tbody .cell-title") == ["钱八 · 更正或撤销"]
    refused = phone.get("registrations.new").submit(VISITOR)
    assert "2026年4月9日 10:00" in refused.main
    assert reception.name not in refused.html
    again = desk.get("walk_ins.index").submit(VISITOR)
    assert reception.name in again.one(".banner").get_text()
    clock.move(days=30)
    assert signed_in(broker).get("registrations.new").submit(VISITOR).all(".tone-success")


def test_reception_may_know_the_broker(signed_in: Callable[[Person], PageClient], store: Database) -> None:
    with store.transaction() as session:
        agreement = make.agreement(session)
        broker = make.broker(session, agency=agreement.agency)
        reception = make.person(session, Role.RECEPTION)
    signed_in(broker).get("registrations.new").submit(VISITOR)
    page = signed_in(reception).get("walk_ins.index").submit(VISITOR)
    assert broker.name in page.one(".banner").get_text()
    assert broker.agency.name in page.one(".banner").get_text()
    assert page.all(".empty")


def test_a_friends_gift_reaches_the_visitor_and_is_handed_out_once(
    signed_in: Callable[[Person], PageClient], store: Database, clock: MovableClock, client: PageClient
) -> None:
    with store.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        stand = make.programme(session, by=manager)
        lead = leads.leave_lead(
            session,
            clock(),
            leads.LeftLead(
                code=stand.referrer.code,
                name="王小明",
                phone=VISITOR["phone"],
                consent_version="2",
                locale="en",
                address=None,
            ),
        )
        development, lead_id = lead.development_id, lead.id
        reception = make.person(session, Role.RECEPTION)
    desk = signed_in(reception)
    asked = VISITOR | {"development": development}
    page = desk.get("walk_ins.index").submit(asked)
    assert "咖啡券" in page.main
    assert page.texts("tbody .cell-title")[0].startswith("王小明")
    assert page.one("input[name=phone]").get("value", "") == "", "ready for the next visitor"
    taken_along = page.one(".visit-gift img")["src"]
    link = zxingcpp.read_barcode(Image.open(io.BytesIO(desk.download(str(taken_along)).data))).text
    gift = client.get(urlsplit(link).path)
    assert gift.one(".voucher-code")
    handed = desk.get(str(page.one(".visit-gift .btn-primary")["href"])).submit({}, form="form[action='/redeem/']")
    assert "已核销" in handed.main
    again = desk.get("walk_ins.index").submit(asked)
    assert not again.all(".visit-gift img"), "it was handed out"
    assert "已核销" in again.one(".visit-gift").get_text()
    assert "咖啡券" in signed_in(manager).get("referrers.lead", lead_id=lead_id).main
    assert not client.get(urlsplit(link).path).all(".voucher-code")


def test_a_mistyped_number_is_corrected_within_minutes(
    signed_in: Callable[[Person], PageClient], store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        agreement = make.agreement(session)
        broker = make.broker(session, agency=agreement.agency)
        reception = make.person(session, Role.RECEPTION)
    desk, phone = signed_in(reception), signed_in(broker)
    page = desk.get("walk_ins.index").submit(VISITOR)
    form = desk.get(str(page.one("tbody .cell-title a")["href"]))
    assert "139****5678" in form.main
    assert form.one("input[name=name]")["value"] == "钱八"
    assert not form.one("input[name=phone]").get("value")
    wrong = form.submit({"phone": "12"}, form=".form-page", status=422)
    assert wrong.one("input[name=phone]")["value"] == "12", "what was typed stays"
    page = form.submit({"phone": "13912345679", "name": "钱八"}, form=".form-page")
    assert [text.split(" · ")[0].strip() for text in page.texts("tbody .cell-title")] == ["钱八", "钱八"]
    assert "已撤销" in page.texts("tbody .cell-title")[1]
    assert phone.get("registrations.new").submit(VISITOR).all(".tone-success"), "whose number it was is free"
    clock.move(minutes=15)
    assert not desk.get("walk_ins.index").all("tbody .cell-title a"), "too late"


def test_who_never_came_is_taken_back(signed_in: Callable[[Person], PageClient], store: Database) -> None:
    with store.transaction() as session:
        make.agreement(session)
        reception = make.person(session, Role.RECEPTION)
    desk = signed_in(reception)
    page = desk.get("walk_ins.index").submit(VISITOR)
    form = desk.get(str(page.one("tbody .cell-title a")["href"]))
    page = form.submit({}, form="form[action$='/undo']")
    assert "已撤销" in page.texts("tbody .cell-title")[0]
    assert "列表" in desk.get(form.path).main, "a colleague was faster: the page says so"
    page = desk.get("walk_ins.index").submit(VISITOR)
    assert len(page.all("tbody .cell-title")) == 2, "nobody holds the client"
