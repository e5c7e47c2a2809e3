"""A look over a workbook's sheet before it is read: how far down anything stands in it, and that it is no more than a
table can be. It builds nothing, so it costs the same whatever the sheet claims of itself.
"""

from collections.abc import Mapping
from typing import IO
from xml.parsers.expat import ParserCreate

from commissions.refusal import Refusal

MOST_CELLS = 600_000
"""Of a sheet: ten thousand rows of sixty columns. Empty ones that only have a look are counted too."""
MOST_CELLS_OF_A_ROW = 20_000
"""A row has 16,384 columns at most; it is built as a whole."""

_FILLS = frozenset({"v", "f", "is"})
"""What makes a cell more than a frame: a value, a formula, a text of its own."""


def survey(sheet: IO[bytes]) -> int:
    """The number of the last row in which anything stands; 0 for an empty sheet.

    Raises Refusal `table_bomb` for too many cells, and `table_damaged` for what no spreadsheet writes; ExpatError for
    what is no XML.
    """
    looking = _Looking()
    parser = ParserCreate()
    parser.StartElementHandler = looking.begin
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    parser.ParseFile(sheet)
    return looking.last


class _Looking:
    def __init__(self) -> None:
        self.last = 0
        self._row = 0
        self._cells = 0
        self._cells_of_row = 0

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._cells_of_row = 0
        elif kind == "c":
            self._cells += 1
            self._cells_of_row += 1
            if self._cells > MOST_CELLS or self._cells_of_row > MOST_CELLS_OF_A_ROW:
                raise Refusal("table_bomb")
        elif kind in _FILLS:
            self.last = max(self.last, self._row)


def _refuse_doctype(*_named: object) -> None:
    raise Refusal("table_damaged")
