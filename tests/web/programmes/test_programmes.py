"""The pages of programmes: set up, watched, changed, ended by a manager; a stand's gift on anybody's phone."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from flask import Flask
from limits import RateLimitItemPerDay, RateLimitItemPerHour
from PIL import Image
from sqlalchemy import func, select

from portal.access.actor import SYSTEM, Actor
from portal.adapters.images.qr_reader import read_qr
from portal.clock import local_day
from portal.db import Database
from portal.models import AuditEntry, Person, Programme, ProgrammeCost, ProgrammeKind, Role, Voucher
from portal.services.programmes import costs as programme_costs
from portal.services.programmes import programmes
from portal.services.rewards import rewards
from portal.services.vouchers import vouchers
from portal.web.landing import rate_limits
from referral.programme import Company, Term
from referral.rewards.reward_plan import PROGRAMME, Audience, Event, Gift, RewardPlan
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]

GIFT = "form.offer"
COSTS = 'form[action$="/costs"]'


@pytest.fixture
def manager(store: Database) -> Person:
    with store.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        make.development(session, name="云栖里")
        return make.person(session, Role.CHANNEL_MANAGER)


@pytest.fixture
def stand(store: Database, manager: Person) -> Programme:
    return made(store, manager, name="社区市集", place="东门")


def made(store: Database, manager: Person, **given: Any) -> Programme:
    with store.transaction() as session:
        row = make.programme(session, by=session.get_one(Person, manager.id), **given)
        session.refresh(row.referrer)
        assert row.referrer.development.name
        return row


def count(store: Database, model: type) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


TOO_EARLY = (404, 404, 404)


class TestTheRoom:
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_company_is_set_up_and_changed(
        self, app: Flask, store: Database, manager: Person, language: str, clock: MovableClock
    ) -> None:
        browser = PageClient(app, language).sign_in(manager)
        assert browser.get("programmes.choose").all('a[href$="/new/stand"]')
        page = browser.get("programmes.new", which="corporate")
        assert page.one("#discount")["value"] == "1"
        page = page.submit({"name": "大江科技", "phone": "13912345678", "domains": "@Dajiang.com.cn, 大江.cn"})
        assert page.h1 == "大江科技"
        assert "dajiang.com.cn" in page.main
        assert "13912345678" not in page.html
        with store.reading() as session:
            row = session.scalars(select(Programme)).one()
            assert (row.kind, row.discount_bps, len(row.domains)) == (ProgrammeKind.CORPORATE, 100, 2)
        last = local_day(clock()) + timedelta(days=30)
        page = browser.get("programmes.edit", programme_id=row.referrer_id)
        page.submit({"discount": "1.5", "ends_on": last.isoformat(), "contact": "周敏", "domains": "dajiang.com.cn"})
        with store.reading() as session:
            row = session.scalars(select(Programme)).one()
            assert (row.discount_bps, row.ends_on, len(row.domains)) == (150, last + timedelta(days=1), 1)
        page = browser.get("programmes.edit", programme_id=row.referrer_id)
        assert [page.one(f"#{name}")["value"] for name in ("discount", "contact", "ends_on")] == [
            *("1.5", "周敏"),
            last.isoformat(),
        ]

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"domains": "qq.com"}, "domains"),
            ({"domains": "acme"}, "domains"),
            ({"discount": "100"}, "discount"),
            ({"discount": "1,5,0"}, "discount"),
            ({"phone": "123"}, "phone"),
            ({"ends_on": "2020-01-01"}, "ends_on"),
            ({"name": ""}, "name"),
            ({"name": "\u200b\u200b"}, "name"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(
        self, manager: Person, signed_in: SignIn, typed: dict[str, str], field: str
    ) -> None:
        page = signed_in(manager).get("programmes.new", which="corporate")
        page = page.submit({"name": "大江科技", "phone": "13912345678"} | typed, status=422)
        assert page.one(f"#{field}-error")
        assert page.one("#contact")["value"] == ""

    def test_its_words_are_one_line_that_can_be_seen(self, store: Database, manager: Person, signed_in: SignIn) -> None:
        typed = {"name": "大江\n\u200b科技", "place": "东门\u202e\r\n1 号", "phone": "13912345678"}
        page = signed_in(manager).get("programmes.new", which="stand").submit(typed)
        assert page.h1 == "大江 科技"
        page.submit({"note": "\u200b", "amount": "8"}, form=COSTS, status=422).one("#note-error")
        page.submit({"note": "场地\n费", "amount": "8"}, form=COSTS)
        with store.reading() as session:
            assert session.scalars(select(Programme)).one().place == "东门 1 号"
            assert session.scalars(select(ProgrammeCost)).one().note == "场地 费"

    def test_what_it_cost_is_written_once(
        self, store: Database, manager: Person, stand: Programme, signed_in: SignIn
    ) -> None:
        page = signed_in(manager).get("programmes.show", programme_id=stand.referrer_id)
        for _ in range(2):
            shown = page.submit({"note": "场地费", "amount": "800"}, form=COSTS)
        assert count(store, ProgrammeCost) == 1
        assert "800.00" in shown.one("#costs").text
        assert "这笔已经登记过了。" in shown.html
        refused = shown.submit({"note": "退回", "amount": "-900"}, form=COSTS, status=422)
        assert refused.one("#amount-error")

    def test_its_page_shows_the_latest_costs_and_the_list_has_all(
        self, store: Database, manager: Person, stand: Programme, signed_in: SignIn, clock: MovableClock
    ) -> None:
        with store.transaction() as session:
            row, by = session.get_one(Programme, stand.referrer_id), Actor.of(session.get_one(Person, manager.id))
            for nth in range(60):
                day = local_day(clock()) - timedelta(days=nth)
                told = {"key": str(nth), "spent_on": day, "amount_fen": 100 + nth, "note": f"第 {nth} 笔"}
                programme_costs.record_cost(session, by, clock(), row, programme_costs.Cost(**told))
        browser = signed_in(manager)
        page = browser.get("programmes.show", programme_id=stand.referrer_id)
        assert len(page.all("#costs tbody tr")) == 10
        everything = page.follow("全部费用")
        first = everything.texts("tbody .cell-title")
        more = browser.get(str(everything.one("a[rel=next]")["href"])).texts("tbody .cell-title")
        assert sorted([*first, *more]) == sorted(f"第 {nth} 笔" for nth in range(60))
        one = {"programme_id": stand.referrer_id, "since": day.isoformat(), "until": day.isoformat()}
        assert browser.get("programmes.costs", **one).texts("tbody .cell-title") == ["第 59 笔"]
        lines = browser.download("programmes.download_costs", kind="csv", **one).text.splitlines()
        assert len(lines) == 3, "who made it, the heading, one cost"
        assert "1.59" in lines[-1]

    def test_an_old_page_records_another_cost_only_when_asked_once_more(
        self, store: Database, manager: Person, stand: Programme, signed_in: SignIn
    ) -> None:
        page = signed_in(manager).get("programmes.show", programme_id=stand.referrer_id)
        page.submit({"note": "场地费", "amount": "800"}, form=COSTS)
        asked = page.submit({"note": "水", "amount": "70"}, form=COSTS, status=422)
        assert "800.00" in asked.one(".error-summary").text
        assert count(store, ProgrammeCost) == 1
        asked.submit(form=COSTS)
        assert count(store, ProgrammeCost) == 2

    def test_the_contacts_number_is_shown_once_and_written_down(
        self, store: Database, manager: Person, stand: Programme, signed_in: SignIn
    ) -> None:
        page = signed_in(manager).get("programmes.show", programme_id=stand.referrer_id)
        assert "+86" not in page.main
        assert "+86" in page.submit(form='form[action$="/phone"]').main
        with store.reading() as session:
            assert session.scalars(select(AuditEntry).where(AuditEntry.action == "phone_revealed")).one()

    @pytest.mark.parametrize(("design", "sheets"), [("arch", ("png", "jpg")), ("letter", ("png", "jpg"))])
    def test_its_poster_leads_to_its_page(
        self, manager: Person, stand: Programme, signed_in: SignIn, design: str, sheets: tuple[str, ...]
    ) -> None:
        browser = signed_in(manager)
        for sheet in sheets:
            chosen = {"sheet": sheet, "design": design, "lang": "en"}
            file = browser.download("programmes.poster", programme_id=stand.referrer_id, **chosen)
            if sheet == "png":
                with Image.open(BytesIO(file.data)) as picture:
                    (found,) = zxingcpp.read_barcodes(picture)
                assert found.text.endswith(f"/r/{stand.referrer.code}?d={design}")

    def test_one_that_was_ended_says_so_everywhere(
        self, manager: Person, stand: Programme, signed_in: SignIn, client: PageClient
    ) -> None:
        browser = signed_in(manager)
        page = browser.get("programmes.show", programme_id=stand.referrer_id).submit(form='form[action$="/end"]')
        assert not page.all('a[href$="/edit"]')
        assert browser.get("programmes.index", state="over").all(f'a[href$="/programmes/{stand.referrer_id}"]')
        assert not browser.get("programmes.index", state="open").all(f'a[href$="/programmes/{stand.referrer_id}"]')
        browser.download("programmes.poster", programme_id=stand.referrer_id, sheet="png", status=404)
        assert "活动已结束" in client.get("landing.show", code=stand.referrer.code).main
        refused = browser.get("programmes.edit", programme_id=stand.referrer_id).submit(status=422)
        assert refused.all(".error-summary")

    def test_the_list_is_taken_along_and_leads_on(self, manager: Person, stand: Programme, signed_in: SignIn) -> None:
        browser = signed_in(manager)
        for kind in ("csv", "xlsx"):
            file = browser.download("programmes.download", kind=kind, type="stand", q="市集")
        assert len(file.data) > 1000
        page = browser.get("referrers.index")
        assert page.follow("社区市集").path == f"/programmes/{stand.referrer_id}"
        funnel = browser.get("programmes.show", programme_id=stand.referrer_id).one('.figures a[href*="/funnel"]')
        assert browser.get(str(funnel["href"])).h1


class TestAnybodysPhone:
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_tap_brings_a_gift_without_a_cookie_and_again_the_same(
        self, app: Flask, store: Database, stand: Programme, language: str
    ) -> None:
        phone = PageClient(app, language)
        page = phone.get("landing.show", code=stand.referrer.code)
        assert "社区市集" in page.main, "a programme is no person: its name stands there whole"
        assert not page.all("#progress")
        given = page.submit(form=GIFT)
        assert page.submit(form=GIFT).path == given.path
        assert count(store, Voucher) == 1
        assert not phone.http._cookies
        picture = phone.download(str(given.one("img.voucher-qr")["src"]))
        with store.reading() as session:
            row = session.scalars(select(Voucher)).one()
            found, _scanned = vouchers.by_text(session, read_qr(picture.data) or "")
            assert found.id == row.id
            assert row.referrer_id == stand.referrer_id
        assert given.follow({"zh": "预约参观", "en": "Arrange a visit"}[language]).path == page.path

    def test_looking_gives_nothing(self, store: Database, client: PageClient, stand: Programme) -> None:
        for _ in range(3):
            client.get("landing.show", code=stand.referrer.code)
        assert count(store, Voucher) == 0

    def test_a_key_is_the_stands_own_and_ends(
        self, store: Database, client: PageClient, manager: Person, stand: Programme, clock: MovableClock
    ) -> None:
        other = made(store, manager)
        key = client.get("landing.show", code=other.referrer.code).one(f"{GIFT} input")["value"]
        page = client.get("landing.show", code=stand.referrer.code)
        address = client.address("stand.take", code=stand.referrer.code)
        assert client.http.post(address, data={"csrf_token": key}).status_code == 409
        assert client.http.post(address).status_code == 409
        clock.move(hours=2)
        page = page.submit(form=GIFT, status=409)
        assert count(store, Voucher) == 0
        assert page.submit(form=GIFT).status == 200, "the page has a new key"

    def test_one_phone_does_not_empty_a_stand(
        self, app: Flask, store: Database, manager: Person, clock: MovableClock
    ) -> None:
        """Who reloads and taps is led to the desk after a few; a phone of another kind beside it gets its gift."""
        with store.transaction() as session:
            place = make.development(session, policy={"visitor_gifts": 2})
        stand = made(store, manager, development=place)
        phone = PageClient(app)
        for _ in range(2):
            last = phone.get("landing.show", code=stand.referrer.code)
            last.submit(form=GIFT)
        assert last.submit(form=GIFT).all("img.voucher-qr"), "the same tap again is the same gift"
        refused = phone.get("landing.show", code=stand.referrer.code).submit(form=GIFT, status=409)
        assert "2" in refused.main
        assert refused.all("#contact")
        other = PageClient(app)
        other.http.environ_base["HTTP_USER_AGENT"] = "another phone"
        other.get("landing.show", code=stand.referrer.code).submit(form=GIFT)
        assert count(store, Voucher) == 3
        clock.move(days=1)
        assert phone.get("landing.show", code=stand.referrer.code).submit(form=GIFT).all("img.voucher-qr")

    def test_garbage_does_not_shut_a_stand(
        self, app: Flask, store: Database, stand: Programme, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Only gifts that were given are counted; a tap that is sent again is none, nor is a key that is none."""
        monkeypatch.setattr(rate_limits, "_GIFTS", RateLimitItemPerHour(2))
        phones = [PageClient(app) for _ in range(3)]
        first, second, third = (phone.get("landing.show", code=stand.referrer.code) for phone in phones)
        take = phones[0].address("stand.take", code=stand.referrer.code)
        for _ in range(3):
            assert phones[0].http.post(take, data={"csrf_token": "x"}).status_code == 409
            assert first.submit(form=GIFT).all("img.voucher-qr")
        assert second.submit(form=GIFT).all("img.voucher-qr")
        third.submit(form=GIFT, status=429)
        assert count(store, Voucher) == 2

    def test_one_network_does_not_empty_a_stand(
        self, app: Flask, store: Database, stand: Programme, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A script behind one address leaves the other half of the day's gifts; people elsewhere go on."""
        monkeypatch.setattr(rate_limits, "_from_a_network", lambda _gift: RateLimitItemPerDay(2))
        for nth, status in ((1, 200), (2, 200), (3, 409)):
            phone = PageClient(app)
            phone.http.environ_base["HTTP_USER_AGENT"] = f"phone {nth}"
            phone.http.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{nth}"
            page = phone.get("landing.show", code=stand.referrer.code).submit(form=GIFT, status=status)
        assert "网络" in page.main
        phone.http.environ_base["REMOTE_ADDR"] = "192.0.2.9"
        assert phone.get("landing.show", code=stand.referrer.code).submit(form=GIFT).all("img.voucher-qr")

    def test_where_the_gifts_are_used_up_the_form_is_still_there(
        self, store: Database, app: Flask, stand: Programme, clock: MovableClock
    ) -> None:
        with store.transaction() as session:
            gift = Gift(Event.SCAN, PROGRAMME.gifts[0].items, valid_days=1, most=1)
            plan = RewardPlan("one", Audience.PROGRAMME, (), gifts=(gift,))
            rewards.publish_reward_plan(session, SYSTEM, clock(), plan=plan, effective_from=clock())
        first, second = (PageClient(app).get("landing.show", code=stand.referrer.code) for _ in range(2))
        assert first.submit(form=GIFT).all("img.voucher-qr")
        page = second.submit(form=GIFT, status=409)
        assert not page.all(GIFT)
        again = PageClient(app).get("landing.show", code=stand.referrer.code)
        for one in (page, again):
            assert one.all("p.offer")
            assert one.all("#contact")

    @pytest.mark.parametrize("given", ["gift", "company", "none"])
    def test_the_page_is_light(
        self, store: Database, client: PageClient, manager: Person, stand: Programme, given: str
    ) -> None:
        row = made(store, manager, company=Company(250, ("acme.cn",))) if given == "company" else stand
        page = client.get("landing.show", code=row.referrer.code)
        assert len(page.html.encode()) - len(page.one("style").get_text().encode()) < 20_000
        assert bool(page.all(GIFT)) is (given != "company")
        assert ("2.5" in page.main) is (given == "company")

    @pytest.mark.parametrize(
        ("starts", "ends", "status"), [(-9, 0, (200, 422, 410)), (3, None, TOO_EARLY), (3, 9, TOO_EARLY)]
    )
    def test_before_and_after_it_runs_the_page_is_kind(
        self,
        store: Database,
        client: PageClient,
        manager: Person,
        clock: MovableClock,
        starts: int,
        ends: Any,
        status: tuple[int, int, int],
    ) -> None:
        day = local_day(clock())
        term = Term(day + timedelta(days=starts), None if ends is None else day + timedelta(days=ends))
        row = made(store, manager, term=term)
        assert client.get("landing.show", code=row.referrer.code, status=status[0]).h1
        for endpoint, answer in (("landing.leave", status[1]), ("stand.take", status[2])):
            assert client.http.post(client.address(endpoint, code=row.referrer.code)).status_code == answer

    def test_a_lead_is_the_programmes(self, store: Database, client: PageClient, stand: Programme) -> None:
        friend = {"name": "王小明", "phone": "13912345678", "contact": True}
        page = client.get("landing.show", code=stand.referrer.code).submit(friend, form="form.form-page")
        assert page.path.startswith("/r/thanks/")
        with store.transaction() as session:
            row = session.get_one(Programme, stand.referrer_id)
            manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
            (standing,) = programmes.standings(session, manager, [row], row.starts_on)
            assert standing.steps.leads == 1


def test_a_persons_code_has_no_gift(store: Database, client: PageClient, manager: Person) -> None:
    with store.transaction() as session:
        code = make.referrer(session).code
    assert client.http.post(client.address("stand.take", code=code)).status_code == 404
    client.get("stand.show", token="no-such-token", status=404)
