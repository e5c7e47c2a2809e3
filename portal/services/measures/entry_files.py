"""A file of figures that live elsewhere: read, told row by row, and entered as a whole when somebody says so.

Between the look at a file and the word to enter it, its good rows travel in the page, sealed: nothing is kept of a file
that nobody went on with.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from commissions.money import parse_yuan
from commissions.refusal import Refusal

from ...adapters.sheets.measure_file import MeasureRow, read_measures
from ...adapters.sheets.tables import is_formula, read_file
from ...rules.measures.board import COSTS, Measure
from ...session import Session
from ..messages.sealed_addresses import open_words, seal_words
from . import entries
from .entries import Entry, Line

_SEALED = "measures"
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})(?:月|[-/.]\d{1,2}(?: 00:00(?::00)?)?)?")

MEASURES: Mapping[str, Measure] = {
    "微信": Measure.WECHAT,
    "微信互动": Measure.WECHAT,
    "微信互动率": Measure.WECHAT,
    "wechat": Measure.WECHAT,
    "wechat interaction": Measure.WECHAT,
    "自媒体": Measure.OWN_MEDIA,
    "单条线索成本": Measure.OWN_MEDIA,
    "获客成本": Measure.OWN_MEDIA,
    "own media": Measure.OWN_MEDIA,
    "own_media": Measure.OWN_MEDIA,
    "cost per lead": Measure.OWN_MEDIA,
}
"""What a figure may be called in a file."""

FOR_ALL = ("", "全部", "所有楼盘", "全部楼盘", "all", "all developments")
"""How a file says that a row is of all developments together."""


def open_file(data: bytes) -> Sequence[MeasureRow]:
    """The rows of a file. It takes long; an edge calls it before its transaction begins.

    Raises Refusal, each at the field `file`: those of `read_file` and `read_measures`.
    """
    return read_file(data, read_measures)


def preview(session: Session, now: datetime, rows: Sequence[MeasureRow]) -> list[Line]:
    """What a file would do, row by row. Stores nothing."""
    places = entries.developments_by_name(session)
    return entries.preview(session, now, [(row.row, _read(row, places)) for row in rows])


def seal(session: Session, lines: Sequence[Line]) -> str:
    """The good rows as they travel in the page that shows them."""
    good = [line.entry for line in lines if line.entry is not None and line.refusal is None and not line.same]
    rows = [[one.development_id, one.month, str(one.measure), one.part, one.whole] for one in good]
    return seal_words(session, _SEALED, rows)


def unseal(session: Session, sealed: str) -> list[Entry]:
    """The rows that were looked at. Raises Refusal `measure_list_lost` for anything else."""
    lost = Refusal("measure_list_lost", field="file")
    return [
        Entry(development_id=key, month=month, measure=Measure(measure), part=part, whole=whole)
        for key, month, measure, part, whole in open_words(session, _SEALED, sealed, lost=lost)
    ]


def _read(row: MeasureRow, places: Mapping[str, int]) -> Entry | Refusal:
    """What a row enters, or why it cannot be read."""
    if any(is_formula(cell) for cell in (row.development, row.month, row.measure, row.part, row.whole)):
        return Refusal("measure_row_formula")
    everywhere = row.development.casefold() in FOR_ALL
    if not everywhere and row.development not in places:
        return Refusal("measure_row_development", name=row.development[:40])
    month = _MONTH.fullmatch(row.month)
    if month is None:
        return Refusal("measure_row_month", text=row.month[:40])
    measure = MEASURES.get(row.measure.casefold())
    if measure is None:
        return Refusal("measure_row_measure", text=row.measure[:40])
    try:
        part = parse_yuan(row.part) if measure in COSTS else _whole(row.part)
        return Entry(
            development_id=None if everywhere else places[row.development],
            month=f"{month[1]}-{int(month[2]):02}",
            measure=measure,
            part=part,
            whole=_whole(row.whole),
        )
    except (Refusal, ValueError):
        return Refusal("measure_row_number")


def _whole(text: str) -> int:
    digits = text.replace(",", "").replace("，", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        raise ValueError(text)
    return int(digits)
