"""A list of homeowners as it arrives: whom an invitation goes to, and where the home is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from commissions.refusal import Refusal

from .headings import rows_below_heading
from .tables import Row

MOST_ROWS = 500

_WORDS = {
    "name": ("姓名", "业主姓名", "业主", "客户姓名", "name", "full name", "owner"),
    "phone": ("手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "phone", "phone number", "mobile"),
    "home": ("房号", "门牌号", "房间号", "单元号", "house number", "home", "unit"),
}
"""What the columns may be called, in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class HomeownerRow:
    """What a row says; each may be empty. `row` is the spreadsheet's number of it."""

    row: int
    name: str
    phone: str
    home: str


def read_homeowners(rows: Iterable[Row]) -> Sequence[HomeownerRow]:
    """The rows under the heading.

    Raises Refusal, each at the field `file`: `homeowner_list_heading`, `homeowner_list_empty`, `homeowner_list_long`
    with `most`.
    """
    said = rows_below_heading(rows, _WORDS, ({"name", "phone"},))
    if said is None:
        raise Refusal("homeowner_list_heading", field="file")
    found = [HomeownerRow(row, **cells) for row, cells in islice(said, MOST_ROWS + 1)]
    if len(found) > MOST_ROWS:
        raise Refusal("homeowner_list_long", field="file", most=MOST_ROWS)
    if not found:
        raise Refusal("homeowner_list_empty", field="file")
    return found
