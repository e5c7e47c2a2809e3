"""The file of deals and milestones: its columns, and what a row of it says.

The words of the columns stand in `deal_columns.toml` beside this file. The heading is the first row that names at
least the development and the unit: remarks and our own "Exported by …" may stand above it. The last column, the
reason, is ours: a report of refused rows has it, and reading passes over it.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

from commissions.money import parse_yuan
from commissions.plan import MILESTONES
from commissions.refusal import Refusal

from ...clock import SHANGHAI
from ...rules.deals.milestones import CANCELLED
from .tables import Row, is_formula

STEPS = (*MILESTONES, CANCELLED)
"""The columns that hold when a milestone was reached, in their order."""

REASON = "reason"
MOST_ROWS = 10_000
_LONGEST = {"name": 60, "unit": 40, "note": 500}
_HEADING_WITHIN = 30
"""Rows in which the heading must be found."""

# 年, 月 and 日 stand for themselves: a day can be typed in both ways
_WHEN = re.compile(
    "(\\d{4})[-/.\u5e74](\\d{1,2})[-/.\u6708](\\d{1,2})\u65e5?(?:[ T]+(\\d{1,2}):(\\d{2})(?::(\\d{2}))?)?"
)


@dataclass(frozen=True, slots=True)
class Span:
    """When something happened, as exactly as was typed: a day, a minute or a second. Half-open, in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class DealRow:
    """What a row says: which deal, and which milestones it reached. `price_fen` is None where none was typed."""

    development: str
    unit: str
    phone: str
    name: str
    price_fen: int | None
    steps: Mapping[str, Span]
    note: str

    def instants(self, now: datetime) -> dict[str, datetime]:
        """The instant of each milestone: the last one of what was typed, but not ahead of now, nor of a later
        milestone that was typed more exactly."""
        found, latest = {}, now
        for kind in reversed([step for step in STEPS if step in self.steps]):
            span = self.steps[kind]
            at = span.end - timedelta.resolution
            found[kind] = latest if at > latest and span.start <= latest else at
            latest = min(latest, found[kind])
        return found


@dataclass(frozen=True, slots=True)
class DealFile:
    """A file's rows by the columns' keys, and the headings that nobody understood."""

    rows: Sequence[tuple[int, Mapping[str, str]]]
    unknown: Sequence[str]


def columns() -> Sequence[str]:
    """The columns' keys in the order of the template, without the reason."""
    return [key for key in _words() if key != REASON]


def heading(key: str, language: str) -> str:
    """What a column is called, in Chinese (`zh`, `zh_Hans_CN`) or English."""
    word: str = _words()[key]["zh" if language.startswith("zh") else "en"]
    return word


def example(key: str) -> str:
    """A cell as it might be filled in."""
    word: str = _words()[key]["example"]
    return word


def read_deals(rows: Iterable[Row]) -> DealFile:
    """The rows under the heading.

    Raises Refusal `import_no_heading`, `import_heading_twice` with `heading`, `import_empty`, and `import_too_many`
    with `most`.
    """
    table = iter(rows)
    keys, unknown = _find_heading(table)
    found: list[tuple[int, Mapping[str, str]]] = []
    for number, cells in table:
        if cells[0].startswith("#"):
            continue
        known = {key: cell for key, cell in zip(keys, cells, strict=False) if key is not None and key != REASON}
        if any(known.values()):
            found.append((number, known))
        if len(found) > MOST_ROWS:
            raise Refusal("import_too_many", most=MOST_ROWS)
    if not found:
        raise Refusal("import_empty")
    return DealFile(found, unknown)


def read_row(cells: Mapping[str, str]) -> DealRow:
    """What a row says. A cell's text never stands in a refusal: it may be a person's.

    Raises Refusal, each with the `heading` of the column: `import_cell_formula`, `import_cell_missing`,
    `import_cell_long` with `most`, `import_cell_amount`, `import_cell_time`, `import_no_milestone`.
    """
    for key, text in cells.items():
        if is_formula(text):
            raise Refusal("import_cell_formula", heading=key)
        if len(text) > _LONGEST.get(key, len(text)):
            raise Refusal("import_cell_long", heading=key, most=_LONGEST[key])
    for key in ("development", "unit"):
        if not cells.get(key):
            raise Refusal("import_cell_missing", heading=key)
    steps = {key: _span(key, cells[key]) for key in STEPS if cells.get(key)}
    if not steps:
        raise Refusal("import_no_milestone")
    return DealRow(
        development=cells["development"],
        unit=cells["unit"],
        phone=unicodedata.normalize("NFKC", cells.get("phone", "")),
        name=cells.get("name", ""),
        price_fen=_fen(cells.get("price", "")),
        steps=steps,
        note=cells.get("note", ""),
    )


def _find_heading(rows: Iterable[Row]) -> tuple[list[str | None], list[str]]:
    for number, cells in rows:
        keys = [_keys().get(_folded(cell)) for cell in cells]
        if {"development", "unit"} <= set(keys):
            known = [key for key in keys if key is not None]
            if twice := next((key for key in known if known.count(key) > 1), None):
                raise Refusal("import_heading_twice", heading=twice)
            return keys, [cell for key, cell in zip(keys, cells, strict=True) if key is None and cell]
        if number >= _HEADING_WITHIN:
            break
    raise Refusal("import_no_heading")


def _fen(text: str) -> int | None:
    plain = unicodedata.normalize("NFKC", text).strip().lstrip("¥").strip()
    if not plain:
        return None
    try:
        return parse_yuan(plain)
    except Refusal as refusal:
        raise Refusal("import_cell_amount", heading="price") from refusal


def _span(key: str, text: str) -> Span:
    match = _WHEN.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        raise Refusal("import_cell_time", heading=key)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        start = datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)
        width = timedelta(seconds=1) if match[6] else timedelta(minutes=1) if match[4] else timedelta(days=1)
        return Span(start, start + width)
    except (ValueError, OverflowError) as error:
        raise Refusal("import_cell_time", heading=key) from error


def _folded(text: str) -> str:
    """A heading without what people vary: case, blanks, full-width signs, the star of a needed column."""
    return re.sub(r"[\s*]+", "", unicodedata.normalize("NFKC", text)).casefold()


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    words: dict[str, Mapping[str, str]] = tomllib.loads(
        files(__package__).joinpath("deal_columns.toml").read_text(encoding="utf-8")
    )
    return words


@cache
def _keys() -> Mapping[str, str]:
    """The column that a folded heading names."""
    return {_folded(word): key for key, one in _words().items() for word in (one["zh"], one["en"], *one["also"])}
