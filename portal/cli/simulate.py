"""`portal simulate`: rate a file of deals under a plan file, with the very code that rates real ones.

A bad file gets one line on standard error that says where and what, exit status 2, and nothing on
standard output: half a result looks like a whole one.
"""

import csv
import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from commissions.calendar import SHANGHAI
from commissions.plan import Plan
from commissions.rating import Deal, explain, rate
from commissions.refusal import Refusal

from ..adapters.spreadsheets import csv_text

COLUMNS = ("deal_id", "agency", "development", "signed_at", "price_fen", "cancelled_at")
OUTPUT = ("deal_id", "window", "rank", "rate_bps", "commission_fen", "benefit", "why")
THE_PLAN = "plan"  # one plan rates the whole file

_PLACE = re.compile(r"([^\[.]+)(?:\[([0-9]+)\])?(?:\.(.+))?")
_WHOLE = re.compile(r"-?[0-9]{1,18}")


class BadFile(Exception):
    """A file that cannot be rated: which, where in it, and what is wrong, as one line."""

    def __init__(self, path: Path, where: str, what: str) -> None:
        said = ": ".join(part for part in (str(path), where, what) if part)
        super().__init__(" ".join(said.splitlines()))


class BadCell(Exception):
    """A cell of a deal that cannot be read."""

    def __init__(self, column: str, what: str) -> None:
        super().__init__(f"{column}: {what}")
        self.column = column
        self.what = what


@click.command()
@click.option("--plan", "plan_path", required=True, metavar="PLAN.toml", type=Path, help="The plan to rate by.")
@click.option("--deals", "deals_path", required=True, metavar="DEALS.csv", type=Path, help="The deals to rate.")
def simulate(plan_path: Path, deals_path: Path) -> None:
    """Rate a file of deals under a plan and print what each earns, as CSV.

    DEALS.csv is UTF-8 with the columns deal_id, agency, development, signed_at, price_fen and
    cancelled_at, in any order. Instants are ISO 8601 with offset; cancelled_at is empty for a live deal.
    One line a deal comes out, in the order they came in. A cancelled deal has no rank and earns 0. Where
    a tier pays a fixed sum, rate_bps is empty.
    """
    try:
        plan = load_plan(plan_path)
        deals = load_deals(deals_path)
    except BadFile as fault:
        click.echo(f"Error: {fault}", err=True)
        sys.exit(2)
    click.echo(report(deals, plan), nl=False)


def report(deals: Sequence[Deal], plan: Plan) -> str:
    """The CSV of what ``deals`` earn under ``plan``, with its heading, lines ending in a bare newline."""
    rows: list[Sequence[object]] = [OUTPUT]
    for deal, rated in zip(deals, rate(deals, {THE_PLAN: plan}), strict=True):
        why = explain(deal, rated, plan).sentence()
        rows.append([rated.deal_id, rated.window, rated.rank, rated.rate_bps, rated.commission_fen, rated.benefit, why])
    return csv_text(rows, newline="\n")


# The plan file


def load_plan(path: Path) -> Plan:
    """The plan in a TOML file. Raises BadFile with the line where it can be told."""
    text = _text_of(path)
    try:
        return Plan.from_toml(text)
    except Refusal as refusal:
        place = str(refusal.facts["place"])
        line = refusal.facts.get("line") or line_of(text, place)
        row = f"row {line}, " if line else ""
        spot = f"column {refusal.facts['column']}" if refusal.code == "plan_syntax" else f"key {place}"
        raise BadFile(path, f"{row}{spot}", _plan_fault(refusal)) from refusal


def line_of(text: str, place: str) -> int | None:
    """The line of a place like ``tiers[2].up_to`` in a plan's text, or of the heading it belongs under.

    None when the text spells its tables some other way than under ``[[tiers]]`` headings.
    """
    match = _PLACE.fullmatch(place)
    if match is None:
        return None
    table, number, key = match.groups()
    lines = [re.sub(r"\s", "", line.partition("#")[0]) for line in text.splitlines()]
    headings = [at for at, line in enumerate(lines, 1) if line == f"[[{table}]]"]
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


PLAN_FAULTS = {
    "plan_syntax": "{reason}",
    "plan_unknown_key": "no such key; known here: {known}",
    "plan_missing_key": "is missing",
    "plan_value": "is {value!r}, not {expected}",
    "plan_tier_pay": "a tier pays either rate_bps or fixed_fen",
    "plan_tier_gap": "leaves a gap: starts at rank {start}, but rank {expected} comes next",
    "plan_tier_overlap": "overlaps the tier before",
    "plan_no_open_tier": "the last tier must be open, without up_to",
    "plan_shares": "the shares sum to {total_bps} basis points, not 10000",
    "plan_milestone_twice": "{milestone} already has an instalment",
}


