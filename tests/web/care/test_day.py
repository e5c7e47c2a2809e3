"""A consultant's day on its pages: call, write down, correct, take back; text; and what nobody may."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.models import CareContact, CareFile, CareUse, ContactOutcome, Person, Role, TextMessage
from portal.rules.care.plan import Channel
from portal.services.contacts import Phone, open_phone
from tests import care_world
from tests import factories as make
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


@dataclass
class Desk:
    """A consultant with one client, opened ten days ago, and a manager."""

    one: Person
    other: Person
    manager: Person
    file: CareFile


@pytest.fixture
def desk(store: Database, now: datetime) -> Desk:
    with store.transaction() as session:
        one, other = care_world.consultant(session, name="苏晚晴"), care_world.consultant(session)
        manager = make.person(session, Role.CHANNEL_MANAGER)
        return Desk(one, other, manager, care_world.care_file(session, carer=one, at=now - timedelta(days=4)))


def phone_of(store: Database, file: CareFile) -> Phone:
    with store.reading() as session:
        return open_phone(session, session.get_one(CareFile, file.id).client)


def contacts(store: Database) -> list[CareContact]:
    with store.reading() as session:
        return list(session.scalars(select(CareContact).order_by(CareContact.id)))


def test_a_call_is_made_written_down_corrected_and_taken_back(desk: Desk, signed_in: SignIn, store: Database) -> None:
    carer = signed_in(desk.one)
    page = carer.get("care.index")
    assert "已逾期" in page.main
    assert "王小明" in page.main, "his own client, by name"
    phone = phone_of(store, desk.file)
    assert phone.masked in page.main
    assert phone.e164 not in page.html, "in plain only to who takes the call"
    page = page.submit(form="form[action$='/call']")
    assert 'href="tel:+86' in page.html
    page = page.submit({"outcome": "interested", "note": "想看三房", "next_on": "2026-03-14"}, button="保存记录")
    assert "已记录。下一步：" in page.html
    (made,) = contacts(store)
    assert (made.channel, made.outcome, made.step) == ("call", ContactOutcome.INTERESTED, "early_offer")
    page = carer.get("doing.do", file_id=desk.file.id, channel="letter", step="models_by_post").follow("英文话术")
    assert "Dear 王小明," in page.main
    page = carer.get("care_files.show", file_id=desk.file.id)
    assert "想看三房" in page.main
    page = carer.get("doing.correct", file_id=desk.file.id, contact_id=made.id)
    page = page.submit({"note": "想看四房"}, button="重新记录")
    assert "想看四房" in page.main
    assert "想看三房" not in page.main
    anew = contacts(store)[-1]
    page = carer.get("doing.correct", file_id=desk.file.id, contact_id=anew.id).submit(button="确认撤回")
    assert "还没有跟进记录" in page.main


def test_a_visit_that_waits_for_a_reason_stands_on_the_day(
    desk: Desk, signed_in: SignIn, store: Database, now: datetime
) -> None:
    with store.transaction() as session:
        file, by = session.get_one(CareFile, desk.file.id), session.get_one(Person, desk.one.id)
        for days in range(1, 5):
            care_world.contact(session, file=file, by=by, at=now - timedelta(days=days), channel=Channel.VISIT)
    page = signed_in(desk.manager).get("care.index", person=desk.one.id)
    assert "待填未成交原因的到访 · 4" in page.main
    assert page.html.count("/care/not-bought/of/") == 3
    page = signed_in(desk.one).get("care.index").follow("查看全部待填原因的到访")
    assert page.main.count("王小明") == 4
    assert "待填未成交原因的到访" not in signed_in(desk.other).get("care.index").main


def test_a_second_carer_is_told_that_the_call_was_made(desk: Desk, signed_in: SignIn, store: Database) -> None:
    signed_in(desk.one).get("care.index").submit(form="form[action$='/call']")
    page = signed_in(desk.manager).get("doing.do", file_id=desk.file.id, channel="call")
    assert "今天您或同事已给这位客户打过电话" in page.main
    assert "tel:" not in page.html
    page = signed_in(desk.one).get("doing.do", file_id=desk.file.id, channel="call").submit(button="没有拨打")
    with store.reading() as session:
        assert session.scalars(select(CareUse.released_at)).one() is not None


def test_a_text_is_sent_once_and_says_how_to_opt_out(desk: Desk, signed_in: SignIn, store: Database) -> None:
    page = signed_in(desk.one).get("doing.do", file_id=desk.file.id, channel="text", step="comparison")
    page = page.submit({"text": ""}, button="发送短信", status=422)
    page = page.submit({"text": "周末样板间开放"}, button="发送短信")
    assert "已记录" in page.html
    assert [(row.channel, row.step) for row in contacts(store)] == [("text", "comparison")]
    with store.reading() as session:
        assert session.scalars(select(TextMessage.kind)).one() == "care"


def test_whose_file_it_is_not_gets_nowhere(desk: Desk, signed_in: SignIn) -> None:
    other = signed_in(desk.other)
    other.get("care_files.show", file_id=desk.file.id, status=404)
    other.get("doing.do", file_id=desk.file.id, channel="call", status=404)


def test_a_manager_looks_at_anybodys_day(desk: Desk, signed_in: SignIn) -> None:
    page = signed_in(desk.manager).get("care.index", person=desk.one.id)
    assert page.h1 == "苏晚晴的今日跟进"
    assert "王小明" in page.main
    signed_in(desk.manager).get("care.index", person=desk.manager.id, status=404)


def test_a_client_whom_nobody_brought_is_opened_into_ones_own_care(
    desk: Desk, signed_in: SignIn, store: Database
) -> None:
    form = {"phone": make.new_phone(), "name": "林一", "development": str(desk.file.development_id)}
    page = signed_in(desk.one).get("care.new").submit(form)
    assert page.h1 == "林一"
    page = signed_in(desk.other).get("care.new").submit(form, status=422)
    assert "由苏晚晴跟进" in page.html
