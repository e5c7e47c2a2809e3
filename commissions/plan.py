"""Plans (佣金方案): what an agency's deals earn, as values that cannot exist in a broken state.

A plan is built from a form, a row or a TOML file, and every way in passes the same checks: a gap or an
overlap between tiers, a missing open last tier and shares that miss 100 % are refused, each by its own
code and with the place that is wrong (``tiers[2].up_to``), so that an editor can mark the field.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NoReturn, Self, TypeVar

from commissions.calendar import Window
from commissions.money import WHOLE_BPS
from commissions.refusal import Refusal

MILESTONES = ("subscribed", "signed", "loan_released", "handed_over")
"""A deal's milestones in their order (rules, section 1); an instalment falls due at one of them."""

Choice = TypeVar("Choice", bound=StrEnum)


class Mode(StrEnum):
    """Whose rank sets a deal's rate: its own (graduated), or the window's count (volume, 跳点)."""

    GRADUATED = "graduated"
    VOLUME = "volume"


class Scope(StrEnum):
    """Which deals of an agency are counted together: those of one development, or all."""

    DEVELOPMENT = "development"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of the ladder (阶梯), up to and including rank ``up_to``; None leaves it open.

    Pays either ``rate_bps`` of the price or ``fixed_fen`` a deal, and may grant a ``benefit`` once per
    window. ``start`` is the first rank; leave it out and the tier starts where the one before ended.
    """

    up_to: int | None = None
    rate_bps: int | None = None
    fixed_fen: int | None = None
    benefit: str | None = None
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """The share of a commission, in basis points, that falls due at a milestone."""

    milestone: str
    share_bps: int


AT_SIGNING = (Instalment("signed", WHOLE_BPS),)


@dataclass(frozen=True)
class Plan:
    """One version of a plan (rules 5.1, 5.2). Values only; the dates it is in force are the portal's.

    Raises Refusal when built from anything that breaks the rules:
    ``plan_value``, ``plan_tier_pay``, ``plan_tier_gap``, ``plan_tier_overlap``, ``plan_no_open_tier``,
    ``plan_shares``, ``plan_milestone_twice``; from TOML also ``plan_syntax``, ``plan_unknown_key``
    and ``plan_missing_key``. Each carries ``place``.
    """

    name: str
    tiers: tuple[Tier, ...]
    mode: Mode = Mode.GRADUATED
    window: Window = Window.MONTH
    scope: Scope = Scope.DEVELOPMENT
    instalments: tuple[Instalment, ...] = AT_SIGNING

    def __post_init__(self) -> None:
        _check_text(self.name, "name")
        _check_tiers(self.tiers)
        _check_instalments(self.instalments)

    @cached_property
    def shares_bps(self) -> tuple[int, ...]:
        """The shares of the instalments, in their order."""
        return tuple(instalment.share_bps for instalment in self.instalments)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The first rank of every tier: 1, 6, 11 in the standard plan."""
        return (1, *(tier.up_to + 1 for tier in self.tiers if tier.up_to is not None))

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """The plan that a TOML text describes; unknown keys are refused, so a typo cannot change pay."""
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            _refuse_syntax(text, str(error))
        _check_keys(document, {"name", "mode", "window", "scope", "tiers", "instalments"}, {"name", "tiers"}, "")
        return cls(
            name=document["name"],
            tiers=tuple(_tier(table, place) for table, place in _tables(document, "tiers")),
            mode=_choice(Mode, document.get("mode", Mode.GRADUATED), "mode"),
            window=_choice(Window, document.get("window", Window.MONTH), "window"),
            scope=_choice(Scope, document.get("scope", Scope.DEVELOPMENT), "scope"),
            instalments=tuple(_instalment(table, place) for table, place in _tables(document, "instalments"))
            if "instalments" in document
            else AT_SIGNING,
        )

    def to_toml(self) -> str:
        """The plan as the TOML that `from_toml` reads back to an equal plan."""
        head = {"name": self.name, "mode": self.mode, "window": self.window, "scope": self.scope}
        blocks = ["".join(_toml_line(key, value) for key, value in head.items())]
        blocks += [_toml_table("tiers", _tier_entries(tier)) for tier in self.tiers]
        for instalment in self.instalments:
            due: dict[str, str | int | None] = {"milestone": instalment.milestone}
            blocks.append(_toml_table("instalments", due | {"share_bps": instalment.share_bps}))
        return "\n".join(blocks)


# Checks of the values


def _check_tiers(tiers: Sequence[Tier]) -> None:
    if not tiers:
        raise Refusal("plan_no_open_tier", place="tiers")
    expected: int | None = 1
    for number, tier in enumerate(tiers, 1):
        place = f"tiers[{number}]"
        _check_pay(tier, place)
        expected = _check_span(tier, expected, place)
    if expected is not None:
        raise Refusal("plan_no_open_tier", place=f"tiers[{len(tiers)}].up_to")


def _check_span(tier: Tier, expected: int | None, place: str) -> int | None:
    """The rank that the next tier must start at, None behind an open one."""
    if tier.up_to is not None:
        _check_int(tier.up_to, f"{place}.up_to", least=1)
    if expected is None:
        raise Refusal("plan_tier_overlap", place=place, reason="the tier before is open")
    if tier.start is not None:
        _check_int(tier.start, f"{place}.from", least=1)
        if tier.start != expected:
            code = "plan_tier_gap" if tier.start > expected else "plan_tier_overlap"
            raise Refusal(code, place=f"{place}.from", start=tier.start, expected=expected)
    if tier.up_to is None:
        return None
    if tier.up_to < expected:
        raise Refusal("plan_tier_overlap", place=f"{place}.up_to", up_to=tier.up_to, expected=expected)
    return tier.up_to + 1


