"""From the template to the report of refused rows, page by page."""

import io
from datetime import timedelta

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from portal.models import Deal, Role
from portal.services.imports import trouble
from portal.services.imports import worker as import_worker
from tests import factories as make
from tests.web.client import PageClient


@pytest.fixture
def world(store, now):
    """A development whose client a broker holds, and two of the developer's people."""
    with store.transaction() as session:
        broker = make.broker(session)
        pair = make.agreement(session, agency=broker.agency)
        phone = make.new_phone()
        client = make.client(session, phone=phone)
        make.touch(session, person=broker, development=pair.development, client=client, at=now - timedelta(days=30))
        return {
            "finance": make.person(session, Role.FINANCE),
            "manager": make.person(session, Role.CHANNEL_MANAGER),
            "agency": broker.agency.name,
            "development": pair.development.name,
            "phone": phone,
        }


@pytest.fixture
def signed_in(app):
    """Makes a signed-in client of a person, in a language."""
    return lambda person, language="zh": PageClient(app, language).sign_in(person)


def filled(template: bytes, rows: list[list[str]]) -> bytes:
    """The template as a person would fill it in."""
    book = load_workbook(io.BytesIO(template))
    for row in rows:
        book.worksheets[0].append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def rows(world) -> list[list[str]]:
    good = [world["development"], "3-1202", world["phone"], "王小明", "2000000", "2026-03-01", "2026-03-02"]
    wrong = [world["development"], "3-1203", world["phone"], "=1+1", "2000000", "2026-03-01"]
    return [good, wrong]


@pytest.mark.parametrize(("kind", "language"), [("xlsx", "zh"), ("xlsx", "en")])
def test_template_upload_preview_confirm_report_correct_upload(world, rows, signed_in, store, kind, language) -> None:
    finance = signed_in(world["finance"], language)
    template = finance.download("imports.template", kind=kind).data
    page = finance.get("imports.new").submit({"file": (io.BytesIO(filled(template, rows)), "三月.xlsx")})
    page = finance.get(page.path)
    assert page.h1 == "三月.xlsx"
    assert world["agency"] in page.main
    assert world["phone"] not in page.html
    assert "+¥36,000.00" in page.main
    assert ("公式" if language == "zh" else "formula") in page.main
    assert stored(store) == 0
    page = finance.get(page.submit(form="form[action$=confirm]").path)
    assert stored(store) == 1
    assert "¥36,000.00" in page.main
    assert finance.get("imports.show", import_id=1, outcome="refused").main.count("3-1203") == 1
    report = refused_rows(finance, "xlsx")
    sheet = load_workbook(io.BytesIO(report)).worksheets[0]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert values[-1][1:3] == ["3-1203", world["phone"]]
    assert values[-1][-1]
    sheet.cell(sheet.max_row, 4).value = "王小明"
    again = io.BytesIO()
    sheet.parent.save(again)
    page = finance.get("imports.new").submit({"file": (io.BytesIO(again.getvalue()), "改.xlsx")})
    assert finance.get(page.path).submit(form="form[action$=confirm]").h1 == "改.xlsx"
    assert stored(store) == 2
    assert {"三月.xlsx", "改.xlsx"} <= set(finance.get("imports.index").texts("main td a"))
    assert "三月.xlsx" in finance.download("imports.download", kind="csv").get_data(as_text=True)


def refused_rows(client, kind: str) -> bytes:
    page = client.get("imports.show", import_id=1)
    form = page.one(f"form[action$='refused.{kind}']")
    token = form.select_one("[name=csrf_token]")["value"]
    return client.http.post(str(form["action"]), data={"csrf_token": token}).data


def stored(store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Deal)) or 0


def test_refused_rows_in_csv_come_back_as_they_were(world, signed_in, store) -> None:
    """What an export puts before a formula's sign is taken away again, so a phone stays a phone."""
    finance = signed_in(world["finance"])
    phone = f"+86{world['phone']}"
    text = f"development,unit,phone,name,price,subscribed\n{world['development']},1-1,{phone},王,nothing,2026-03-01\n"
    finance.get("imports.new").submit({"file": (io.BytesIO(text.encode("gb18030")), "a.csv")})
    report = refused_rows(finance, "csv").decode("utf-8-sig").replace("nothing", "2000000")
    assert f"'{phone}" in report
    page = finance.get("imports.new").submit({"file": (io.BytesIO(report.encode()), "b.csv")})
    finance.get(page.path).submit(form="form[action$=confirm]")
    assert stored(store) == 1


