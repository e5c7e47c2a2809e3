"""Files as people and enemies make them: read as text, or refused in words; and what a row of deals says."""

import io
import time
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

from commissions.refusal import Refusal
from portal.adapters.sheets.deal_file import MOST_ROWS, columns, heading, read_deals, read_row
from portal.adapters.sheets.tables import LONGEST_CELL, MOST_ROWS_SEEN, UNPACKED, read_table
from tests.nightly import examples

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
TEXT = "楼盘,房号,电话\n云栖,3-1,13800138000\n"


def table(data: bytes) -> list[tuple[int, list[str]]]:
    return list(read_table(data))


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parcel:
        for name, content in parts.items():
            parcel.writestr(name, content)
    return file.getvalue()


def changed(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """A workbook with one of its parts edited by hand."""
    parts = {one: zipfile.ZipFile(io.BytesIO(data)).read(one) for one in zipfile.ZipFile(io.BytesIO(data)).namelist()}
    assert old in parts[name]
    parts[name] = parts[name].replace(old, new, 1)
    return zipped(parts)


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        TEXT.replace(",", "\t").encode("utf-16"),
        TEXT.replace(",", ";").replace("\n", "\r\n").encode(),
        workbook(["楼盘", "房号", "电话"], ["云栖", "3-1", 13800138000]),
        workbook(["楼盘", "房号", "电话"], ["云栖", "3-1", 13800138000.0]),
        TEXT.replace("13800138000", '"=""13800138000"""').encode(),
    ],
)
def test_the_same_table_however_it_was_saved(data: bytes) -> None:
    assert table(data) == [(1, ["楼盘", "房号", "电话"]), (2, ["云栖", "3-1", "13800138000"])]


def test_cells_of_a_workbook_are_what_they_show() -> None:
    row = [datetime(2026, 3, 5), datetime(2026, 3, 5, 14, 30), 2_000_000.0, 1234567.89, Decimal("0.10"), None, "=1+1"]
    data = workbook(["a"], row)
    assert table(data)[1][1] == ["2026-03-05", "2026-03-05 14:30:00", "2000000", "1234567.89", "0.1", "", "=1+1"]


def test_what_an_export_put_before_a_formulas_sign_is_taken_away() -> None:
    assert table("a\n'+8613800138000\n'=x\n'王\n".encode())[1:] == [(2, ["+8613800138000"]), (3, ["=x"]), (4, ["'王"])]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7 ...", "table_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old excel", "table_kind"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xff", "table_kind"),
        (b"a,b\n\x00,1\n", "table_kind"),
        (b"PK\x03\x04 and nothing more", "table_damaged"),
        (zipped({"word/document.xml": b"<a/>"}), "table_kind"),
        (zipped({"xl/workbook.xml": b"<a"}), "table_damaged"),
        (zipped({"xl/workbook.xml": b"", "xl/vbaProject.bin": b""}), "table_kind"),
        (zipped({"xl/workbook.xml": bytes(UNPACKED + 1)}), "table_bomb"),
        (zipped({f"xl/{n}": b"" for n in range(1_001)}), "table_bomb"),
        (b"a\n" + b"x" * (LONGEST_CELL + 1), "table_cell"),
        (b'a,b\n"never closed', "table_damaged"),
        (b"a\n" + b"x\n" * MOST_ROWS_SEEN, "table_rows"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        table(data)


def test_a_workbook_whose_text_refers_to_itself_is_refused_quickly() -> None:
    """The billion laughs: entities of entities of entities."""
    nested = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "ha">{nested}]>'.encode()
    data = changed(workbook(["a"]), "xl/worksheets/sheet1.xml", b"<worksheet", doctype + b"<worksheet")
    data = changed(data, "xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetData>&l11;")
    started = time.perf_counter()
    with pytest.raises(Refusal, match="table_damaged"):
        table(data)
    assert time.perf_counter() - started < 5


LAST_ROW = [(b'<row r="2"', b'<row r="1048576"'), (b'<row r="2"', b'<row r="999999999"')]


@pytest.mark.parametrize(("old", "new"), LAST_ROW)
def test_a_workbook_that_claims_its_last_row_is_refused(old: bytes, new: bytes) -> None:
    data = changed(workbook(["a"], ["b"]), SHEET, old, new)
    with pytest.raises(Refusal, match="table_rows"):
        table(data)


@pytest.mark.parametrize("number", [b"1048576", b"999999999"])
def test_a_last_row_that_only_has_a_look_costs_nothing(number: bytes) -> None:
    """LibreOffice writes such rows where a whole column was formatted."""
    empty = b'<row r="%b" customFormat="1" s="1"><c r="A%b" s="1"/></row></sheetData>' % (number, number)
    assert table(changed(workbook(["a"], ["b"]), SHEET, b"</sheetData>", empty)) == [(1, ["a"]), (2, ["b"])]


