"""A file of the board's figures as it arrives: the development, the month, which figure, and its two sides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from commissions.refusal import Refusal

from .headings import rows_below_heading
from .tables import Row

MOST_ROWS = 2_000

_WORDS = {
    "development": ("楼盘", "项目", "development"),
    "month": ("月份", "month"),
    "measure": ("指标", "measure"),
    "part": ("分子", "互动人数或花费（元）", "part", "interactions or cost (yuan)"),
    "whole": ("分母", "粉丝数或线索数", "whole", "followers or leads"),
}
"""What the columns may be called, in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """What a row says; each may be empty. `row` is the spreadsheet's number of it."""

    row: int
    development: str
    month: str
    measure: str
    part: str
    whole: str


def read_measures(rows: Iterable[Row]) -> Sequence[MeasureRow]:
    """The rows under the heading.

    Raises Refusal, each at the field `file`: `measure_list_heading`, `measure_list_empty`, `measure_list_long` with
    `most`.
    """
    said = rows_below_heading(rows, _WORDS, ({"month", "measure", "part", "whole"},))
    if said is None:
        raise Refusal("measure_list_heading", field="file")
    found = [MeasureRow(row, **cells) for row, cells in islice(said, MOST_ROWS + 1)]
    if len(found) > MOST_ROWS:
        raise Refusal("measure_list_long", field="file", most=MOST_ROWS)
    if not found:
        raise Refusal("measure_list_empty", field="file")
    return found
