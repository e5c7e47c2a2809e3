"""The bank's files: payments out, results in. Their layout stands in docs/bank-files.md.

Payments are written as CSV in UTF-8 with a byte order mark, so that Excel reads Chinese in it, and as the same rows in
a workbook; both read back into the same rows. Results come as banks and spreadsheets save them, CSV in UTF-8 or
GB18030 or XLSX. One wrong cell refuses the whole file, by its row and column.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from commissions.money import format_fen, parse_yuan
from commissions.refusal import Refusal

from .sheets.spreadsheets import Sheet, csv_file, unquoted, workbook_file
from .sheets.tables import Row, read_table

PAYMENT_COLUMNS = ("reference", "payee", "bank", "account", "amount", "purpose")
RESULT_COLUMNS = ("reference", "amount", "outcome", "message")
TOTAL = "TOTAL"
"""What the last row of a payment file has for its reference: count and sum follow, to be checked against the rows."""
PAID, FAILED, RETURNED = "paid", "failed", "returned"
OUTCOMES = (PAID, FAILED, RETURNED)
OUTCOME_WORDS: Mapping[str, str] = {
    **{word: word for word in OUTCOMES},
    "成功": PAID,
    "交易成功": PAID,
    "失败": FAILED,
    "交易失败": FAILED,
    "退票": RETURNED,
    "退汇": RETURNED,
}
"""How banks call the three, in small letters."""

_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,24}")
_ACCOUNT = re.compile(r"[0-9]+")
_WIDTHS = (22, 32, 32, 26, 16, 32)
_ABOUT_THE_ACCOUNT = re.compile(
    r"账号|账户|户名|收款人|开户|销户|行号|\b(account|holder|payee|beneficiary|iban|name)\b", re.IGNORECASE
)
"""What a bank says when holder, number or branch are wrong."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One order to pay: `amount_fen` to an account, under a reference that the bank's answer repeats."""

    reference: str
    payee: str
    bank: str
    account: str
    amount_fen: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the bank's answer: what became of the payment of this reference."""

    reference: str
    amount_fen: int
    outcome: str
    message: str

    @property
    def digest(self) -> str:
        """What makes the row this row: SHA-256 over its four values."""
        text = "\0".join((self.reference, str(self.amount_fen), self.outcome, self.message))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """The bank's answer as it was read: its rows with their numbers, and the SHA-256 of the file."""

    rows: Sequence[tuple[int, Result]]
    digest: str


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A file of payments: its number, and what is to be paid."""

    number: str
    payments: list[Payment]

    @property
    def total_fen(self) -> int:
        return sum(payment.amount_fen for payment in self.payments)

    @property
    def digest(self) -> str:
        """SHA-256 of the file as CSV. A workbook with the same rows has the same one."""
        return hashlib.sha256(write_payments(self.payments, self.number)).hexdigest()


def write_payments(payments: Sequence[Payment], purpose: str) -> bytes:
    """The payment file: heading, a row a payment, and the control row (TOTAL, count, sum, `purpose`)."""
    rows = [[p.reference, p.payee, p.bank, p.account, format_fen(p.amount_fen), p.purpose] for p in payments]
    total = [TOTAL, str(len(payments)), "", "", format_fen(sum(p.amount_fen for p in payments)), purpose]
    return csv_file([PAYMENT_COLUMNS, *rows, total])


def read_payments(data: bytes) -> list[Payment]:
    """The payments of a file that `write_payments` or `payments_workbook` made. Raises as `read_file`."""
    return read_file(data).payments


def read_file(data: bytes) -> PaymentFile:
    """A payment file, CSV or XLSX, with its control row proven.

    Raises Refusal `bank_file_not_text`, `bank_file_columns`, `bank_file_cell` with `row` and `column`,
    `bank_file_total` when the control row is missing or differs from the rows, and for a workbook those of
    `tables.read_table`.
    """
    rows = list(_named(_workbook(data) if _is_workbook(data) else _text(data), PAYMENT_COLUMNS))
    payments, control = [_payment(number, cells) for number, cells in rows[:-1]], rows[-1:]
    total_fen = sum(payment.amount_fen for payment in payments)
    if [_control(number, cells) for number, cells in control] != [(TOTAL, str(len(payments)), total_fen)]:
        raise Refusal("bank_file_total")
    return PaymentFile(control[0][1]["purpose"], payments)


def payments_workbook(data: bytes) -> bytes:
    """A payment file as XLSX: the same rows, accounts as text, amounts as numbers with two decimals."""
    heading, *rows = (cells for _, cells in _text(data))
    amount = heading.index("amount")
    typed = ([*row[:amount], Decimal(row[amount]), *row[amount + 1 :]] for row in rows)
    return workbook_file(Sheet([heading, *typed], widths=_WIDTHS))


def write_results(results: Sequence[Result]) -> bytes:
    """A result file as the bank writes it."""
    rows = [[r.reference, format_fen(r.amount_fen), r.outcome, r.message] for r in results]
    return csv_file([RESULT_COLUMNS, *rows])


def read_answer(data: bytes) -> Answer:
    """The bank's answer, before anything is done with it: a workbook takes long. Raises as `read_results`."""
    return Answer(read_results(data), hashlib.sha256(data).hexdigest())


