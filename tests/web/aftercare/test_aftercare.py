"""Owners, surveys and complaints on pages: from the link in the text to the owner's word."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import Database
from portal.models import Complaint, OwnerFile, Person, Role, Survey
from tests import factories as make
from tests import owners as of_owners
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]


@pytest.fixture
def carer(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.CONSULTANT)


@pytest.fixture
def owner(store: Database, carer: Person) -> OwnerFile:
    with store.transaction() as session:
        return of_owners.owner(session, session.merge(carer))


@pytest.fixture
def desk(carer: Person, signed_in: SignedIn) -> PageClient:
    return signed_in(carer)


@pytest.fixture
def visitor(app: Flask) -> PageClient:
    return PageClient(app)


def test_from_the_survey_to_the_owners_word(
    desk: PageClient, visitor: PageClient, owner: OwnerFile, store: Database
) -> None:
    page = desk.get("owners.show", deal_id=owner.deal_id)
    page.submit({"occasion": "first_check"}, button="发出回访")
    with store.reading() as session:
        key = session.scalars(select(Survey.link_key)).one()
    form = visitor.get("owner_pages.survey", key=key)
    assert "王" not in form.main
    assert form.submit({"service": "5"}, button="提交", status=422).errors
    answered = form.submit({"service": "1", "building": "4", "estate": "5", "words": "管家不回电话"}, button="提交")
    assert "您的投诉" in answered.h1
    assert "管家不回电话" in answered.main
    rows = desk.get("complaints.index")
    shown = rows.follow("王**")
    assert "待回复" in shown.main
    shown.submit({"kind": "answered", "words": "已换管家，今天下午来电"}, button="保存记录")
    with store.reading() as session:
        complaint = session.scalars(select(Complaint)).one()
        number, link = complaint.id, complaint.link_key
    desk.get("complaints.show", complaint_id=number).submit(
        {"kind": "noted", "words": "内部：赔偿两个月"}, button="保存记录"
    )
    desk.get("complaints.show", complaint_id=number).submit(button="请业主确认")
    own = visitor.get("owner_pages.complaint", key=link)
    assert "已换管家" in own.main
    assert "内部" not in own.main
    assert own.submit({"words": " "}, button="还没解决", status=422).errors
    assert "已解决" in own.submit(button="已经解决").main
    assert "王" in desk.get("complaints.index", state="closed").main
    assert "谢谢" in visitor.get("owner_pages.survey", key=key).h1


def test_what_is_offered_the_owner_reads_when_it_counts(
    desk: PageClient, visitor: PageClient, owner: OwnerFile, store: Database, signed_in: SignedIn, now: datetime
) -> None:
    """Above the limit of one hand he reads of it when a second person has allowed it."""
    with store.transaction() as session:
        row = of_owners.complaint(session, session.merge(owner), now)
        number, link, finance = row.id, row.link_key, make.person(session, Role.FINANCE)
    form = desk.get("complaints.show", complaint_id=number).follow("提出补偿")
    wanted = {"kind": "discount", "text": "减免一年物业费", "worth": "20000", "due_on": "2026-03-20"}
    assert form.submit(wanted | {"worth": "0"}, status=422).errors
    form.submit(wanted)
    assert "减免一年物业费" in desk.get("complaints.show", complaint_id=number).main
    assert "减免一年物业费" not in visitor.get("owner_pages.complaint", key=link).main
    signed_in(finance).get("promises.show", promise_id=1).submit(button="是，同意")
    assert "减免一年物业费" in visitor.get("owner_pages.complaint", key=link).main


def test_an_owners_own_page(desk: PageClient, visitor: PageClient, owner: OwnerFile, store: Database) -> None:
    page = visitor.get("owner_pages.home", key=owner.link_key)
    assert "海报" not in page.main
    page.submit({"about": "building", "words": ""}, button="提交", status=422)
    assert "厨房" in page.submit({"about": "building", "words": "厨房漏水"}, button="提交").main
    desk.get("owners.show", deal_id=owner.deal_id).submit(button="送上他自己的海报（只问一次）")
    offered = visitor.get("owner_pages.home", key=owner.link_key)
    assert "厨房" not in offered.main
    offered.submit(button="不用了，谢谢")
    assert "不要再问" in desk.get("owners.show", deal_id=owner.deal_id).main
    visitor.get("owner_pages.home", key="no-such-key", status=404)


def test_what_is_written_about_an_owner(desk: PageClient, owner: OwnerFile) -> None:
    page = desk.get("owners.show", deal_id=owner.deal_id)
    wrong = page.submit({"moved_in_on": "2099-01-01", "family": "三代同堂"}, button="保存", status=422)
    assert "三代同堂" in wrong.one("#family").text
    page.submit({"moved_in_on": "2026-02-01", "family": "三代同堂"}, button="保存")
    assert "三代同堂" in desk.get("owners.show", deal_id=owner.deal_id).one("#family").text
    made = page.submit({"about": "service", "words": "交房延误"}, button="登记这件投诉")
    assert "交房延误" in made.main
    desk.get("owners.index")
    assert "王" in desk.get("owners.index", state="handed_over").main
    desk.download("complaints.download", kind="csv")


def test_a_handover_is_planned(signed_in: SignedIn, store: Database) -> None:
    with store.transaction() as session:
        deal = make.deal(session, signed_at=of_owners.SIGNED)
        manager = make.person(session, Role.CHANNEL_MANAGER)
    client = signed_in(manager)
    page = client.get("owners.show", deal_id=deal.id)
    assert "2027年3月1日" in page.submit({"day": "2027-03-01"}, button="定下交房日").main
    assert "2027年3月1日" in client.get("owners.index").main


def test_another_consultant_finds_neither(
    signed_in: SignedIn, store: Database, owner: OwnerFile, now: datetime
) -> None:
    with store.transaction() as session:
        number = of_owners.complaint(session, session.merge(owner), now).id
        person = make.person(session, Role.CONSULTANT)
    other = signed_in(person)
    other.get("owners.show", deal_id=owner.deal_id, status=404)
    other.get("complaints.show", complaint_id=number, status=404)
