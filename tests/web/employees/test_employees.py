"""A company's employees, page by page: what they show on the landing page, the mail's link, and what staff do."""

import re
from collections.abc import Callable
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.actor import Actor
from portal.adapters.mail.local import LocalMail
from portal.db import Database
from portal.models import CheckedBy, Deal, EmployeeCheck, Lead, Mail, Person, Programme, Referrer, Role
from portal.services import contacts
from portal.services.deals import corrections
from portal.services.programmes import employee_lists
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import Page, PageClient

SignIn = Callable[[Person], PageClient]
FRIEND = {"name": "王小明", "phone": "139 1234 5678", "contact": True}
WORK = FRIEND | {"work_email": "Wang.XM@acme.example"}
WORKS_THERE = "form[action$='/work']"


@pytest.fixture
def company(store: Database) -> Programme:
    with store.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
        development = make.development(session, name="云栖里")
        return make.company(session, name="远航科技", development=development, by=manager)


@pytest.fixture
def landing(client: PageClient, store: Database, company: Programme) -> Page:
    with store.reading() as session:
        return client.get("landing.show", code=session.get_one(Referrer, company.referrer_id).code)


@pytest.fixture
def reception(store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.RECEPTION)
    return signed_in(person)


@pytest.fixture
def manager(store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


def inbox(app: Flask) -> LocalMail:
    sender = app.extensions["post"].sender
    assert isinstance(sender, LocalMail)
    return sender


def links(app: Flask) -> list[str]:
    """The paths in the mails, the newest first."""
    found = [re.search(r"http\S+", mail.letter.text) for mail in inbox(app).inbox()]
    return [urlsplit(one[0]).path for one in found if one]


def link(app: Flask) -> str:
    """The path in the newest mail."""
    return links(app)[0]


def checks(store: Database) -> list[EmployeeCheck]:
    with store.reading() as session:
        return list(session.scalars(select(EmployeeCheck).order_by(EmployeeCheck.id)))


def lists(store: Database, company: Programme, table: str) -> None:
    """The company's list, taken over."""
    with store.transaction() as session:
        row = session.get_one(Programme, company.referrer_id)
        found = employee_lists.read(session, row, employee_lists.open_file(table.encode()))
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        seen = employee_lists.unseal(session, row, employee_lists.seal(session, row, found))
        employee_lists.replace(session, manager, make.BEFORE, row, seen)


class TestByMail:
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_from_the_page_to_the_check_without_a_cookie(
        self, app: Flask, store: Database, company: Programme, language: str
    ) -> None:
        visitor = PageClient(app, language)
        with store.reading() as session:
            code = session.get_one(Referrer, company.referrer_id).code
        thanks = visitor.get("landing.show", code=code).submit(WORK)
        assert "w***@acme.example" in thanks.main
        assert "wang" not in thanks.address.lower()
        (mail,) = inbox(app).inbox()
        assert mail.letter.to == "wang.xm@acme.example"
        page = visitor.get(link(app))
        assert checks(store) == [], "a mail server's look confirms nothing"
        page = page.submit()
        assert [check.way for check in checks(store)] == [CheckedBy.MAIL]
        assert not page.all("form[method=post]")
        assert visitor.get(page.address).h1 == page.h1, "looked at again"
        again = visitor.get(link(app))
        assert again.h1 != page.h1, "what is known of a number is not told by its link"
        assert again.submit().main == page.main
        assert not visitor.http._cookies
        with store.reading() as session:
            assert session.scalars(select(Mail)).one().to_sealed is None

    def test_all_of_it_is_optional(self, landing: Page, app: Flask, store: Database) -> None:
        thanks = landing.submit(FRIEND)
        assert inbox(app).inbox() == []
        assert not thanks.submit({"work_email": "wang.xm@acme.example"}, form=WORKS_THERE).errors
        assert len(inbox(app).inbox()) == 1

    def test_another_address_is_refused_at_its_field(self, landing: Page, app: Flask, store: Database) -> None:
        for typed in ("wang@qq.com", "wang"):
            page = landing.submit(WORK | {"work_email": typed}, status=422)
            assert page.all("#work_email-error")
            assert page.one("#work_email")["value"] == typed
            assert page.one("#name")["value"] == "王小明"
        with store.reading() as session:
            assert session.scalars(select(Lead)).all() == []

    def test_it_can_be_sent_again_three_times_a_day(self, landing: Page, app: Flask, clock: MovableClock) -> None:
        page = landing.submit(WORK)
        for _again in range(2):
            page = page.submit(form=WORKS_THERE)
        assert len(inbox(app).inbox()) == 3
        page = page.submit(form=WORKS_THERE, status=422)
        assert page.all(".error-summary")
        clock.move(days=1)
        page.submit(form=WORKS_THERE)
        assert len(inbox(app).inbox()) == 4

    def test_one_inbox_gets_five_mails_a_day_whoever_asks(self, landing: Page, app: Flask, store: Database) -> None:
        for number in range(5):
            landing.submit(WORK | {"phone": f"1391234560{number}"})
        page = landing.client.get(landing.path).submit(WORK | {"phone": "13912345606"}, status=422)
        assert page.all("#work_email-error")
        assert len(inbox(app).inbox()) == 5

    def test_coming_again_with_the_address_is_enough(self, landing: Page, app: Flask, clock: MovableClock) -> None:
        landing.submit(FRIEND)
        clock.move(minutes=5)
        assert "w***@acme.example" in landing.submit(WORK).main
        assert len(inbox(app).inbox()) == 1

    def test_an_address_that_was_used_and_a_link_that_ended_have_kind_pages(
        self, client: PageClient, landing: Page, app: Flask, store: Database, clock: MovableClock
    ) -> None:
        landing.submit(WORK)
        first = link(app)
        client.get(first).submit()
        clock.move(seconds=1)
        landing.submit(WORK | {"phone": "13912345679"})
        with store.reading() as session:
            assert len(session.scalars(select(Lead)).all()) == 2
        (second,) = {path for path in links(app) if path != first}
        client.get(second).submit(status=409)
        clock.move(hours=72)
        client.get(second, status=410)
        client.get("work_mail.show", token="made-up", status=404)
        assert len(checks(store)) == 1

    def test_a_lead_that_does_not_count_reads_the_same_to_the_end(
        self, client: PageClient, landing: Page, app: Flask, store: Database, company: Programme
    ) -> None:
        """Who owns an address there learns of no number whether we know it."""
        with store.transaction() as session:
            development = session.get_one(Referrer, company.referrer_id).development
            touch = make.touch(session, development=development)
            phone = contacts.open_phone(session, touch.client).e164
        seen = set()
        for number, name in ((phone, "a"), ("13912345670", "b")):
            page = landing.submit(WORK | {"phone": number, "work_email": f"{name}@acme.example"})
            again = page.submit(form=WORKS_THERE)
            asked = client.get(link(app))
            seen.add(tuple(re.sub(r"\b[ab]\W", "", one.main) for one in (page, again, asked, asked.submit())))
        assert len(seen) == 1
        assert len(inbox(app).inbox()) == 4

    def test_no_address_is_asked_for_where_no_mail_goes_out(
        self, client: PageClient, landing: Page, app: Flask
    ) -> None:
        app.extensions["post"] = None
        assert not client.get(landing.address).all("#work_email")

    def test_is_limited(self, landing: Page, client: PageClient) -> None:
        address = client.address("work_mail.confirm", token="made-up")
        answers = [client.http.post(address).status_code for _ in range(21)]
        assert answers[-1] == 429


class TestByList:
    def test_nobody_learns_from_the_page_who_is_on_it(
        self, client: PageClient, landing: Page, store: Database, company: Programme
    ) -> None:
        lists(store, company, "手机,工号,姓名\n13912345678,,\n,42,林一\n")
        landing = client.get(landing.address)
        pages = [
            landing.submit(FRIEND | {"staff_number": number, "phone": phone, "name": name})
            for phone, number, name in (
                ("13912345678", "", "王小明"),
                ("13912345679", "42", "林一"),
                ("13912345670", "43", "林二"),
            )
        ]
        assert len({re.sub(r"\S*1391\S*", "", page.main) for page in pages}) == 1
        assert [check.way for check in checks(store)] == [CheckedBy.LIST] * 2

    def test_staff_see_what_a_file_says_before_they_take_it_over(
        self, manager: PageClient, landing: Page, store: Database, company: Programme
    ) -> None:
        landing.submit(FRIEND)
        page = manager.get("employees.listing", programme_id=company.referrer_id)
        table = "姓名,手机\n王小明,13912345678\n林一,12\n".encode()
        page = page.submit({"file": (BytesIO(table), "list.csv")})
        assert checks(store) == []
        assert "3" in page.main
        page = page.submit(form="form[action$='/take']")
        assert [check.way for check in checks(store)] == [CheckedBy.LIST]
        assert not page.all("form[action$='/take']")

    def test_a_file_that_is_none_is_refused_at_its_field(self, manager: PageClient, company: Programme) -> None:
        page = manager.get("employees.listing", programme_id=company.referrer_id)
        page = page.submit({"file": (BytesIO("部门\n销售\n".encode()), "list.csv")}, status=422)
        assert page.all("#file-error")

    def test_the_marks_of_another_list_are_not_taken(
        self, manager: PageClient, store: Database, company: Programme
    ) -> None:
        page = manager.get("employees.listing", programme_id=company.referrer_id)
        page = page.submit({"file": (BytesIO("手机\n13912345678\n".encode()), "list.csv")})
        page.one("input[name=sealed]")["value"] = "made-up"
        page.submit(form="form[action$='/take']", status=422)

    def test_an_old_page_does_not_replace_a_newer_list(
        self, manager: PageClient, store: Database, company: Programme, clock: MovableClock
    ) -> None:
        def look_at(table: str) -> Page:
            page = manager.get("employees.listing", programme_id=company.referrer_id)
            return page.submit({"file": (BytesIO(table.encode()), "list.csv")})

        old, newer = look_at("手机\n13912345678\n"), look_at("手机\n13912345679\n13912345670\n")
        newer.submit(form="form[action$='/take']")
        clock.move(minutes=1)
        page = old.submit(form="form[action$='/take']", status=422)
        assert page.all("#file-error")
        newer.submit(form="form[action$='/take']")
        with store.reading() as session:
            assert employee_lists.kept(session, company).entries == 2, "the same once more changes nothing"


class TestByAPerson:
    def test_reception_sees_a_friend_and_confirms_the_badge(
        self, reception: PageClient, landing: Page, store: Database
    ) -> None:
        landing.submit(FRIEND)
        with store.reading() as session:
            development_id = session.scalars(select(Lead.development_id)).one()
        page = reception.get("walk_ins.index").submit(
            {"phone": "13912345678", "name": "王小明", "development": str(development_id)}
        )
        page = page.client.get(str(page.one("main a[href^='/employees/leads/']")["href"]))
        page.submit({"reason": ""}, status=422)
        page = page.submit({"reason": "看过工牌"})
        assert [(check.way, check.reason) for check in checks(store)] == [(CheckedBy.PERSON, "看过工牌")]
        page = page.submit({"reason": "认错人了"})
        assert checks(store)[0].revoked_reason == "认错人了"
        assert "认错人了" in page.main

    def test_the_manager_reads_it_on_the_lead(self, manager: PageClient, landing: Page, store: Database) -> None:
        landing.submit(FRIEND)
        with store.reading() as session:
            lead_id = session.scalars(select(Lead.id)).one()
        assert "远航科技" in manager.get("referrers.lead", lead_id=lead_id).main

    def test_a_lead_of_no_company_has_no_check(self, manager: PageClient, client: PageClient, store: Database) -> None:
        with store.transaction() as session:
            code = make.referrer(session).code
        client.get("landing.show", code=code).submit(FRIEND)
        with store.reading() as session:
            lead_id = session.scalars(select(Lead.id)).one()
        manager.get("employees.lead", lead_id=lead_id, status=404)


class TestTheDeal:
    @pytest.fixture
    def sales(self, manager: PageClient, reception: PageClient, landing: Page, store: Database) -> PageClient:
        """The manager, after a friend came whom reception knows as an employee."""
        landing.submit(FRIEND)
        with store.reading() as session:
            lead_id = session.scalars(select(Lead.id)).one()
        reception.get("employees.lead", lead_id=lead_id).submit({"reason": "看过工牌"})
        return manager

    def fill(self, store: Database, **more: str) -> dict[str, str]:
        with store.reading() as session:
            development_id = str(session.scalars(select(Lead.development_id)).one())
        return {"development": development_id, "phone": "13912345678", "price": "2,000,000", **more}

    def test_the_form_says_what_is_taken_off_as_one_types(
        self, sales: PageClient, store: Database, clock: MovableClock
    ) -> None:
        page = sales.get("deals.new")
        page = page.submit(self.fill(store), status=422)
        assert "¥2,000,000.00 → ¥1,980,000.00" in page.one("#discount").text
        asked = self.fill(store) | {"action": "reckon", "at": "2026-03-10T10:00"}
        asked["csrf_token"] = str(page.one("main form.form-page input[name=csrf_token]")["value"])
        answer = sales.http.post(sales.address("deals.new"), data=asked)
        assert (answer.status_code, "¥1,980,000.00" in answer.text) == (200, True)
        for change in ({"phone": "139"}, {"price": ""}, {"price": "-1"}):
            answer = sales.http.post(sales.address("deals.new"), data=asked | change)
            assert (answer.status_code, "¥1,980,000.00" in answer.text) == (200, False)

    def test_a_discount_needs_two_people(
        self, manager: PageClient, landing: Page, store: Database, clock: MovableClock
    ) -> None:
        landing.submit(FRIEND)
        with store.reading() as session:
            lead_id = session.scalars(select(Lead.id)).one()
        manager.get("employees.lead", lead_id=lead_id).submit({"reason": "看过工牌"})
        page = manager.get("deals.new").submit(self.fill(store, name="王小明", unit="3-1202"), status=422)
        said = page.one("#discount").text
        assert ("远航科技" in said, "¥" in said) == (True, False)
        assert page.one("main form [name=unit]")["value"] == "3-1202"

    def test_the_deal_shows_the_price_and_why(self, sales: PageClient, store: Database) -> None:
        page = sales.get("deals.new").submit(self.fill(store, name="王小明", unit="3-1202"))
        for figure in ("¥2,000,000.00", "¥1,980,000.00", "远航科技", "看过工牌"):
            assert figure in page.main
        assert "远航科技" in sales.get("deals.index").main
        text = sales.download("deals.download", kind="csv").get_data(as_text=True)
        assert "2000000.00" in text
        assert "1980000.00" in text

    def test_a_list_tells_no_discount_of_a_price_that_was_corrected(
        self, sales: PageClient, store: Database, clock: MovableClock
    ) -> None:
        sales.get("deals.new").submit(self.fill(store, name="王小明", unit="3-1202"))
        with store.transaction() as session:
            finance = Actor.of(make.person(session, Role.FINANCE))
            deal = session.scalars(select(Deal)).one()
            corrections.correct_deal(
                session, finance, clock(), deal, corrections.DealFacts(price_fen=1_970_000_00), reason="合同价"
            )
        page = sales.get("deals.index")
        text = sales.download("deals.download", kind="csv").get_data(as_text=True)
        assert "1970000.00" in text
        for told in (page.main, text):
            assert "价格后来已更正" in told
            assert "1%" not in told
        assert "2000000.00" not in text


def test_the_subject_reads_his_check(
    store: Database, landing: Page, signed_in: SignIn, app: Flask, client: PageClient
) -> None:
    landing.submit(WORK)
    client.get(link(app)).submit()
    with store.transaction() as session:
        officer = make.person(session, Role.PRIVACY_OFFICER)
        client_id = session.scalars(select(Lead.client_id)).one()
    answer = signed_in(officer).download("subjects.client_file", client_id=client_id)
    assert answer.json is not None
    (check,) = answer.json["employee_checks"]
    assert (check["way"], check["company"]) == ("mail", "远航科技")
    assert "mark" not in check


def test_a_developer_reads_the_mail(client: PageClient, landing: Page) -> None:
    landing.submit(WORK)
    page = client.get("inbox.index")
    page.client.get(urlsplit(str(page.one("a[href*='/r/employer/']")["href"])).path).submit()
