"""Regular exports on pages: asked for from a list, changed, paused, taken; made by the pages with today's rights."""

import csv
import io
from collections.abc import Callable
from inspect import getsource

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from portal.db import Database
from portal.models import (
    AuditEntry,
    ExportRun,
    ExportSchedule,
    Person,
    Role,
    ScheduleEnd,
)
from portal.rules.exports.rhythm import Every, Rhythm
from portal.rules.exports.tries import KEPT
from portal.services.exports import worker
from portal.services.exports.worker import NotMade, Order
from portal.services.notifications.words.exports import LISTS
from portal.web.exports import lists, making, words
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient, filled_in
from tests.web.page_lint import text_of

SignedIn = Callable[[Person], PageClient]

NOT_REGULARLY = {
    "care_files.download_numbers": "plain numbers, sent for with a fresh proof",
    "care_plans.try_out_file": "what a draft would change, on the day that it is tried",
    "gatherings.download": "guests of one gathering, which is over some day",
    "judgements.moves_file": "the answer to a question that was asked once",
    "reward_plans.what_if_file": "as above",
    "statements.document": "one document, which never changes",
    "what_if.agencies_file": "as above",
    "what_if.deals_file": "as above",
}
"""Files of lists that nobody has sent again and again."""


@pytest.fixture
def finance(store: Database) -> Person:
    with store.transaction() as session:
        make.deal(session)
        return make.person(session, Role.FINANCE, name="秦账房")


@pytest.fixture
def desk(signed_in: SignedIn, finance: Person) -> PageClient:
    return signed_in(finance)


@pytest.fixture
def work(app: Flask, store: Database, clock: MovableClock) -> Callable[[], int]:
    """The worker's look, by the application's own pages and files."""

    def look() -> int:
        return worker.run_due(store, app.extensions["files"], lambda order: making.made(app, order), clock)

    return look


def order(person: Person, endpoint: str, **filters: str) -> Order:
    return Order(1, person.id, endpoint, {}, filters, "csv", "zh_Hans_CN")


def test_every_list_with_a_file_can_be_had_regularly_or_says_why_not(app: Flask) -> None:
    """Each leads back to a page of its own."""
    exporting = {name for name, view in app.view_functions.items() if "return export(" in getsource(view)}
    assert exporting == LISTS.keys() | NOT_REGULARLY.keys()
    arguments = {"account": "bank", "channel": "agencies", "step": "leads", "measure": "agencies", "side": "part"}
    with app.test_request_context():
        for endpoint in LISTS:
            (rule,) = app.url_map.iter_rules(endpoint)
            own = {name: arguments.get(name, 1) for name in rule.arguments - {lists.ending_of(endpoint)}}
            assert lists.page_url(ExportSchedule(endpoint=endpoint, arguments=own, filters={})), endpoint


def test_a_list_is_asked_for_made_and_taken(
    desk: PageClient, store: Database, clock: MovableClock, work: Callable[[], int], finance: Person
) -> None:
    page = desk.get("deals.index", month="2026-03", q="王")
    form = page.follow("定期导出")
    assert "搜索词可能涉及客户信息" in form.main
    shown = form.submit({"format": "xlsx", "every": "day", "hour": "8", "month": "last_month"})
    assert "上个月" in shown.main
    assert "每天 08:00" in shown.main
    with store.reading() as session:
        row = session.scalars(select(ExportSchedule)).one()
        assert (row.endpoint, row.filters, row.rhythm) == (
            "deals.download",
            {"month": "last_month"},
            Rhythm(Every.DAY, 8),
        )
    clock.move(days=1)
    assert work() == 1
    desk.sign_in(finance)
    with store.reading() as session:
        run = session.scalars(select(ExportRun)).one()
    page = desk.get("exports.run", run_id=run.id)
    taking = page.one("main form[action$='/file']")
    file = desk.http.post(taking["action"], data=filled_in(taking, {}))
    book = load_workbook(io.BytesIO(file.data))
    assert "秦账房" in book.active["A1"].value
    assert len(file.data) == run.size == int(file.headers["Content-Length"])
    with store.reading() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "list_exported")).one()
        assert (told.actor_id, told.facts["schedule"], told.facts["kind"]) == (finance.id, row.id, "xlsx")
    clock.instant += KEPT
    desk.sign_in(finance)
    fields = filled_in(taking, {})
    assert "已不能下载" in desk.send("POST", str(taking["action"]), fields).main


