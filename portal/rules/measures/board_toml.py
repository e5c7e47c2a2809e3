"""A board as a text: what staff read, change and publish with a second person (`given.toml` is what stands until then).

Raised are Refusals: measure_board_syntax (with line and column), measure_board_wrong (with the place and what is
expected there) and measure_board_weights (with their sum).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from commissions import toml_text
from commissions.refusal import Refusal

from .board import COSTS, HIGH, LOW, Aim, Board, Measure

MOST_BPS = 10_000
MOST_FEN = 100_000_000
MOST_PERCENT = 200
"""The high edge of a score: twice the target."""

_NUMBER = re.compile(r"(\d{1,7})(?:\.(\d{1,2}))?")
_KEYS = ("target", "weight", "low", "high")


def given_text() -> str:
    """The board of the owner's handbook, as the text that it is kept in."""
    return resources.files(__package__).joinpath("given.toml").read_text(encoding="utf-8")


def board_from_toml(text: str) -> Board:
    """The board that a text describes: all four measures, whose weights sum to 100."""
    try:
        document = toml_text.load(text)
    except toml_text.NotToml as fault:
        raise Refusal("measure_board_syntax", line=fault.line, column=fault.column) from fault
    _check_keys(document, [str(measure) for measure in Measure], "")
    aims = {measure: _aim(measure, document.get(measure)) for measure in Measure}
    if (weights := sum(aim.weight for aim in aims.values())) != 100:
        raise Refusal("measure_board_weights", sum=weights)
    return Board(aims)


def board_to_toml(board: Board) -> str:
    """Write a board so that `board_from_toml` reads an equal one back."""
    parts = []
    for measure, aim in board.aims.items():
        rows = [f"[{measure}]", f'target = "{target_text(measure, aim.target)}"']
        parts.append("\n".join([*rows, *(f"{key} = {getattr(aim, key)}" for key in _KEYS[1:])]) + "\n")
    return "\n".join(parts)


def target_text(measure: Measure, target: int) -> str:
    """A target as it is typed: `20%`, `12.5%`, `500`."""
    whole, rest = divmod(target, 100)
    said = f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)
    return said if measure in COSTS else f"{said}%"


def read_target(measure: Measure, text: str) -> int | None:
    """The target that a text says, in basis points or fen; None where it says none."""
    said = unicodedata.normalize("NFKC", text).strip().replace(",", "")
    number = _NUMBER.fullmatch(said if measure in COSTS else said.removesuffix("%").rstrip())
    if number is None:
        return None
    target = 100 * int(number[1]) + int((number[2] or "").ljust(2, "0"))
    return target if 0 < target <= (MOST_FEN if measure in COSTS else MOST_BPS) else None


def _aim(measure: Measure, table: object) -> Aim:
    if not isinstance(table, dict):
        raise _wrong(f"[{measure}]", "a table")
    _check_keys(table, _KEYS, f"{measure}.")
    place = f"{measure}.target"
    said = table.get("target")
    target = read_target(measure, said) if isinstance(said, str) else None
    if target is None:
        raise _wrong(place, '"500"' if measure in COSTS else '"20%"')
    numbers = {key: _number(f"{measure}.{key}", table.get(key), *_LIMITS[key]) for key in _KEYS[1:]}
    return Aim(target, **numbers)


_LIMITS: Mapping[str, tuple[int, int, int | None]] = {
    "weight": (0, 100, None),
    "low": (0, 100, LOW),
    "high": (100, MOST_PERCENT, HIGH),
}


def _number(place: str, said: Any, least: int, most: int, default: int | None) -> int:
    said = default if said is None else said
    if not isinstance(said, int) or isinstance(said, bool) or not least <= said <= most:
        raise _wrong(place, f"{least} … {most}")
    return said


def _check_keys(table: Mapping[str, Any], known: Sequence[str], place: str) -> None:
    for key in table:
        if key not in known:
            raise _wrong(place + key, ", ".join(known))


def _wrong(place: str, expected: str) -> Refusal:
    return Refusal("measure_board_wrong", place=place, expected=expected)