def test_rows_that_a_workbook_leaves_out_are_counted() -> None:
    assert table(changed(workbook(["a"], ["b"]), SHEET, b'<row r="2"', b'<row r="900"')) == [(1, ["a"]), (900, ["b"])]


def bomb(part: str, begins: bytes, again: bytes, ends: bytes, many: int) -> bytes:
    """A small workbook with a part that is the same thing again and again."""
    book = workbook(["a"])
    parts = {one: zipfile.ZipFile(io.BytesIO(book)).read(one) for one in zipfile.ZipFile(io.BytesIO(book)).namelist()}
    return zipped(parts | {part: begins + again * many + ends})


MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
STYLES = b"<styleSheet " + MAIN + b"><cellXfs>"
ROW = b"<worksheet " + MAIN + b'><sheetData><row r="1">'


@pytest.mark.parametrize(
    "data",
    [
        bomb("xl/styles.xml", STYLES, b"<xf/>", b"</cellXfs></styleSheet>", 2_000_000),
        bomb("docProps/core.xml", b"<a>", b"<b/>", b"</a>", 1_000_000),
        bomb("xl/worksheets/sheet1.xml", ROW, b"<c/>", b"</row></sheetData></worksheet>", 30_000),
        bomb("xl/worksheets/sheet1.xml", ROW + b"</row>", b"<row><c/></row>", b"</sheetData></worksheet>", 610_000),
    ],
    ids=["looks", "properties", "a wide row", "many cells"],
)
def test_a_workbook_that_is_more_work_than_a_table_is_refused_before_it_is_built(data: bytes) -> None:
    assert len(data) < 100_000
    with pytest.raises(Refusal, match="table_bomb"):
        table(data)


def patched(data: bytes, place: int, value: int) -> bytes:
    """A workbook whose sheet is said to be locked (6), or packed in another way (8), by this word of its entries."""
    content = bytearray(data)
    first = content.index(SHEET.encode()) - 30  # where its own head begins; the directory's is two bytes further
    again = content.rindex(SHEET.encode()) - 46 + 2
    for start in (first, again):
        content[start + place : start + place + 2] = value.to_bytes(2, "little")
    return bytes(content)


def without(data: bytes, gone: str) -> bytes:
    book = zipfile.ZipFile(io.BytesIO(data))
    return zipped({name: book.read(name) for name in book.namelist() if name != gone})


WHOLE = workbook(["a", "b"], ["c", "d"])
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
ODDLY = b'<?xml version="1.0" encoding="none"?>'
ODD = {
    "a password": (OLE + "EncryptedPackage".encode("utf-16-le") + bytes(600), "table_password"),
    "an old one": (OLE, "table_kind"),
    "locked parts": (patched(WHOLE, 6, 1), "table_password"),
    "odd compression": (patched(WHOLE, 8, 99), "table_damaged"),
    "odd encoding": (bomb("xl/workbook.xml", ODDLY, b"", b"<a/>", 1), "table_damaged"),
    "odd encoding of a sheet": (bomb(SHEET, ODDLY, b"", b"<a/>", 1), "table_damaged"),
    "no part that says what is where": (without(WHOLE, "[Content_Types].xml"), "table_damaged"),
    "no sheet": (without(WHOLE, "xl/worksheets/sheet1.xml"), "table_damaged"),
    "no relations": (without(WHOLE, "xl/_rels/workbook.xml.rels"), "table_damaged"),
    "a row that is no number": (changed(WHOLE, SHEET, b'<row r="2"', b'<row r="two"'), "table_damaged"),
    "cut short": (WHOLE[:-300], "table_damaged"),
}


