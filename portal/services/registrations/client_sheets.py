"""Clients in a spreadsheet, as the lines of a chat: a row is a line, whatever its columns are called."""

from collections.abc import Iterable
from itertools import islice

from commissions.refusal import Refusal

from ...adapters.sheets.tables import Row, read_file

MOST_ROWS = 200
"""Rows that are looked at; more clients than that nobody brings in a day."""


def lines_of(data: bytes) -> str:
    """The rows of a CSV or XLSX file, a line each. It takes long; an edge calls it before its transaction begins.

    Raises Refusal, each at the field `file`: those of `read_file`, and `client_sheet_long` with `most`.
    """
    return "\n".join(read_file(data, _lines))


def _lines(rows: Iterable[Row]) -> list[str]:
    lines = [" ; ".join(cell for cell in cells if cell.strip()) for _number, cells in islice(rows, MOST_ROWS + 1)]
    if len(lines) > MOST_ROWS:
        raise Refusal("client_sheet_long", most=MOST_ROWS)
    return lines
