"""A list of clients as a salesperson keeps it: which columns count, whatever they are called and whatever is beside."""

from collections.abc import Iterable, Sequence
from itertools import islice

from commissions.refusal import Refusal

from .headings import rows_below_heading
from .tables import Row

MOST_ROWS = 500

_WORDS = {
    "name": ("姓名", "客户姓名", "客户", "称呼", "name", "client", "full name"),
    "phone": ("手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "phone", "phone number", "mobile"),
    "needs": ("需求", "客户需求", "购房需求", "意向", "needs"),
    "last": ("最近跟进", "最后跟进", "上次跟进", "跟进记录", "最近联系", "last contact"),
    "tags": ("标签", "tags"),
    "grade": ("等级", "客户等级", "级别", "grade"),
    "note": ("备注", "说明", "note", "notes"),
}
"""What the columns may be called, in Chinese and in English."""


def read_clients(rows: Iterable[Row]) -> Sequence[dict[str, str]]:
    """The rows under the heading, by the keys of `_WORDS`; each may be empty. `row` is the spreadsheet's number of it.

    Raises Refusal, each at the field `file`: care_list_heading, care_list_empty, care_list_long with `most`.
    """
    said = rows_below_heading(rows, _WORDS, ({"name", "phone"},))
    if said is None:
        raise Refusal("care_list_heading", field="file")
    found = [{"row": str(row)} | cells for row, cells in islice(said, MOST_ROWS + 1)]
    if len(found) > MOST_ROWS:
        raise Refusal("care_list_long", field="file", most=MOST_ROWS)
    if not found:
        raise Refusal("care_list_empty", field="file")
    return found