def _check_pay(tier: Tier, place: str) -> None:
    if (tier.rate_bps is None) == (tier.fixed_fen is None):
        raise Refusal("plan_tier_pay", place=place)
    if tier.rate_bps is not None:
        _check_int(tier.rate_bps, f"{place}.rate_bps", least=0, most=WHOLE_BPS)
    if tier.fixed_fen is not None:
        _check_int(tier.fixed_fen, f"{place}.fixed_fen", least=0)
    if tier.benefit is not None:
        _check_text(tier.benefit, f"{place}.benefit")


def _check_instalments(instalments: Sequence[Instalment]) -> None:
    seen: set[str] = set()
    for number, instalment in enumerate(instalments, 1):
        place = f"instalments[{number}]"
        if instalment.milestone not in MILESTONES:
            _refuse_value(f"{place}.milestone", instalment.milestone, " | ".join(MILESTONES))
        if instalment.milestone in seen:
            raise Refusal("plan_milestone_twice", place=f"{place}.milestone", milestone=instalment.milestone)
        seen.add(instalment.milestone)
        _check_int(instalment.share_bps, f"{place}.share_bps", least=1, most=WHOLE_BPS)
    total_bps = sum(instalment.share_bps for instalment in instalments)
    if total_bps != WHOLE_BPS:
        raise Refusal("plan_shares", place="instalments", total_bps=total_bps)


def _check_int(value: object, place: str, *, least: int, most: int = 10**15) -> None:
    if type(value) is not int or not least <= value <= most:  # a bool is an int to isinstance
        _refuse_value(place, value, f"a whole number from {least} to {most}")


def _check_text(value: object, place: str) -> None:
    if not isinstance(value, str) or not value.strip():
        _refuse_value(place, value, "a text")


def _refuse_value(place: str, value: object, expected: str) -> NoReturn:
    raise Refusal("plan_value", place=place, value=value, expected=expected)


# TOML in


def _tier(table: Mapping[str, object], place: str) -> Tier:
    _check_keys(table, {"from", "up_to", "rate_bps", "fixed_fen", "benefit"}, set(), place)
    return Tier(**{"start" if key == "from" else key: value for key, value in table.items()})  # type: ignore[arg-type]  # the plan checks the types of all values


def _instalment(table: Mapping[str, object], place: str) -> Instalment:
    _check_keys(table, {"milestone", "share_bps"}, {"milestone", "share_bps"}, place)
    return Instalment(**table)  # type: ignore[arg-type]  # the plan checks the types of all values


def _tables(document: Mapping[str, object], key: str) -> list[tuple[Mapping[str, object], str]]:
    tables = document[key]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        _refuse_value(key, tables, f"tables headed [[{key}]]")
    return [(table, f"{key}[{number}]") for number, table in enumerate(tables, 1)]


def _choice(choices: type[Choice], value: object, place: str) -> Choice:
    for choice in choices:
        if choice == value:
            return choice
    _refuse_value(place, value, " | ".join(choices))


def _check_keys(table: Mapping[str, object], known: set[str], needed: set[str], place: str) -> None:
    within = f"{place}." if place else ""
    for key in table:
        if key not in known:
            raise Refusal("plan_unknown_key", place=f"{within}{key}", known=sorted(known))
    for key in sorted(needed - set(table)):
        raise Refusal("plan_missing_key", place=f"{within}{key}")


def _refuse_syntax(text: str, problem: str) -> NoReturn:
    """Say where TOML broke off; its parser tells it only inside the sentence, or that it was the end."""
    match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", problem)
    if match and match[1]:
        line, column = int(match[1]), int(match[2])
    else:
        lines = text.splitlines() or [""]
        line, column = len(lines), len(lines[-1]) + 1
    reason = problem[: match.start()] if match else problem
    raise Refusal("plan_syntax", place=f"line {line}, column {column}", line=line, column=column, reason=reason)


# TOML out


def _tier_entries(tier: Tier) -> dict[str, str | int | None]:
    return {
        "from": tier.start,
        "up_to": tier.up_to,
        "rate_bps": tier.rate_bps,
        "fixed_fen": tier.fixed_fen,
        "benefit": tier.benefit,
    }


def _toml_table(header: str, entries: Mapping[str, str | int | None]) -> str:
    lines = (_toml_line(key, value) for key, value in entries.items() if value is not None)
    return f"[[{header}]]\n{''.join(lines)}"


def _toml_line(key: str, value: str | int) -> str:
    # A JSON string is a TOML basic string, but for DEL, which JSON leaves bare and TOML forbids.
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else str(value)
    return f"{key} = {text}\n"


STANDARD = """\
name = "standard"
mode = "graduated"
window = "month"
scope = "development"

[[tiers]]
up_to = 5
rate_bps = 180

[[tiers]]
up_to = 10
rate_bps = 250

[[tiers]]
rate_bps = 300
benefit = "overseas trip"

[[instalments]]
milestone = "signed"
share_bps = 10000
"""
"""The standard plan, as given (rules 5.1)."""
