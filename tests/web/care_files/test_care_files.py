"""A client's file on pages: what is written into it, how it is found, and a list that comes in."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from portal.access.actor import Actor
from portal.db import Database
from portal.models import AuditEntry, CareFile, Person, Role
from portal.services.care import files
from portal.services.care_files import scoring, tags
from portal.services.care_texts import lists
from portal.services.promises import promises
from tests import care_world, loans_world
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]


@pytest.fixture
def file(store: Database, now: datetime) -> CareFile:
    """The file of 王小明, whom a broker registered, in a consultant's care."""
    with store.transaction() as session:
        before = now - timedelta(days=65)
        tags.keep_given(session, before)
        scoring.keep_given(session, before)
        touch = make.touch(session, name="王小明", at=before)
        make.registration(session, touch=touch)
        carer = care_world.consultant(session)
        row = files.open_for_touch(session, Actor.of(carer), before, touch)
        care_world.assignment(session, file=row, carer=carer, at=before)
        return row


@pytest.fixture
def people(store: Database, signed_in: SignedIn, file: CareFile) -> Callable[[str], PageClient]:
    """Somebody of the story, signed in."""

    def of(who: str) -> PageClient:
        with store.transaction() as session:
            row = session.get_one(CareFile, file.id)
            person = files.carer(session, row) if who == "carer" else make.person(session, Role(who))
            assert person is not None
        return signed_in(person)

    return of


def test_a_consultant_writes_into_the_file(people: Callable[[str], PageClient], file: CareFile) -> None:
    page = people("carer").get("care_files.index").follow("王小明")
    needs = page.follow("填写需求").submit({"rooms": "3", "budget": "400", "purpose": "school", "words": "要朝南"})
    assert "¥4,000,000" in needs.main
    words = needs.follow("填写需求").submit({"budget": "四百万"}, status=422)
    assert (words.one("#budget")["value"], len(words.errors)) == ("四百万", 1)
    faulty = needs.follow("填写需求").submit({"area_from": "120", "area_to": "90"}, status=422)
    assert faulty.errors == ["上限小于下限，请对调。"]
    assert "120" in str(faulty.one("#area_from"))
    graded = needs.follow("定等级").submit({"grade": "A", "money": "y"}, status=422)
    assert graded.errors == ["请写明依据，或取消勾选。"]
    page = graded.submit({"money_ground": "存款 200 万"})
    assert {"A：近期会买", "存款 200 万"} <= set(page.texts(".grade-line strong, .facts dd"))
    page = page.follow("记一个日子").submit({"kind": "birthday", "day": "1988-02-29"}, status=422)
    assert page.errors == ["只记客户本人告知的日子。确实如此，请勾选。"]
    page = page.submit({"told": "y"})
    assert "1988" in page.main
    page = page.follow("标为流失").submit({"reason": "price", "note": "预算不够"})
    assert "已流失" in page.main
    page = page.submit(button="并未流失")
    assert [title for title in page.texts(".timeline-title") if "流失" in title] == ["并未流失", "已流失：价格"]


def test_tags_are_put_taken_and_set_themselves(people: Callable[[str], PageClient], file: CareFile) -> None:
    carer = people("carer")
    page = carer.get("care_files.show", file_id=file.id)
    assert page.texts(".tag-list .tag") == ["7天未联系", "中介报备"]
    page = page.submit({"word": "海归"}, form=".tag-form")
    assert "海归" in page.texts(".tag-list .tag")
    faulty = page.submit({"word": "13800138000"}, form=".tag-form", status=422)
    assert faulty.texts("#word-error") == ["手机号不能作标签：标签不加密。请去掉号码。"]
    page = page.submit(form=".tag-list form")
    assert "海归" not in page.texts(".tag-list .tag")
    page = page.submit(form="form[action$='seen/asked_price']")
    assert "问过价格 1 次" in " ".join(page.one("#seen").get_text(" ").split())
    page = page.submit(form="form[action$='seen/asked_price/undo']")
    assert "1 次" not in page.one("#seen").get_text()


def test_the_tour_is_counted_when_the_client_taps(
    people: Callable[[str], PageClient], file: CareFile, store: Database, client: PageClient, clock: MovableClock
) -> None:
    with store.transaction() as session:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        lists.keep_link(session, manager, clock(), file.development_id, "https://tour.example/a")
    carer = people("carer")
    said = carer.get("doing.do", file_id=file.id, channel="wechat", step="virtual_tour").main
    link = re.search(r"/tour/[\w.-]+", said)
    assert link is not None
    token = link[0].removeprefix("/tour/")
    page = client.get("tours.tour", token=token)
    assert "tour.example" not in page.main, "who only looks is not counted"
    for days in (0, 0, 1, 1):
        clock.move(days=days)
        opened = page.submit()
        assert opened.one("main a")["href"] == "https://tour.example/a"
    page = carer.get("care_files.show", file_id=file.id)
    assert "线上看房≥3次" in page.texts(".tag-list .tag")
    assert [title for title in page.texts(".timeline-title") if "线上看房" in title] == ["点链接看了线上看房"] * 3
    assert "+20" in page.texts(".points .figure")
    client.get("tours.tour", token=f"{token}x", status=404)
    clock.move(days=91)
    client.get("tours.tour", token=token, status=410)


