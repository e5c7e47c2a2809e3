"""The board on pages: figures that open their rows, entry by form and file, targets and sealed months by two people."""

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from portal.cli.measures import facts_of
from portal.db import Database
from portal.models import Development, Person, Role
from portal.rules.measures.board import Measure
from portal.rules.measures.channels import Step, channels_of
from portal.services.measures import board
from portal.services.measures.cohorts import Reached
from portal.services.measures.rows import Side
from portal.web.lists import paging
from portal.web.measures import words
from tests import factories as make
from tests import measures_world as world
from tests.web.client import PageClient
from tests.web.page_lint import text_of

SignedIn = Callable[[Person], PageClient]
FEBRUARY = datetime.fromisoformat("2026-02-10T12:00+08:00")
SHEET = """楼盘,月份,指标,互动人数或花费（元）,粉丝数或线索数
,2026-02,微信互动率,150,1000
没有这个楼盘,2026-02,自媒体,1,1
"""


@pytest.fixture
def staff(store: Database, signed_in: SignedIn) -> Callable[[Role], PageClient]:
    def of(role: Role) -> PageClient:
        with store.transaction() as session:
            person = make.person(session, role)
        return signed_in(person)

    return of


@pytest.fixture
def place(store: Database) -> int:
    """A development with a deal, a referral and a showing without one in February."""
    with store.transaction() as session:
        row = make.development(session)
        world.shown_deal(session, FEBRUARY, row)
        world.referred(session, FEBRUARY, row)
        world.shown(session, FEBRUARY, row)
        return row.id


def test_figures_open_their_rows(staff: Callable[[Role], PageClient], place: int) -> None:
    desk = staff(Role.FINANCE)
    page = desk.get("measures.index", month="2026-02", development=place)
    assert {"50%", "尚未填报"} <= set(page.texts("td"))
    for measure in Measure:
        for side in ("part", "whole"):
            desk.get("measures.figure", measure=measure, side=side, month="2026-02")
    deals = desk.get("measures.figure", measure="agencies", side="part", month="2026-02", development=place)
    assert len(deals.texts("tbody tr")) == 1
    desk.get("measures.figure", measure="agencies", side="nothing", status=404)
    desk.get("measures.index", month="no month", development="none")
    assert "2026-02" in desk.download("measures.download", kind="csv").text
    for measure, side in (("agencies", "part"), ("agencies", "whole"), ("wechat", "part")):
        desk.download("measures.figure_file", measure=measure, side=side, kind="xlsx", month="2026-02")


def test_the_page_says_what_the_command_prints(
    staff: Callable[[Role], PageClient], store: Database, place: int, now: datetime
) -> None:
    with store.transaction() as session:
        world.entry(session, Measure.WECHAT, "2026-02", 30, 150, development_id=place)
    page = staff(Role.FINANCE).get("measures.index", month="2026-02", development=place)
    with store.reading() as session:
        said = facts_of(board.of_month(session, now, "2026-02", place), "")
    told = [
        [
            words.shown(Measure(one["measure"]), one["value"]),
            words.said(Measure(one["measure"]), Side.PART, one["numerator"]),
            words.said(Measure(one["measure"]), Side.WHOLE, one["denominator"]),
            str(one["weight"]),
            "–" if one["points"] is None else f"{one['points']:g}",
        ]
        for one in said["measures"]
    ]
    rows = [[text_of(cell) for cell in row.select("td")] for row in page.all("table")[0].select("tbody tr")]
    assert [[row[1], row[2], row[3], row[5], row[6].removeprefix("得分 ")] for row in rows] == told
    assert page.texts(".figures dd")[0].startswith(f"{said['points']:g}")


