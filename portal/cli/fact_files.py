"""Files of facts that a rule is asked about from the shell: a table as CSV, and rules as TOML.

A bad file is one line that says where and what: `BadFile`. The callers print nothing else then, for half a result
looks like a whole one.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn, TypeVar

from commissions.refusal import Refusal

from ..clock import SHANGHAI, YEARS

MOST_BYTES = 512 * 1024 * 1024
"""No file is larger, so that none fills the memory: some four million rows."""

Row = TypeVar("Row")
Found = TypeVar("Found")

_PLACE = re.compile(r"([^\[.]+)(?:\[([0-9]+)\])?(?:\.(.+))?")
_WHOLE = re.compile(r"-?[0-9]{1,18}")


class BadFile(Exception):
    """A file that cannot be read: which, where in it, and what is wrong, as one line."""

    def __init__(self, path: Path, where: str, what: str) -> None:
        said = ": ".join(part for part in (str(path), where, what) if part)
        super().__init__(" ".join(said.splitlines()))


class BadCell(Exception):
    """A cell of a row that cannot be read."""

    def __init__(self, column: str, what: str) -> None:
        super().__init__(f"{column}: {what}")
        self.column = column
        self.what = what


# Tables


def rows_of(path: Path, known: Sequence[str], read: Callable[[Mapping[str, str]], Row]) -> Iterator[tuple[int, Row]]:
    """What `read` makes of each row's cells by column, with the row's number. Raises BadFile at the first fault."""
    for number, cells in _records(text_of(path), known, path):
        try:
            row = read(cells)
        except BadCell as fault:
            bad_row(path, number, fault.column, fault.what)
        yield number, row


def _records(text: str, known: Sequence[str], path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each record's cells by column, with the row it starts in (the heading is row 1); blank rows are skipped."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: Sequence[str] = ()
    row = 1
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if row == 1:
                columns = _checked_heading(cells, known, path)
            elif any(cells):
                _check_width(cells, columns, row, path)
                yield row, dict(zip(columns, cells, strict=True))
            row = reader.line_num + 1
    except csv.Error as error:
        before_quote = text.splitlines()[row - 1].partition('"')[0]
        bad_row(path, row, str(before_quote.count(",") + 1), f"not readable as CSV: {error}")
    if not columns:
        bad_row(path, 1, known[0], "the file is empty")


def _checked_heading(cells: Sequence[str], known: Sequence[str], path: Path) -> Sequence[str]:
    for number, cell in enumerate(cells, 1):
        if cell not in known:
            bad_row(path, 1, str(number), f"{quote(cell)} is not one of {', '.join(known)}")
        if cell in cells[: number - 1]:
            bad_row(path, 1, str(number), f"{cell} is there twice")
    for column in known:
        if column not in cells:
            bad_row(path, 1, column, "the column is missing")
    return cells


def _check_width(cells: Sequence[str], columns: Sequence[str], row: int, path: Path) -> None:
    if len(cells) < len(columns):
        bad_row(path, row, columns[len(cells)], f"the row ends after {len(cells)} of {len(columns)} cells")
    if len(cells) > len(columns):
        bad_row(path, row, str(len(columns) + 1), f"the row has {len(cells)} cells, not {len(columns)}")


def name(cells: Mapping[str, str], column: str) -> str:
    """A text that must be there. Raises BadCell, as all that reads a cell."""
    return cells[column] or wrong(column, "is empty")


def whole(cells: Mapping[str, str], column: str) -> int:
    """A whole number."""
    if not _WHOLE.fullmatch(cells[column]):
        wrong(column, f"{quote(cells[column])} is not a whole number of at most 18 digits")
    return int(cells[column])


def instant(cells: Mapping[str, str], column: str) -> datetime:
    """An instant with its offset, in Shanghai's time."""
    text = cells[column]
    try:
        read = datetime.fromisoformat(text)
        if read.tzinfo is None:
            wrong(column, f"{quote(text)} has no offset from UTC, such as +08:00")
        return read.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        wrong(column, f"{quote(text)} is not an ISO 8601 instant such as 2026-03-01T10:00:00+08:00")


def known_instant(cells: Mapping[str, str], column: str) -> datetime:
    """An instant with its offset in a year that the portal knows, in Shanghai's time."""
    at = instant(cells, column)
    if at.year not in YEARS:
        wrong(column, f"{cells[column]} is not within the years {YEARS[0]} to {YEARS[-1]}")
    return at


def one_of(cells: Mapping[str, str], column: str, known: Mapping[str, Found]) -> Found:
    """What one of some words means."""
    if cells[column] not in known:
        wrong(column, f"{quote(cells[column])} is not one of {', '.join(known)}")
    return known[cells[column]]


# Rules as TOML


def line_of(text: str, place: str) -> int | None:
    """The line of a place like ``tiers[2].up_to`` in a plan's text, or of the heading it belongs under.

    None when the text spells its tables some other way than under ``[[tiers]]`` headings.
    """
    match = _PLACE.fullmatch(place)
    if match is None:
        return None
    table, number, key = match.groups()
    lines = [re.sub(r"\s", "", line.partition("#")[0]) for line in text.splitlines()]
    headings = [at for at, line in enumerate(lines, 1) if line in (f"[[{table}]]", f"[{table}]")]
    if number is None:
        return headings[0] if headings else _line_of_key(lines, 0, table)
    if len(headings) < int(number):
        return None
    heading = headings[int(number) - 1]
    return _line_of_key(lines, heading, key) or heading


def _line_of_key(lines: Sequence[str], after: int, key: str | None) -> int | None:
    for at, line in enumerate(lines[after:], after + 1):
        if line.startswith("["):
            return None
        if line.startswith(f"{key}="):
            return at
    return None


def bad_rules(path: Path, text: str, refusal: Refusal, words: Mapping[str, str]) -> BadFile:
    """A text of rules that was refused, as one line; `words` by the refusal's code, with places for its facts."""
    place, column = str(refusal.facts["place"]), refusal.facts.get("column")
    line = refusal.facts.get("line") or line_of(text, place)
    row = f"row {line}, " if line else ""
    known = refusal.facts.get("known", ())
    listed = ", ".join(known) if isinstance(known, list) else ""
    what = words[refusal.code].format(**refusal.facts | {"known": listed})
    return BadFile(path, row + (f"column {column}" if column else f"key {place}"), what)


# Files and words


def text_of(path: Path) -> str:
    """A file's text. Raises BadFile: not to be read, too large, not UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadFile(path, "", error.strerror or "cannot be read") from error
    if len(data) > MOST_BYTES:
        raise BadFile(path, "", f"is larger than {MOST_BYTES // 1024 // 1024} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].rpartition(b"\n")[2]
        row = data.count(b"\n", 0, error.start) + 1
        column = before.count(b",") + 1 if path.suffix.lower() == ".csv" else len(before) + 1
        bad_row(path, row, str(column), "is not UTF-8 text")


def bad_row(path: Path, row: int, column: str, what: str) -> NoReturn:
    """Say that a row is wrong, and where in it."""
    raise BadFile(path, f"row {row}, column {column}", what)


def wrong(column: str, what: str) -> NoReturn:
    """Say that a cell is wrong."""
    raise BadCell(column, what)


def quote(text: str) -> str:
    """What was found, on one line, and not much of it."""
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