def test_each_filter_finds_the_file_and_stands_in_the_address(
    people: Callable[[str], PageClient], file: CareFile, store: Database
) -> None:
    carer = people("carer")
    with store.reading() as session:
        tag = next(one for one in tags.offered(session, Actor(1, Role.CONSULTANT)) if one.word == "7天未联系")
    for asked, found in (
        ({"q": "王"}, 1),
        ({"q": "李"}, 0),
        ({"stage": "not_visited"}, 1),
        ({"stage": "visited"}, 0),
        ({"grade": "none"}, 1),
        ({"tag": tag.id}, 1),
        ({"tag": 999}, 0),
        ({"silence": "silent"}, 1),
        ({"silence": "remind"}, 0),
        ({"grade": "nonsense", "stage": "nonsense"}, 1),
    ):
        page = carer.get("care_files.index", **asked)
        assert len(page.all("table.list tbody tr")) == found, asked
    carer.get("care_files.index", after="x", status=404)
    assert "沉默 60 天 (1)" in carer.get("care_files.silent").main
    assert "王小明" in carer.get("care_files.board").main
    taken = carer.download("care_files.download", kind="csv", tag=tag.id).get_data(as_text=True)
    assert "王小明" in taken
    assert "****" in taken
    carer.get("care_files.download", kind="pdf", status=404)


def test_numbers_in_plain_are_a_managers_and_are_written_down(
    people: Callable[[str], PageClient], file: CareFile, store: Database
) -> None:
    manager = people("channel_manager").get("care_files.index")
    assert "含完整号码（留存记录）" in manager.main
    token = str(manager.one("form[action*=numbers] input")["value"])
    taken = manager.client.http.post("/care/files/numbers.csv", data={"csrf_token": token}).get_data(as_text=True)
    assert "+861" in taken
    page = people("carer").get("care_files.show", file_id=file.id).submit(button="显示号码")
    assert page.one(".banner a.figure")
    assert "含完整号码" not in page.client.get("care_files.index").main
    with store.reading() as session:
        seen = session.query(AuditEntry).filter_by(action="phone_revealed", subject_kind="care_files")
        assert [(entry.subject_id, entry.actor.role) for entry in seen.order_by(AuditEntry.id)] == [
            (file.id, Role.CHANNEL_MANAGER),
            (file.id, Role.CONSULTANT),
        ]


NOTES = "【姓名】李女士【电话】13844445555【需求】三房，预算400万【最近跟进】昨天微信\n【姓名】没电话【需求】两房"


def test_a_list_is_told_row_by_row_and_taken_once(people: Callable[[str], PageClient], file: CareFile) -> None:
    carer = people("carer")
    page = carer.get("care_lists.new").submit({"text": "大家好"}, status=422)
    assert page.errors
    seen = page.submit({"text": NOTES})
    assert "新客户：1 · 无法读取：1" in seen.main
    again = seen.submit({"source": "own_clients"}, status=422)
    assert again.errors == ["请说明客户如何同意。"]
    done = again.submit({"consent": "到访时登记"})
    assert "新增 1 位客户" in str(done.soup)
    assert "李女士" in done.main
    nothing = carer.get("care_lists.new").submit({"text": NOTES})
    assert "没有可导入的" in nothing.main
    assert "到访时登记" in carer.get("care_lists.index").main


def test_the_file_says_what_is_owed_and_where_the_loan_stands(
    store: Database, now: datetime, people: Callable[[str], PageClient], file: CareFile
) -> None:
    before = people("carer").get("care_files.show", file_id=file.id)
    assert before.texts("#loans") == []
    assert ["没有承诺过什么" in text for text in before.texts("#promises")] == [True]
    with store.transaction() as session:
        keeper = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        row = session.get_one(CareFile, file.id)
        deal = loans_world.late_loan(session, keeper, now, client=row.client, development=row.development)
        kept = loans_world.promise(session, keeper, now, deal)
        promises.withdraw(session, keeper, now, kept, reason="客户没有要")
        loans_world.promise(session, keeper, now, deal, worth_fen=1_200_00)
    page = people("carer").get("care_files.show", file_id=file.id)
    assert "尚未兑现：¥1,200.00" in " ".join(page.texts("#promises p"))
    assert [("待兑现" in text, "已撤回" in text) for text in page.texts("#promises li")] == [
        (True, False),
        (False, True),
    ]
    assert ["逾期" in text and "中国工商银行" in text for text in page.texts("#loans li")] == [True]
    assert "60" in page.follow(deal.unit).main
