"""A company's list of employees as it arrives: which columns count, and what its rows say.

The heading is the first row that names a column of phones, or one of staff numbers and one of names. What stands above
it, and every other column, is passed over: a list says more of its people than we want to know.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from commissions.refusal import Refusal

from .headings import rows_below_heading
from .tables import Row

MOST_ROWS = 5_000

_WORDS = {
    "phone": ("手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "phone", "phone number", "mobile"),
    "number": ("工号", "员工号", "员工编号", "staff number", "staff no", "employee number", "employee id", "staff id"),
    "name": ("姓名", "员工姓名", "名字", "name", "full name", "employee name"),
}
"""What the columns may be called, in Chinese and in English."""

_ENOUGH = ({"phone"}, {"number", "name"})


@dataclass(frozen=True, slots=True)
class EmployeeRow:
    """What a row says: a phone, a staff number, a name; each may be empty. `row` is the spreadsheet's number of it."""

    row: int
    phone: str
    number: str
    name: str


def read_employees(rows: Iterable[Row]) -> Sequence[EmployeeRow]:
    """The rows under the heading.

    Raises Refusal, each at the field `file`: `employee_list_heading`, `employee_list_empty`, `employee_list_long` with
    `most`.
    """
    said = rows_below_heading(rows, _WORDS, _ENOUGH)
    if said is None:
        raise Refusal("employee_list_heading", field="file")
    found = [EmployeeRow(row, **cells) for row, cells in islice(said, MOST_ROWS + 1)]
    if len(found) > MOST_ROWS:
        raise Refusal("employee_list_long", field="file", most=MOST_ROWS)
    if not found:
        raise Refusal("employee_list_empty", field="file")
    return found