def test_a_colleague_sees_the_rows_and_gets_no_phones(world, rows, signed_in) -> None:
    finance = signed_in(world["finance"])
    template = finance.download("imports.template", kind="xlsx").data
    page = finance.get("imports.new").submit({"file": (io.BytesIO(filled(template, rows)), "a.xlsx")})
    page = signed_in(world["manager"]).get(page.path)
    assert not page.all("form[action*=refused]")
    assert "3-1203" in page.main
    assert signed_in(world["manager"]).get(page.path).submit(form="form[action$=discard]").path == "/imports"
    finance.get(page.path)


def test_while_it_is_under_way_the_page_says_how_far(world, rows, signed_in, monkeypatch) -> None:
    run_due = import_worker.run_due
    monkeypatch.setattr(import_worker, "run_due", lambda *_given, **_words: 0)
    finance = signed_in(world["finance"])
    template = finance.download("imports.template", kind="xlsx").data
    page = finance.get("imports.new").submit({"file": (io.BytesIO(filled(template, rows)), "a.xlsx")})
    assert page.one("progress")["max"] == "2"
    assert page.one("#import")["hx-trigger"] == "every 2s"
    store = finance.app.extensions["database"]
    run_due(store, finance.app.extensions["clock"])
    page = finance.get(page.path).submit(form="form[action$=confirm]")
    assert page.one("progress")["value"] == "1", "the refused row is settled already"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\x01", b"PK\x03\x04 no workbook", "楼盘,价格\n一,二\n".encode(), b"%PDF-1.7", "楼盘,房号\n".encode()],
)
def test_a_file_that_is_none_is_refused_kindly(world, signed_in, data) -> None:
    page = signed_in(world["finance"]).get("imports.new").submit({"file": (io.BytesIO(data), "a.csv")}, status=422)
    assert page.errors


def test_both_templates_are_understood_as_they_are(world, signed_in) -> None:
    """Only the rows are missing."""
    for language in ("zh", "en"):
        finance = signed_in(world["finance"], language)
        for kind in ("csv", "xlsx"):
            data = finance.download("imports.template", kind=kind).data
            page = finance.get("imports.new").submit({"file": (io.BytesIO(data), f"a.{kind}")}, status=422)
            assert page.errors in (["表头下面没有内容。"], ["There is no row under the heading."])
    finance.download("imports.template", kind="pdf", status=404)


def test_another_books_sheet_is_read_by_its_first(world, signed_in) -> None:
    book = Workbook()
    book.worksheets[0].append(["Unit", "Development", "Colour", "Signed"])
    book.worksheets[0].append(["9-9", world["development"], "red", "2026-03-01"])
    file = io.BytesIO()
    book.save(file)
    finance = signed_in(world["finance"], "en")
    page = finance.get("imports.new").submit({"file": (io.BytesIO(file.getvalue()), "a.xlsx")})
    page = finance.get(page.path)
    assert "Colour" in page.main
    assert "There is no such deal here" in page.main


def test_what_stands_still_says_so_and_is_gone_on_with_or_ended(world, rows, signed_in, store, monkeypatch) -> None:
    finance = signed_in(world["finance"], "en")
    template = finance.download("imports.template", kind="xlsx").data
    page = finance.get("imports.new").submit({"file": (io.BytesIO(filled(template, rows)), "a.xlsx")})
    with monkeypatch.context() as patched:
        patched.setattr(import_worker, "_apply_next", lambda *_: 1 // 0)
        page.submit(form="form[action$=confirm]")
        for _ in range(trouble.MOST_TRIES):
            import_worker.run_due(store, finance.app.extensions["clock"])
        page = finance.get(page.path)
        assert "This import stands still" in page.main
        assert "hx-trigger" not in page.one("#import").attrs
        assert "a.xlsx" in finance.get("imports.index", state="stuck").main
        page = page.submit(form="form[action$=resume]")
        for _ in range(trouble.MOST_TRIES):
            import_worker.run_due(store, finance.app.extensions["clock"])
    page = finance.get(page.path).submit(form="form[action$=end]")
    assert "What was recorded stays" in page.main
    assert "stood still before this row" in page.main
    assert stored(store) == 0