def test_rows_are_paged_by_their_instant(
    staff: Callable[[Role], PageClient], store: Database, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of one instant are told apart by their number; a cursor that was never offered is 404."""
    monkeypatch.setattr(paging.dated_page_of, "__defaults__", (2,))
    with store.transaction() as session:
        row = session.get_one(Development, place)
        ids = [world.shown(session, FEBRUARY + timedelta(days=day), row).id for day in (3, 1, 1, 1, -2)]
    desk = staff(Role.CHANNEL_MANAGER)
    page = desk.get("measures.figure", measure="agencies", side="whole", month="2026-02", development=place)
    seen = []
    while True:
        seen += [int(str(link["href"]).rsplit("/", 1)[1]) for link in page.all("tbody .cell-title a")]
        if not page.all("a[rel=next]"):
            break
        page = page.follow("下一页")
    assert [key for key in seen if key in ids] == [ids[0], *sorted(ids[1:4], reverse=True), ids[4]]
    assert len(seen) == len(ids) + 2
    for after in ("x", "1", "1.x", f"{10**18 - 1}.1"):
        desk.get("measures.figure", measure="agencies", side="whole", month="2026-02", after=after, status=404)


def test_a_month_s_figures_are_entered_and_corrected(staff: Callable[[Role], PageClient], place: int) -> None:
    desk = staff(Role.CHANNEL_MANAGER)
    form = desk.get("measure_entries.new", measure="own_media", month="2026-02", development=place)
    wrong = form.submit({"part": "许多", "whole": "0"}, status=422)
    assert wrong.errors
    done = form.submit({"part": "５０,000", "whole": "125"})
    assert {"¥400.00", "¥50,000.00"} <= set(done.texts("td"))
    again = form.submit({"part": "50000", "whole": "100"}, status=422)
    assert "说明" in again.errors[0]
    again.submit({"part": "50000", "whole": "100", "reason": "多报了线索"})
    assert "多报了线索" in desk.get("measure_entries.index").main


def test_a_file_is_told_before_it_counts(staff: Callable[[Role], PageClient], place: int) -> None:
    desk = staff(Role.CHANNEL_MANAGER)
    page = desk.get("measure_entries.upload")
    seen = page.submit({"file": (io.BytesIO(SHEET.encode()), "measures.csv")})
    assert "第 3 行" in seen.main
    taken = seen.submit(form="form[action$='/take']")
    assert "1,000" in taken.main
    corrected = SHEET.replace("150", "160")
    seen = page.submit({"file": (io.BytesIO(corrected.encode()), "measures.csv")})
    silent = seen.submit({"reason": ""}, form="form[action$='/take']", status=422)
    assert "160" in silent.main
    assert "160" in silent.submit({"reason": "重新导出"}, form="form[action$='/take']").main
    for kind in ("csv", "xlsx"):
        desk.download("measure_entries.template", kind=kind)


def test_targets_by_two_people(staff: Callable[[Role], PageClient], place: int) -> None:
    manager, finance = staff(Role.CHANNEL_MANAGER), staff(Role.FINANCE)
    form = manager.get("measure_boards.new")
    wrong = form.submit({"note": "旺季", "agencies-target": "很多"}, status=422)
    assert wrong.errors
    uneven = form.submit({"note": "旺季", "agencies-weight": "26"}, status=422)
    assert "101" in uneven.main
    shown = form.submit({"note": "旺季", "agencies-target": "25%"})
    number = shown.path.rsplit("/", 1)[-1]
    decided = finance.get("measure_boards.show", board_id=number).submit(button="确认发布")
    assert "自 2026年4月" in decided.main or "≥ 25%" in decided.main
    assert f"/{number}" in str(manager.get("measure_boards.index").one("main"))
    by_text = form.submit(
        {"note": "只这一个盘", "development": str(place), "month": "2026-05", "toml": world.LOW_TARGET}
    )
    finance.get("measure_boards.show", board_id=by_text.path.rsplit("/", 1)[-1]).submit(
        {"reason": "再议"}, button="退回"
    )


def test_a_month_is_sealed_by_two_people(staff: Callable[[Role], PageClient], place: int) -> None:
    manager, finance = staff(Role.CHANNEL_MANAGER), staff(Role.FINANCE)
    shown = manager.get("measures.index", month="2026-02").submit(form="form[action$='/seals/propose']")
    again = manager.get("measures.index", month="2026-03")
    assert again.all("form[action$='/seals/propose']") == []
    sealed = finance.get("measure_seals.show", seal_id=shown.path.rsplit("/", 1)[-1]).submit(button="是，锁定")
    assert "已锁定" in sealed.main


def test_agencies_are_compared(store: Database, signed_in: SignedIn, now: datetime) -> None:
    with store.transaction() as session:
        deal = world.shown_deal(session, now - timedelta(days=3), make.development(session))
        assert deal.touch is not None
        make.registration(session, touch=deal.touch)
        broker, agency = deal.touch.person, deal.touch.person.agency
        principal, manager = (
            make.person(session, Role.PRINCIPAL, agency=agency),
            make.person(session, Role.CHANNEL_MANAGER),
        )
        outsider = make.person(session, Role.PRINCIPAL)
    assert agency is not None
    desk = signed_in(manager)
    assert broker.name in desk.get("agency_measures.index").follow(agency.name).main
    assert agency.name in desk.download("agency_measures.download", kind="csv").text
    own = signed_in(principal)
    assert "1 (100%)" in own.get("agency_measures.own").main
    assert broker.name in own.download("agency_measures.own_file", kind="csv").text
    opened = own.get(str(own.get("agency_measures.own").all("tbody a")[1]["href"]))
    assert (len(opened.texts("tbody tr")), opened.h1) == (1, "客户：到场")
    for step in Reached:
        assert len(desk.get("cohort_rows.index", agency=agency.id, step=step).texts("tbody tr")) == 1
        assert broker.name in own.download("cohort_rows.own_file", kind="csv", step=step).text
    assert not own.get("cohort_rows.own", step="signed", broker=principal.id).all("tbody tr")
    assert not signed_in(outsider).get("cohort_rows.own", agency=agency.id).all("tbody tr")


def test_channels_open_their_rows(staff: Callable[[Role], PageClient], place: int) -> None:
    desk = staff(Role.CHANNEL_MANAGER)
    for step in Step:
        page = desk.get("channel_measures.index", month="2026-02", development=place, step=step)
        drawn = json.loads(str(page.one("[data-picture]")["data-picture"]))
        assert len(drawn["lines"]) == len(channels_of(step))
        for channel in channels_of(step):
            address = {"channel": channel, "step": step, "month": "2026-02"}
            desk.get("channel_measures.rows", **address)
            desk.download("channel_measures.rows_file", kind="csv", **address)
    rows = desk.get("channel_measures.rows", channel="agencies", step="visits", month="2026-02", development=place)
    assert len(rows.texts("tbody tr")) == 2
    desk.get("channel_measures.rows", channel="none", step="leads", status=404)
    assert "2026-02" in desk.download("channel_measures.download", kind="csv", month="2026-02").text


def test_buildings_open_their_deals(staff: Callable[[Role], PageClient], place: int, store: Database) -> None:
    desk = staff(Role.FINANCE)
    with store.transaction() as session:
        here = session.get_one(Development, place)
        make.deal(session, touch=None, development=here, unit="８栋1202", signed_at=FEBRUARY)
    page = desk.get("sales_progress.index", development=place)
    assert "8栋1202" in page.follow("8 栋").main.replace("８", "8")
    assert len(page.follow("8 栋").all("#deals tbody tr")) == 1
    assert "8 栋" in desk.download("sales_progress.download", kind="csv", development=place).text


def test_a_broker_s_own_figures(store: Database, signed_in: SignedIn, now: datetime) -> None:
    with store.transaction() as session:
        bought = world.shown_deal(session, now - timedelta(days=3), make.development(session))
        assert bought.touch is not None
        make.registration(session, touch=bought.touch)
        broker, agency = bought.touch.person, bought.touch.agency
        make.agreement(session, agency=agency, development=bought.development)
        principal = make.person(session, Role.PRINCIPAL, agency=agency)
    own = signed_in(broker)
    page = own.get("my_measures.index", price="２,000,000")
    assert "约可得 ¥36,000.00" in page.main
    assert "按元填写" in " ".join(own.get("my_measures.index", price="很多").texts(".field-error"))
    assert "2026-03,1,1,1" in own.download("my_measures.download", kind="csv").text
    assert "报备 1 上月：0" in own.get("home.index").main
    drawn = json.loads(str(signed_in(principal).get("home.index").one("[data-picture]")["data-picture"]))
    assert [line["values"][-1] for line in drawn["lines"]] == [1, 1, 1]


def test_where_nothing_happened_yet(staff: Callable[[Role], PageClient], store: Database, signed_in: SignedIn) -> None:
    """A new installation, a month before the first, an agency without a client or an agreement."""
    desk = staff(Role.CHANNEL_MANAGER)
    assert "尚无任何数据" in desk.get("measures.index", month="2025-01").main
    assert "自媒体 –" in desk.get("channel_measures.index", step="cost").texts("td")
    for endpoint in ("sales_progress.index", "agency_measures.index"):
        assert desk.get(endpoint).all(".empty"), endpoint
    rows = desk.get("channel_measures.rows", channel="referral", step="cost", month="2025-01")
    assert rows.all(".empty")
    with store.transaction() as session:
        broker = make.broker(session)
        principal = make.person(session, Role.PRINCIPAL, agency=broker.agency)
    assert "再成交一套" not in signed_in(broker).get("my_measures.index").main
    for person, endpoint in ((broker, "home.index"), (principal, "home.index"), (principal, "agency_measures.own")):
        signed_in(person).get(endpoint)