def test_rights_are_those_of_when_it_is_made(
    app: Flask, store: Database, signed_in: SignedIn, clock: MovableClock, work: Callable[[], int]
) -> None:
    """A broker's list holds his own; who changed the role, or left, gets none, and the schedule says why."""
    with store.transaction() as session:
        mine, other = (make.touch(session, name=name) for name in ("欧阳一", "司徒二"))
        for touch in (mine, other):
            make.registration(session, touch=touch)
        broker = session.get_one(Person, mine.person_id)
    with making.made(app, order(broker, "registrations.download")) as made:
        rows = list(csv.reader(io.TextIOWrapper(made.content, "utf-8-sig", newline="")))
        assert (made.rows, made.role) == (1, Role.BROKER)
    assert [any(name in cell for row in rows for cell in row) for name in ("欧阳", "司徒")] == [True, False]
    client = signed_in(broker)
    client.get("exports.new", of="/registrations.csv").submit({"every": "day", "hour": "8"})
    with store.transaction() as session:
        row = session.get_one(Person, broker.id)
        row.role, row.agency_id = Role.REFERRER, None
    clock.move(days=1)
    assert work() == 0
    with store.reading() as session:
        schedule = session.scalars(select(ExportSchedule)).one()
        assert schedule.ended_why is ScheduleEnd.NO_RIGHT
    client.sign_in(broker)
    assert "已无权查看该列表" in client.get("exports.show", schedule_id=schedule.id).main
    with store.transaction() as session:
        session.get_one(Person, broker.id).deactivated_at = clock()
    with pytest.raises(NotMade, match="left"), making.made(app, order(broker, "registrations.download")):
        pass


@pytest.mark.parametrize(
    ("endpoint", "why"), [("admin.audit_export", "no_right"), ("no_such.list", "gone")], ids=["forbidden", "unknown"]
)
def test_what_cannot_be_made_says_why(app: Flask, finance: Person, endpoint: str, why: str) -> None:
    with pytest.raises(NotMade, match=why), making.made(app, order(finance, endpoint)):
        pass


def test_an_account_that_needs_another_password_first_is_held_back(app: Flask, store: Database) -> None:
    with store.transaction() as session:
        administrator = make.person(session, Role.ADMINISTRATOR)
        administrator.alarmed_at = make.BEFORE
    with pytest.raises(making.HeldBack), making.made(app, order(administrator, "admin.people_export")):
        pass


def test_what_is_odd_is_refused_in_words(desk: PageClient, store: Database) -> None:
    assert "请打开需要的列表" in desk.get("exports.new", of="/no/such/list").main
    desk.get("exports.new", status=403, of="/admin/audit.csv")
    first = desk.get("exports.new", of="/deals.csv").submit({"every": "week", "weekday": "4", "hour": "0"})
    assert "每星期五 00:00" in first.main
    again = desk.get("exports.new", of="/deals.csv").submit({"every": "week", "weekday": "4", "hour": "0"}, status=422)
    assert "已有相同的定期导出" in again.main
    token = {"csrf_token": again.one("main form input[name=csrf_token]")["value"]}
    odd = desk.send("POST", "/exports/new?of=/deals.csv", MultiDict(token | {"hour": "25"}), status=422)
    assert len(odd.errors) > 1


def test_it_is_changed_paused_resumed_and_ended(desk: PageClient, store: Database) -> None:
    desk.get("exports.new", of="/slots/day.csv?day=2026-03-10&development=1", status=403)
    page = desk.get("exports.new", of="/deals.csv?state=signed&month=2026-03&lacking=plan").submit({"month": "2026-03"})
    assert "2026年3月" in page.main
    assert "已签约 · 2026年3月 · 1 个筛选条件" in page.main
    changed = page.follow("修改").submit({"every": "month", "day": "31", "hour": "18", "format": "csv"})
    assert "每月最后一天 18:00 · CSV" in changed.main
    with store.reading() as session:
        key = session.scalars(select(ExportSchedule.id)).one()
    token = MultiDict({"csrf_token": changed.all("main input[name=csrf_token]")[0]["value"]})
    for deed, said in (("pause", "已暂停"), ("resume", "已启用"), ("end", "已结束"), ("pause", "请到列表页重新设置")):
        page = desk.send("POST", desk.address(f"exports.{deed}", schedule_id=key), token)
        assert said in text_of(page.one("body"))
    assert "还没有定期导出" in desk.get("exports.index").main
    assert "成交" in desk.get("exports.index", shown="ended").main


def test_words_of_rhythms_and_sizes(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert words.rhythm_words(Rhythm.of(Every.MONTH, 9, 0, 3)) == "Every month, on day 3 at 09:00"
        assert [words.size(count) for count in (1, 999_000, 1_000_001, 40_000_000)] == [
            "1 kB",
            "999 kB",
            "2 MB",
            "40 MB",
        ]
