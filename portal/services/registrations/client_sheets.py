"""Clients in a spreadsheet, as the lines of a chat: a row is a line, whatever its columns are called."""

from commissions.refusal import Refusal

from ...adapters.sheets.tables import read_table

MOST_ROWS = 200
"""Rows that are looked at; more clients than that nobody brings in a day."""


def lines_of(data: bytes) -> str:
    """The rows of a CSV or XLSX file, a line each. It takes long; an edge calls it before its transaction begins.

    Raises Refusal, each at the field `file`: those of `read_table`, and `client_sheet_long` with `most`.
    """
    lines: list[str] = []
    try:
        for _number, cells in read_table(data):
            lines.append(" ; ".join(cell for cell in cells if cell.strip()))
            if len(lines) > MOST_ROWS:
                raise Refusal("client_sheet_long", most=MOST_ROWS)
    except Refusal as refusal:
        refusal.facts["field"] = "file"
        raise
    return "\n".join(lines)