@pytest.mark.parametrize(("data", "code"), ODD.values(), ids=ODD)
def test_what_is_odd_is_refused_in_words(data: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        table(data)


@pytest.mark.parametrize("share", [n / 16 for n in range(1, 16)])
def test_a_flipped_byte_is_refused_in_words_or_does_no_harm(share: float) -> None:
    data = bytearray(WHOLE)
    data[int(len(data) * share)] ^= 0xFF
    with suppress(Refusal):  # any other exception fails
        table(bytes(data))


def test_a_workbook_with_a_thousand_looks_is_read() -> None:
    """As LibreOffice saves it: each cell has a look of its own, and so have empty ones beside the table."""
    book = Workbook()
    sheet = book.worksheets[0]
    for number in range(300):
        sheet.append(["云栖", f"3-{number}", 13_800_000_000 + number, datetime(2026, 3, 5), 1_234_567.89, *[None] * 60])
        for column in (1, 3, 5, 40):
            sheet.cell(number + 1, column).fill = PatternFill("solid", fgColor=f"{number:06x}")
            sheet.cell(number + 1, column).font = Font(size=8 + number % 20)
    rows = table(saved(book))
    assert rows[-1] == (300, ["云栖", "3-299", "13800000299", "2026-03-05", "1234567.89"])


def test_a_large_workbook_of_deals_is_read() -> None:
    most = examples(1_000, MOST_ROWS)
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(most):
        sheet.append(["云栖", f"3-{number}", 13_800_000_000 + number, *[datetime(2026, 3, 5)] * 5, 1_234_567.89])
    assert len(table(saved(book))) == most


# Deals


def test_headings_are_understood_in_both_languages_and_other_peoples_words() -> None:
    for language in ("zh", "en"):
        words = [heading(key, language) for key in columns()]
        [(number, cells)] = read_deals([(1, words), (2, ["x"] * len(words))]).rows
        assert (number, set(cells)) == (2, set(columns()))
    rows = [(1, ["导出人"]), (2, ["# 说明"]), (3, [" UNIT *", "项目", "颜色"]), (4, ["1", "2", "3"]), (5, ["#"])]
    found = read_deals(rows)
    assert found.rows == [(4, {"unit": "1", "development": "2"})]
    assert found.unknown == ["颜色"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "import_no_heading"),
        ([(1, ["unit"])], "import_no_heading"),
        ([(1, ["unit", "development", "房号"])], "import_heading_twice"),
        ([(1, ["unit", "development"])], "import_empty"),
        ([(1, ["unit", "development"]), *((n, ["1", "2"]) for n in range(2, MOST_ROWS + 3))], "import_too_many"),
    ],
)
def test_a_file_that_is_no_file_of_deals_is_refused(rows, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        read_deals(rows)


def row(**cells: str):
    return read_row({"development": "云栖", "unit": "3-1", "subscribed": "2026-03-01"} | cells)


@pytest.mark.parametrize(
    ("cells", "refusal"),
    [
        ({"unit": ""}, Refusal("import_cell_missing", heading="unit")),
        ({"name": "=HYPERLINK(1)"}, Refusal("import_cell_formula", heading="name")),
        ({"name": "长" * 61}, Refusal("import_cell_long", heading="name", most=60)),
        ({"price": "1.234"}, Refusal("import_cell_amount", heading="price")),
        ({"price": "2e6"}, Refusal("import_cell_amount", heading="price")),
        ({"signed": "昨天"}, Refusal("import_cell_time", heading="signed")),
        ({"signed": "2026-02-30"}, Refusal("import_cell_time", heading="signed")),
        ({"signed": "2026-03-01 24:00"}, Refusal("import_cell_time", heading="signed")),
        ({"signed": "03/05/2026"}, Refusal("import_cell_time", heading="signed")),
        ({"signed": "0000-00-00"}, Refusal("import_cell_time", heading="signed")),
        ({"subscribed": ""}, Refusal("import_no_milestone")),
    ],
)
def test_a_cell_that_cannot_be_meant_is_named(cells: dict[str, str], refusal: Refusal) -> None:
    with pytest.raises(Refusal) as caught:
        row(**cells)
    assert caught.value == refusal


@pytest.mark.parametrize("text", ["2000000", "2,000,000.00", "￥2000000", "¥ 2,000,000", "２００００００"])
def test_prices_as_people_type_them(text: str) -> None:
    assert row(price=text).price_fen == 2_000_000_00


@pytest.mark.parametrize(
    ("text", "seconds", "start"),
    [
        ("2026-03-01", 86_400, datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("2026/3/1", 86_400, datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("2026年3月1日", 86_400, datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("2026.03.01 9:05", 60, datetime(2026, 3, 1, 1, 5, tzinfo=UTC)),
        ("2026-03-01T09:05:07", 1, datetime(2026, 3, 1, 1, 5, 7, tzinfo=UTC)),
    ],
)
def test_days_and_times_in_shanghai(text: str, seconds: int, start: datetime) -> None:
    span = row(subscribed=text).steps["subscribed"]
    assert (span.start, span.end) == (start, start + timedelta(seconds=seconds))


def test_a_day_counts_to_its_end_but_neither_past_now_nor_past_what_came_after_it() -> None:
    instants = row(subscribed="2026-03-05", signed="2026-03-05 14:30", loan_released="2026-03-10").instants(NOW)
    assert instants["signed"] == datetime(2026, 3, 5, 6, 30, 59, 999999, tzinfo=UTC)
    assert instants["subscribed"] == instants["signed"]
    assert instants["loan_released"] == NOW
    assert row(subscribed="2026-03-11").instants(NOW)["subscribed"] > NOW, "what lies ahead is refused by the rule"