def read_results(data: bytes) -> list[tuple[int, Result]]:
    """The rows of the bank's answer, CSV or XLSX, each with its number in the file (the heading is row 1).

    Raises Refusal `bank_file_columns`, `bank_file_cell` with `row` and `column`, `bank_file_outcome` with `row` and the
    words that are known, and those of `tables.read_table`.
    """
    rows = _workbook(data) if _is_workbook(data) else read_table(data)
    return [(number, _result(number, cells)) for number, cells in _named(rows, RESULT_COLUMNS)]


def blames_account(message: str) -> bool:
    """Whether the bank's reason says that holder, number or branch of the account are wrong: mend them first."""
    return bool(_ABOUT_THE_ACCOUNT.search(message))


def answer(payments: Sequence[Payment], failing: Mapping[str, str]) -> bytes:
    """The answer of a bank that pays everything but `failing`, references with the reason: for rehearsals."""
    return write_results(
        [
            Result(
                payment.reference,
                payment.amount_fen,
                FAILED if payment.reference in failing else PAID,
                failing.get(payment.reference, ""),
            )
            for payment in payments
        ]
    )


def _payment(number: int, cells: Mapping[str, str]) -> Payment:
    fen = _fen(number, cells)
    if not _ACCOUNT.fullmatch(cells["account"]):  # a spreadsheet that saves a CSV makes 6.22E+18 of a long number
        raise Refusal("bank_file_cell", row=number, column="account")
    return Payment(cells["reference"], cells["payee"], cells["bank"], cells["account"], fen, cells["purpose"])


def _result(number: int, cells: Mapping[str, str]) -> Result:
    if not _REFERENCE.fullmatch(cells["reference"]):
        raise Refusal("bank_file_cell", row=number, column="reference")
    outcome = OUTCOME_WORDS.get(cells["outcome"].lower())
    if outcome is None:
        raise Refusal("bank_file_outcome", row=number, known=", ".join(OUTCOME_WORDS))
    return Result(cells["reference"], _fen(number, cells), outcome, cells["message"])


def _fen(number: int, cells: Mapping[str, str]) -> int:
    try:
        return parse_yuan(cells["amount"])
    except Refusal as refusal:
        raise Refusal("bank_file_cell", row=number, column="amount") from refusal


def _control(number: int, cells: Mapping[str, str]) -> tuple[str, str, int]:
    return cells["reference"], cells["payee"], _fen(number, cells)


def _named(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows under a heading that has these columns in any order, with their numbers; blank rows are left out."""
    unread = iter(rows)
    _, first = next(unread, (0, []))
    heading = [label.strip().lower() for label in first]
    if sorted(heading) != sorted(columns):
        raise Refusal("bank_file_columns", columns=", ".join(columns))
    for number, cells in unread:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(heading):
            raise Refusal("bank_file_cell", row=number, column=heading[min(len(cells), len(heading) - 1)])
        yield number, dict(zip(heading, (cell.strip() for cell in cells), strict=True))


def _text(data: bytes) -> Iterator[Row]:
    """The rows of a file that we wrote ourselves: nothing is guessed."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refusal("bank_file_not_text") from error
    for number, cells in enumerate(rows, 1):
        yield number, [unquoted(cell) for cell in cells]


def _is_workbook(data: bytes) -> bool:
    return data.startswith(b"PK")


def _workbook(data: bytes) -> Iterator[Row]:
    """The rows of a workbook; its empty cells at a row's end are cells too."""
    width = 0
    for number, cells in read_table(data):
        width = width or len(cells)
        yield number, cells + [""] * (width - len(cells))