def _plan_fault(refusal: Refusal) -> str:
    known = refusal.facts.get("known", ())
    listed = ", ".join(known) if isinstance(known, list) else ""
    return PLAN_FAULTS[refusal.code].format(**refusal.facts | {"known": listed})


# The deals file


def load_deals(path: Path) -> list[Deal]:
    """The deals in a CSV file, in its order. Raises BadFile at the first fault."""
    deals: list[Deal] = []
    first_row: dict[int, int] = {}
    for row, cells in _records(_text_of(path), path):
        try:
            deal = _deal(cells)
            if deal.deal_id in first_row:
                _wrong("deal_id", f"{deal.deal_id} is already in row {first_row[deal.deal_id]}")
        except BadCell as fault:
            _bad_row(path, row, fault.column, fault.what)
        first_row[deal.deal_id] = row
        deals.append(deal)
    return deals


def _records(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each record's cells by column, with the row it starts in (the heading is row 1); blank rows are skipped."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: Sequence[str] = ()
    row = 1
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if row == 1:
                columns = _checked_heading(cells, path)
            elif any(cells):
                _check_width(cells, columns, row, path)
                yield row, dict(zip(columns, cells, strict=True))
            row = reader.line_num + 1
    except csv.Error as error:
        before_quote = text.splitlines()[row - 1].partition('"')[0]
        _bad_row(path, row, str(before_quote.count(",") + 1), f"not readable as CSV: {error}")
    if not columns:
        _bad_row(path, 1, COLUMNS[0], "the file is empty")


def _checked_heading(cells: Sequence[str], path: Path) -> Sequence[str]:
    for number, cell in enumerate(cells, 1):
        if cell not in COLUMNS:
            _bad_row(path, 1, str(number), f"{_quote(cell)} is not one of {', '.join(COLUMNS)}")
        if cell in cells[: number - 1]:
            _bad_row(path, 1, str(number), f"{cell} is there twice")
    for column in COLUMNS:
        if column not in cells:
            _bad_row(path, 1, column, "the column is missing")
    return cells


def _check_width(cells: Sequence[str], columns: Sequence[str], row: int, path: Path) -> None:
    if len(cells) < len(columns):
        _bad_row(path, row, columns[len(cells)], f"the row ends after {len(cells)} of {len(columns)} cells")
    if len(cells) > len(columns):
        _bad_row(path, row, str(len(columns) + 1), f"the row has {len(cells)} cells, not {len(columns)}")


def _deal(cells: Mapping[str, str]) -> Deal:
    signed_at = _instant(cells, "signed_at")
    cancelled_at = _instant(cells, "cancelled_at") if cells["cancelled_at"] else None
    if cancelled_at is not None and cancelled_at < signed_at:
        _wrong("cancelled_at", "is before signed_at")
    price_fen = _whole(cells, "price_fen")
    if price_fen < 0:
        _wrong("price_fen", f"{price_fen} is negative")
    return Deal(
        deal_id=_whole(cells, "deal_id"),
        agency=_name(cells, "agency"),
        development=_name(cells, "development"),
        signed_at=signed_at,
        price_fen=price_fen,
        plan=THE_PLAN,
        cancelled_at=cancelled_at,
    )


def _name(cells: Mapping[str, str], column: str) -> str:
    return cells[column] or _wrong(column, "is empty")


def _whole(cells: Mapping[str, str], column: str) -> int:
    if not _WHOLE.fullmatch(cells[column]):
        _wrong(column, f"{_quote(cells[column])} is not a whole number of at most 18 digits")
    return int(cells[column])


def _instant(cells: Mapping[str, str], column: str) -> datetime:
    text = cells[column]
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            _wrong(column, f"{_quote(text)} has no offset from UTC, such as +08:00")
        return instant.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        _wrong(column, f"{_quote(text)} is not an ISO 8601 instant such as 2026-03-01T10:00:00+08:00")


# Files and words


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(path, "", error.strerror or "cannot be read") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].rpartition(b"\n")[2]
        row = data.count(b"\n", 0, error.start) + 1
        column = before.count(b",") + 1 if path.suffix.lower() == ".csv" else len(before) + 1
        _bad_row(path, row, str(column), "is not UTF-8 text")


def _bad_row(path: Path, row: int, column: str, what: str) -> NoReturn:
    raise BadFile(path, f"row {row}, column {column}", what)


def _wrong(column: str, what: str) -> NoReturn:
    raise BadCell(column, what)


def _quote(text: str) -> str:
    """What was found, on one line, and not much of it."""
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
