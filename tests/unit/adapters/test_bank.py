"""The bank's files: what is written is read back, and one wrong cell is found by its row and column."""

import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from commissions.refusal import Refusal
from portal.adapters.bank import (
    FAILED,
    OUTCOME_WORDS,
    PAID,
    PAYMENT_COLUMNS,
    RESULT_COLUMNS,
    RETURNED,
    Payment,
    Result,
    answer,
    blames_account,
    payments_workbook,
    read_file,
    read_payments,
    read_results,
    write_payments,
    write_results,
)

words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20)
references = st.from_regex(r"P-2026-10-[0-9]{4}-[1-9]", fullmatch=True)
digits = st.from_regex(r"[0-9]{8,30}", fullmatch=True)
fen = st.integers(1, 10**12)
payments = st.lists(st.builds(Payment, references, words, words, digits, fen, words), max_size=5)
results = st.lists(st.builds(Result, references, fen, st.sampled_from([PAID, FAILED, RETURNED]), words), max_size=5)

TWO = [
    Payment("P-1", '安居"一号"经纪, 有限', "工商银行", "0062220000", 230_000_00, "Commission 2026-10-0001"),
    Payment("P-2", "=cmd()", "工商银行", "6222", 1, ""),
]


@given(payments)
def test_payments_read_back_as_written(rows: list[Payment]) -> None:
    assert read_payments(write_payments(rows, "B-1")) == rows


@given(results)
def test_results_read_back_as_written(rows: list[Result]) -> None:
    assert [result for _, result in read_results(write_results(rows))] == rows


def test_a_payment_file_looks_as_documented() -> None:
    assert write_payments(TWO, "B-1").decode("utf-8-sig").splitlines() == [
        "reference,payee,bank,account,amount,purpose",
        'P-1,"安居""一号""经纪, 有限",工商银行,0062220000,230000.00,Commission 2026-10-0001',
        "P-2,'=cmd(),工商银行,6222,0.01,",
        "TOTAL,2,,,230000.01,B-1",
    ]


def test_a_workbook_keeps_accounts_as_text_and_runs_nothing() -> None:
    sheet = load_workbook(io.BytesIO(payments_workbook(write_payments(TWO, "B-1")))).active
    assert [cell.value for cell in sheet[1]] == list(PAYMENT_COLUMNS)
    assert (sheet["D2"].value, sheet["E2"].value) == ("0062220000", 230000)
    assert (sheet["B3"].value, sheet["B3"].data_type) == ("=cmd()", "s")


def test_long_accounts_keep_every_digit_in_both_files() -> None:
    row = Payment("P-1", "安居", "工商银行", "6222021234567890123", 1, "")
    for data in (write_payments([row], "B-1"), payments_workbook(write_payments([row], "B-1"))):
        assert read_payments(data) == [row]


def test_a_csv_that_a_spreadsheet_saved_is_found_out() -> None:
    saved = write_payments(TWO, "B-1").replace(b"0062220000", b"6.222E+07")
    with pytest.raises(Refusal) as refused:
        read_payments(saved)
    assert refused.value == Refusal("bank_file_cell", row=2, column="account")


@pytest.mark.parametrize("cut", ["P-1,", "TOTAL,2", "230000.01,B-1"])
def test_a_payment_file_that_lost_something_is_refused(cut: str) -> None:
    lines = write_payments(TWO, "B-1").decode().splitlines(keepends=True)
    with pytest.raises(Refusal) as refused:
        read_payments("".join(line for line in lines if cut not in line).encode())
    assert refused.value.code in {"bank_file_total", "bank_file_cell"}


HEADING = "reference,amount,outcome,message\n"


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("paid", "paid"), ("Failed", "failed"), ("成功", "paid"), ("失败", "failed"), ("退票", "returned")],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_an_outcome_is_read_in_the_banks_own_word(word: str, outcome: str, encoding: str) -> None:
    ((_row, found),) = read_results(f"{HEADING}P-1,1.00,{word},系统繁忙\n".encode(encoding))
    assert (found.outcome, found.message) == (outcome, "系统繁忙")


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", Refusal("bank_file_columns", columns="reference, amount, outcome, message")),
        ("reference,amount\n", Refusal("bank_file_columns", columns="reference, amount, outcome, message")),
        (HEADING + "P-1,1.00,paid\n", Refusal("bank_file_cell", row=2, column="message")),
        (HEADING + "P-1,1.00,paid,ok\n\nP 2,1.00,paid,\n", Refusal("bank_file_cell", row=4, column="reference")),
        (HEADING + "P-1,1.005,paid,\n", Refusal("bank_file_cell", row=2, column="amount")),
        (HEADING + "P-1,1.00,maybe,\n", Refusal("bank_file_outcome", row=2, known=", ".join(OUTCOME_WORDS))),
        (HEADING + 'P-1,1.00,paid,"open\n', Refusal("table_damaged")),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(text: str, refusal: Refusal) -> None:
    with pytest.raises(Refusal) as refused:
        read_results(text.encode())
    assert refused.value == refusal


ANSWERS = [
    Result("P-1", 230_000_00, PAID, ""),
    Result("P-2", 1, FAILED, "账户已销"),
    Result("P-3", 5, RETURNED, "退票"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_results_are_read_in_the_encodings_of_banks(encoding: str) -> None:
    data = write_results(ANSWERS).decode("utf-8-sig").encode(encoding)
    assert read_results(data) == list(enumerate(ANSWERS, 2))


def test_results_are_read_from_a_workbook() -> None:
    book = Workbook()
    for row in (RESULT_COLUMNS, ("P-1", 230_000, "paid", None), ("P-2", 0.01, "failed", "账户已销")):
        book.active.append(row)
    book.active.append(("P-3", "0.05", "returned", "退票"))
    file = io.BytesIO()
    book.save(file)
    assert read_results(file.getvalue()) == list(enumerate(ANSWERS, 2))


@settings(deadline=None)  # the child that reads workbooks is started by the first one
@given(payments)
def test_a_workbook_has_the_digest_of_its_csv(rows: list[Payment]) -> None:
    data = write_payments(rows, "B-1")
    file, book = read_file(data), read_file(payments_workbook(data))
    assert (book.number, book.payments) == (file.number, file.payments) == ("B-1", rows)
    assert book.digest == file.digest == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("message", "blames"),
    [
        ("账户已销", True),
        ("收款人户名不符", True),
        ("Account closed", True),
        ("余额不足", False),
        ("", False),
        ("limit", False),
    ],
)
def test_a_reason_that_blames_the_account(message: str, blames: bool) -> None:
    assert blames_account(message) is blames


def test_columns_may_stand_in_any_order_and_are_read_by_their_names() -> None:
    data = '\ufeffOutcome,Message,Reference,Amount\npaid,好,P-1,"1,000.50"\n'.encode()
    assert read_results(data) == [(2, Result("P-1", 1000_50, PAID, "好"))]


def test_a_rehearsed_answer_pays_all_but_what_should_fail() -> None:
    rows = [result for _, result in read_results(answer(TWO, {"P-2": "closed"}))]
    assert [(row.reference, row.outcome, row.message) for row in rows] == [("P-1", PAID, ""), ("P-2", FAILED, "closed")]
