"""What a development's loans are held to: banks with their usual days, the papers, and what a late loan brings.

Data that staff change, as a TOML text with a second person (`given.toml` is what stands until then). Raised are
Refusals: loan_terms_syntax (with line and column) and loan_terms_wrong (with the place).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, TypeVar

from commissions import toml_text
from commissions.refusal import Refusal

Made = TypeVar("Made", "Bank", "Paper")

LONGEST_NAME = 40
MOST_ROWS = 60
MOST_DAYS = 720
MOST_MONTHS = 120
MOST_YUAN = 10_000_000

_DAYS = re.compile(r"(\d{1,3})\s*[-–~至]\s*(\d{1,3})")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank, and within how many days after complete papers it usually releases the money."""

    name: str
    from_days: int
    to_days: int

    @property
    def days(self) -> str:
        """`20-30`, as the text has it."""
        return f"{self.from_days}-{self.to_days}"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that a loan wants, by its code, and what it is called."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`papers_days`, `sign_days`: until when after the subscription papers are complete, and the contract is signed.
    `grace_days`: so much later than the bank's usual days the compensation is offered: the property fee of
    `compensation_months`, worth `compensation_yuan`; 0 months: none is. `keep_days`: until when a compensation is kept.
    `alone_yuan`: a promise of more takes two people. `remind_days`: so long before an end somebody is told."""

    banks: tuple[Bank, ...]
    papers: tuple[Paper, ...]
    papers_days: int = 12
    sign_days: int = 15
    grace_days: int = 7
    compensation_months: int = 12
    compensation_yuan: int = 3600
    keep_days: int = 30
    alone_yuan: int = 5000
    remind_days: int = 3

    def bank(self, name: str) -> Bank | None:
        """The bank of this name."""
        return next((one for one in self.banks if one.name == name), None)


_LIMITS: Mapping[str, tuple[int, int]] = {
    "papers_days": (1, MOST_DAYS),
    "sign_days": (1, MOST_DAYS),
    "grace_days": (0, MOST_DAYS),
    "compensation_months": (0, MOST_MONTHS),
    "compensation_yuan": (0, MOST_YUAN),
    "keep_days": (1, MOST_DAYS),
    "alone_yuan": (0, MOST_YUAN),
    "remind_days": (0, MOST_DAYS),
}
NUMBERS = tuple(_LIMITS)
"""The settings that are whole numbers."""


def given_text() -> str:
    """The terms of the owner's handbooks, as the text that they are kept in."""
    return resources.files(__package__).joinpath("given.toml").read_text(encoding="utf-8")


def terms_from_toml(text: str) -> Terms:
    """The terms that a text describes; a number that it does not say has its default."""
    try:
        document = toml_text.load(text)
    except toml_text.NotToml as fault:
        raise Refusal("loan_terms_syntax", line=fault.line, column=fault.column) from fault
    _check_keys(document, {*_LIMITS, "banks", "papers"}, "")
    numbers = {key: _number(key, document[key]) for key in _LIMITS if key in document}
    banks = _rows(document, "banks", {"name", "days"}, _bank)
    papers = _rows(document, "papers", {"code", "zh", "en"}, _paper)
    _check_once("banks", "name", [bank.name for bank in banks])
    _check_once("papers", "code", [paper.code for paper in papers])
    return Terms(banks=banks, papers=papers, **numbers)


def terms_to_toml(terms: Terms) -> str:
    """Write terms so that `terms_from_toml` reads equal ones back."""
    lines = [f"{name} = {getattr(terms, name)}" for name in _LIMITS]
    for bank in terms.banks:
        lines += ["", "[[banks]]", f"name = {_quoted(bank.name)}", f"days = {_quoted(bank.days)}"]
    for paper in terms.papers:
        lines += ["", "[[papers]]", *(f"{key} = {_quoted(getattr(paper, key))}" for key in ("code", "zh", "en"))]
    return "".join(f"{line}\n" for line in lines)


def _bank(place: str, row: Mapping[str, Any]) -> Bank:
    match = _DAYS.fullmatch(str(row.get("days", "")).strip())
    if match is None or not 0 < int(match[1]) <= int(match[2]) <= MOST_DAYS:
        raise _wrong(f"{place}.days")
    return Bank(_text(f"{place}.name", row.get("name")), int(match[1]), int(match[2]))


def _paper(place: str, row: Mapping[str, Any]) -> Paper:
    code = row.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise _wrong(f"{place}.code")
    zh = _text(f"{place}.zh", row.get("zh"))
    return Paper(code, zh, _text(f"{place}.en", row.get("en", zh)))


def _rows(
    document: Mapping[str, Any], name: str, keys: set[str], make: Callable[[str, Mapping[str, Any]], Made]
) -> tuple[Made, ...]:
    rows = document.get(name)
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ROWS:
        raise _wrong(name)
    made = []
    for number, row in enumerate(rows, start=1):
        place = f"{name}[{number}]"
        if not isinstance(row, dict):
            raise _wrong(place)
        _check_keys(row, keys, f"{place}.")
        made.append(make(place, row))
    return tuple(made)


def _number(key: str, value: Any) -> int:
    least, most = _LIMITS[key]
    if type(value) is not int or not least <= value <= most:
        raise _wrong(key)
    return value


def _text(place: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST_NAME:
        raise _wrong(place)
    return value.strip()


def _check_keys(found: Mapping[str, Any], known: set[str], before: str) -> None:
    for key in found:
        if key not in known:
            raise _wrong(f"{before}{key}")


def _check_once(name: str, key: str, values: Sequence[str]) -> None:
    for number, value in enumerate(values, start=1):
        if value in values[: number - 1]:
            raise _wrong(f"{name}[{number}].{key}")


def _wrong(place: str) -> Refusal:
    return Refusal("loan_terms_wrong", place=place)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
