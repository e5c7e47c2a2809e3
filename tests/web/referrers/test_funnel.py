"""Scanning, one's own code, answering T, and the managers' funnel, as pages."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from limits import RateLimitItemPerHour
from PIL import Image
from sqlalchemy import func, select

from portal.db import Database
from portal.models import Client, Consent, Lead, Person, Referrer, Role, ScanCount, TextKind, TextMessage
from portal.rules.measures.board_toml import given_text
from portal.rules.privacy.consent import Purpose
from portal.services import contacts
from portal.services.leads import leads
from portal.services.messages.texts import enqueue_to_owner
from portal.services.rewards import rewards
from portal.services.sweeps import sweep
from portal.web.landing import rate_limits
from portal.web.landing import scans as counting
from portal.web.landing.lead_forms import ShownForm
from tests import factories as make
from tests import measures_world
from tests.clock import MovableClock
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]
FRIEND = {"name": "王小明", "phone": "139 1234 5678", "contact": True}
BROWSER = {"User-Agent": "Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0", "Accept": "text/html"}


@pytest.fixture
def referrer(store: Database) -> Referrer:
    with store.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        person = make.person(session, Role.REFERRER, name="陈静怡")
        return make.referrer(session, person=person, development=make.development(session, name="云栖里"))


@pytest.fixture
def manager(store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


def scans(store: Database) -> dict[tuple[str, str], int]:
    with store.reading() as session:
        return {(row.design, row.campaign): row.scans for row in session.scalars(select(ScanCount))}


class TestAScan:
    def open(self, app: Flask, referrer: Referrer, query: str = "", **headers: str) -> int:
        given = {**BROWSER, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer = app.test_client().get(f"/r/{referrer.code}{query}", headers=given, buffered=True)
        assert "Set-Cookie" not in answer.headers
        return answer.status_code

    def test_is_counted_by_poster_and_place(self, app: Flask, store: Database, referrer: Referrer) -> None:
        for query in ("?d=arch&c=wechat", "?d=arch&c=wechat", "?d=none&c=nowhere"):
            assert self.open(app, referrer, query) == 200
        assert scans(store) == {("arch", "wechat"): 1}, "the same visitor, once a day"
        self.open(app, referrer, User_Agent="Mozilla/5.0 (iPhone)")
        assert scans(store) == {("arch", "wechat"): 1, ("", ""): 1}

    def test_previews_robots_and_dead_codes_are_not(self, app: Flask, store: Database, referrer: Referrer) -> None:
        for headers in ({"User_Agent": "WhatsApp/2.23"}, {"Sec_Purpose": "prefetch"}, {"Sec_Fetch_Dest": "image"}):
            assert self.open(app, referrer, **headers) == 200
        app.test_client().head(f"/r/{referrer.code}", headers=BROWSER, buffered=True)
        app.test_client().get("/r/K7M42QX1", headers=BROWSER, buffered=True)
        assert scans(store) == {}

    def test_that_cannot_be_counted_costs_the_visitor_nothing(
        self, app: Flask, store: Database, referrer: Referrer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_given: object, **_named: object) -> None:
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(counting.scans, "count_scan", broken)
        assert self.open(app, referrer) == 200
        assert scans(store) == {}

    def test_the_worker_forgets_the_visitors(
        self, app: Flask, store: Database, referrer: Referrer, clock: MovableClock
    ) -> None:
        self.open(app, referrer)
        clock.move(days=1)
        assert sweep(store.transaction, clock(), app.extensions["files"]).found["visitors_forgotten"] == 1

    def test_place_and_poster_stay_with_the_lead(self, client: PageClient, store: Database, referrer: Referrer) -> None:
        client.get(f"/r/{referrer.code}?d=arch&c=moments").submit({**FRIEND, "progress": True})
        with store.reading() as session:
            lead = session.scalars(select(Lead)).one()
            assert (lead.design, lead.campaign) == ("arch", "moments")
            given = {row.purpose: row.version for row in session.scalars(select(Consent))}
        assert given == {Purpose.CONTACT: "2", Purpose.PROGRESS: "1"}

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_shared_link_has_a_picture(self, app: Flask, referrer: Referrer, language: str) -> None:
        visitor = PageClient(app, language)
        page = visitor.get("landing.show", code=referrer.code)
        address = str(page.one('meta[property="og:image"]')["content"])
        assert address.startswith("http")
        file = visitor.download(address)
        with Image.open(BytesIO(file.data)) as picture:
            assert picture.size == (1200, 630)
        assert len(file.data) < 200_000
        assert "public" in file.headers["Cache-Control"]
        visitor.download(f"/r/card/{referrer.development_id}/xx.png", status=404)
        visitor.download("/r/card/999/zh.png", status=404)


class TestTheForm:
    @pytest.fixture
    def slow(self, app: Flask) -> int:
        app.extensions["config"] = replace(app.extensions["config"], form_seconds=3)
        return 3

    def test_that_comes_back_at_once_is_shown_again_with_all_in_it(
        self, client: PageClient, store: Database, referrer: Referrer, clock: MovableClock, slow: int
    ) -> None:
        page = client.get("landing.show", code=referrer.code).submit(FRIEND, status=422)
        assert page.one("#name")["value"] == "王小明"
        assert page.one("#contact").has_attr("checked")
        with store.reading() as session:
            assert session.scalar(select(func.count()).select_from(Client)) == 0
        clock.move(seconds=slow)
        assert page.submit().path.startswith("/r/thanks/"), "the clock was not set back"

    def test_of_last_week_need_not_wait_again(
        self, client: PageClient, referrer: Referrer, clock: MovableClock, slow: int
    ) -> None:
        page = client.get("landing.show", code=referrer.code)
        clock.move(days=8)
        assert page.submit(FRIEND, status=422).submit().path.startswith("/r/thanks/")

    def test_is_limited_for_each_code_too(self, app: Flask, store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """With a number that is reached sooner than the one that holds."""
        assert (rate_limits._A_CODE.amount, rate_limits._A_CODE.get_expiry()) == (120, 3600)
        monkeypatch.setattr(rate_limits, "_A_CODE", RateLimitItemPerHour(8))
        with store.transaction() as session:
            code = make.programme(session).referrer.code
        answers = set()
        for number in range(9):
            visitor = app.test_client()
            place = {"REMOTE_ADDR": f"203.0.113.{number}"}
            with app.test_request_context():
                token = ShownForm.anew().token(code)
            data = FRIEND | {"phone": make.new_phone(), "csrf_token": token}
            typed = code if number % 2 else code.lower()
            answers.add((number == 8, visitor.post(f"/r/{typed}", data=data, environ_base=place).status_code))
        assert answers == {(False, 302), (True, 429)}

    def test_the_receipts_key_alone_cannot_opt_out(
        self, client: PageClient, store: Database, referrer: Referrer
    ) -> None:
        """Who is shown a receipt must not be handed its way out."""
        page = client.get("landing.show", code=referrer.code).submit(FRIEND)
        key = str(page.one('main a[href^="/v/"]')["href"]).removeprefix("/v/")
        client.get("landing.thanks_for", token=key, status=404)
        client.get(f"{page.path[:-1]}x", status=404)


class TestMyCode:
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_is_chosen_once_and_leads_to_me(self, app: Flask, referrer: Referrer, language: str) -> None:
        own = PageClient(app, language).sign_in(referrer.person)
        page = own.get("my_code.show")
        form = "form:has([name=code])"
        assert page.submit({"code": "陈"}, form=form, status=422).errors
        page = page.submit({"code": "lily8"}, form=form)
        assert page.one(".big-code").text == "LILY8"
        assert not page.all(form)
        links = page.texts(".link-line code")
        assert links[0].endswith("/r/LILY8")
        assert any(link.endswith("?c=moments") for link in links)
        assert PageClient(app, language).get("landing.type_code", code="l1ly8").h1 == "云栖里"

    def test_of_somebody_revoked_offers_nothing(self, store: Database, signed_in: SignIn, referrer: Referrer) -> None:
        with store.transaction() as session:
            session.get_one(Referrer, referrer.id).revoked_at = make.BEFORE
        page = signed_in(referrer.person).get("my_code.show")
        assert page.notices
        assert not page.all(".link-line")


class TestAnsweringT:
    def test_in_the_inbox_of_a_developer(
        self, app: Flask, client: PageClient, store: Database, referrer: Referrer
    ) -> None:
        client.get("landing.show", code=referrer.code).submit(FRIEND)
        app.extensions["sms"].send("+8613912345678", "arrival_code", {"code": "1", "development": "x"}, key="text-1")
        assert client.get("inbox.index").submit(form="form[action$='/stop']").all(".notice")
        with store.reading() as session:
            assert session.scalars(select(Lead)).one().consent.withdrawn_at is not None
        assert client.http.post("/dev/inbox/nothing/stop").status_code in {400, 404}

    def test_pushed_by_the_provider(self, app: Flask, client: PageClient, store: Database, referrer: Referrer) -> None:
        pushed = [{"phone_number": "13912345678", "content": "T", "dest_code": "1234", "sequence_id": 7}]
        client.get("landing.show", code=referrer.code).submit(FRIEND)
        body = json.dumps(pushed)
        http = app.test_client()
        assert http.post("/hooks/sms/anything", data=body).status_code == 404, "none is taken without the setting"
        app.extensions["config"] = replace(app.extensions["config"], sms_inbound_key="k" * 32)
        assert http.post("/hooks/sms/wrong", data=body).status_code == 404
        assert [http.post(f"/hooks/sms/{'k' * 32}", data=b).status_code for b in ("{}", "x", "[1]")] == [400] * 3
        answer = http.post(f"/hooks/sms/{'k' * 32}", data=body)
        assert answer.get_json() == {"code": 0, "msg": "接收成功"}
        with store.reading() as session:
            assert session.scalars(select(Lead)).one().consent.withdrawn_at is not None

    def test_whether_a_text_arrived_is_reported_too(
        self, app: Flask, client: PageClient, store: Database, now: datetime
    ) -> None:
        said, until = {"what": "x", "count": "1"}, now + timedelta(days=1)
        with store.transaction() as session:
            owner = make.person(session, Role.BROKER)
            for key in ("k1", "k2"):
                enqueue_to_owner(session, now, owner, TextKind.NOTICE, said, key=key, expires_at=until)
        app.extensions["senders"]["texts"].deliver()
        http, body = app.test_client(), json.dumps([{"success": False, "err_code": "REJECT", "out_id": "k1"}])
        assert http.post("/hooks/sms/anything/reports", data=body).status_code == 404
        app.extensions["config"] = replace(app.extensions["config"], sms_inbound_key="k" * 32)
        assert http.post(f"/hooks/sms/{'k' * 32}/reports", data="{}").status_code == 400
        assert http.post(f"/hooks/sms/{'k' * 32}/reports", data=body).get_json()["code"] == 0
        client.get("inbox.index").submit(button="回报：已送达", form='[action$="/k2/report"]')
        with store.reading() as session:
            rows = session.scalars(select(TextMessage))
            found = {row.key: (row.reported_at is not None, row.not_delivered) for row in rows}
        assert found == {"k1": (True, "REJECT"), "k2": (True, None)}


class TestTheFunnel:
    @pytest.fixture
    def friend(self, app: Flask, client: PageClient, store: Database, referrer: Referrer) -> Lead:
        app.test_client().get(f"/r/{referrer.code}?d=arch&c=wechat", headers=BROWSER, buffered=True)
        client.get(f"/r/{referrer.code}?d=arch&c=wechat").submit({**FRIEND, "progress": True})
        with store.transaction() as session:
            lead = session.scalars(select(Lead)).one()
            make.deal(session, touch=lead.touch, signed_at=lead.at)
            return lead

    @pytest.mark.parametrize("language", ["zh", "en"])
    @pytest.mark.parametrize("by", ["referrer", "audience", "development", "campaign", "design"])
    def test_says_it_in_a_picture_and_in_tables(
        self, app: Flask, store: Database, friend: Lead, language: str, by: str
    ) -> None:
        with store.transaction() as session:
            finance = make.person(session, Role.FINANCE)
        page = PageClient(app, language).sign_in(finance).get("funnel.index", by=by)
        drawn = json.loads(str(page.one("[data-picture]")["data-picture"]))
        assert [step["value"] for step in drawn["steps"]] == [1, 1, 1, 1, 0]
        assert "100%" in page.main

    def test_filters_live_in_the_address_and_in_the_file(
        self, manager: PageClient, friend: Lead, clock: MovableClock
    ) -> None:
        tomorrow = (clock() + timedelta(days=1)).date().isoformat()
        assert manager.get("funnel.index", since=tomorrow).all(".empty")
        assert manager.get("funnel.index", campaign="print").all(".empty")
        page = manager.get("funnel.index", campaign="wechat", until=clock().date().isoformat())
        assert "陈静怡" in page.texts("tbody .cell-title")
        text = manager.download("funnel.download", kind="csv", campaign="wechat").get_data(as_text=True)
        assert "陈静怡" in text
        assert "陈静怡" not in manager.download("funnel.download", kind="csv", since=tomorrow).get_data(as_text=True)
        assert manager.download("funnel.download", kind="xlsx").data

    @pytest.mark.usefixtures("friend")
    def test_its_target_is_that_of_the_board(self, manager: PageClient, referrer: Referrer, store: Database) -> None:
        with store.transaction() as session:
            other = given_text().replace('target = "30%"', 'target = "45%"')
            measures_world.board(session, other, "2026-03", development_id=referrer.development_id)
        assert "目标 30%" in manager.get("funnel.index").main
        assert "目标 45%" in manager.get("funnel.index", development=referrer.development_id).main

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_referrer_sees_the_own_small_one(
        self, app: Flask, friend: Lead, referrer: Referrer, language: str
    ) -> None:
        page = PageClient(app, language).sign_in(referrer.person).get("friends.index")
        assert [figure[0] for figure in page.texts(".figures dd")] == ["1", "1", "1", "1", "0"]

    def test_a_friend_who_came_is_shown_to_have_come(
        self, store: Database, clock: MovableClock, signed_in: SignIn, referrer: Referrer
    ) -> None:
        with store.transaction() as session:
            lead = leads.leave_lead(
                session,
                clock(),
                leads.LeftLead(
                    code=referrer.code,
                    name="王小明",
                    phone="13912345678",
                    consent_version="2",
                    locale="en",
                    address=None,
                ),
            )
            session.flush()
            reception = make.person(session, Role.RECEPTION)
            phone = contacts.open_phone(session, lead.client)
        desk = signed_in(reception)
        development = lead.development_id
        desk.get("walk_ins.index").submit({"development": development, "phone": phone.e164, "name": "王"})
        page = signed_in(referrer.person).get("friends.index")
        assert page.texts("tbody .cell-title") == ["一位朋友"]
        assert "王" not in page.one("tbody").text
