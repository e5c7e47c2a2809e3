"""Plans (佣金方案): what an agency's deals earn, as values that cannot exist in a broken state.

A plan is built from a form, a row or a TOML file, and every way in passes the same checks: a gap or an
overlap between tiers, a missing open last tier and shares that miss 100 % are refused, each by its own
code and with the place that is wrong (``tiers[2].up_to``), so that an editor can mark the field.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Self, TypeVar

from commissions import toml_text
from commissions.calendar import Window
from commissions.money import MOST_FEN, WHOLE_BPS, half_up
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


class SplitCounts(StrEnum):
    """How a deal that two agencies have a part in is counted by each: as a whole deal, or by the part."""

    FULL = "full"
    SHARE = "share"


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
    """One version of a plan (rules 4.4, 5.1, 5.2). Values only; the dates it is in force are the portal's.

    ``cap_fen`` is the most that one deal may earn, whatever its tier pays; None: no cap. ``fine_fen`` is what a
    strike costs the agency, None: nothing. ``forfeiture`` (飞单): the deal of a fake showing earns nothing.
    ``split_counts``: how a deal in parts is counted.

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
    cap_fen: int | None = None
    fine_fen: int | None = None
    forfeiture: bool = True
    split_counts: SplitCounts = SplitCounts.FULL

    def __post_init__(self) -> None:
        for fault in self._faults():
            raise fault

    def _faults(self) -> Iterator[Refusal]:
        yield from _text_faults(self.name, "name")
        yield from tier_faults(self.tiers)
        yield from instalment_faults(self.instalments)
        for place, value in (("cap_fen", self.cap_fen), ("fine_fen", self.fine_fen)):
            if value is not None:
                yield from _int_faults(value, place, least=1)
        yield from _truth_faults(self.forfeiture, "forfeiture")

    def pay_fen(self, tier: Tier, price_fen: int) -> int:
        """What a tier of this plan pays for a deal of this price, capped."""
        paid_fen = (tier.fixed_fen or 0) if tier.rate_bps is None else half_up(price_fen, tier.rate_bps)
        return paid_fen if self.cap_fen is None else min(paid_fen, self.cap_fen)

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
            document = toml_text.load(text)
        except toml_text.NotToml as fault:
            place, line, column = fault.place, fault.line, fault.column
            raise Refusal("plan_syntax", place=place, line=line, column=column, reason=fault.reason) from fault
        _check_keys(document, {"name", "tiers", "instalments", *_CHOICES, *_TERMS}, {"name", "tiers"}, "")
        return cls(
            name=document["name"],
            tiers=tuple(_tier(table, place) for table, place in _tables(document, "tiers")),
            mode=_choice(Mode, document.get("mode", Mode.GRADUATED), "mode"),
            window=_choice(Window, document.get("window", Window.MONTH), "window"),
            scope=_choice(Scope, document.get("scope", Scope.DEVELOPMENT), "scope"),
            split_counts=_choice(SplitCounts, document.get("split_counts", SplitCounts.FULL), "split_counts"),
            instalments=tuple(_instalment(table, place) for table, place in _tables(document, "instalments"))
            if "instalments" in document
            else AT_SIGNING,
            **{key: document[key] for key in _TERMS if key in document},  # the plan checks the types of all values
        )

    def to_toml(self) -> str:
        """The plan as the TOML that `from_toml` reads back to an equal plan."""
        head = {"name": self.name, "mode": self.mode, "window": self.window, "scope": self.scope}
        if self.split_counts is not SplitCounts.FULL:
            head["split_counts"] = self.split_counts
        head |= {key: getattr(self, key) for key, usual in _TERMS.items() if getattr(self, key) != usual}
        blocks = ["".join(_toml_line(key, value) for key, value in head.items())]
        blocks += [_toml_table("tiers", _tier_entries(tier)) for tier in self.tiers]
        for instalment in self.instalments:
            due: dict[str, str | int | None] = {"milestone": instalment.milestone}
            blocks.append(_toml_table("instalments", due | {"share_bps": instalment.share_bps}))
        return "\n".join(blocks)


# Checks of the values: every fault, in the order of the plan; building a plan raises the first


def tier_faults(tiers: Sequence[Tier]) -> Iterator[Refusal]:
    """All that is wrong with a ladder, each with its place: for an editor, which marks every field."""
    if not tiers:
        yield Refusal("plan_no_open_tier", place="tiers")
        return
    expected: int | None = 1
    for number, tier in enumerate(tiers, 1):
        place = f"tiers[{number}]"
        yield from _pay_faults(tier, place)
        faults = [*_span_faults(tier, expected, place)]
        yield from faults
        expected = _next_rank(tier, expected)
    if expected is not None and not any(fault.facts["place"] == f"{place}.up_to" for fault in faults):
        yield Refusal("plan_no_open_tier", place=f"{place}.up_to")


def _span_faults(tier: Tier, expected: int | None, place: str) -> Iterator[Refusal]:
    """What is wrong with a tier's ranks, where it ought to start at ``expected``; None: behind an open one."""
    if tier.up_to is not None and (wrong := [*_int_faults(tier.up_to, f"{place}.up_to", least=1)]):
        yield from wrong
        return
    if expected is None:
        yield Refusal("plan_tier_overlap", place=place, reason="the tier before is open")
        return
    if tier.start is not None:
        if wrong := [*_int_faults(tier.start, f"{place}.from", least=1)]:
            yield from wrong
            return
        if tier.start != expected:
            code = "plan_tier_gap" if tier.start > expected else "plan_tier_overlap"
            yield Refusal(code, place=f"{place}.from", start=tier.start, expected=expected)
    if tier.up_to is not None and tier.up_to < expected:
        yield Refusal("plan_tier_overlap", place=f"{place}.up_to", up_to=tier.up_to, expected=expected)


def _next_rank(tier: Tier, expected: int | None) -> int | None:
    """The rank that the next tier must start at, None behind an open one; a broken bound moves nothing."""
    if tier.up_to is None:
        return None
    if type(tier.up_to) is not int:
        return expected
    return max(tier.up_to + 1, expected or 1)


def _pay_faults(tier: Tier, place: str) -> Iterator[Refusal]:
    if (tier.rate_bps is None) == (tier.fixed_fen is None):
        yield Refusal("plan_tier_pay", place=place)
        return
    if tier.rate_bps is not None:
        yield from _int_faults(tier.rate_bps, f"{place}.rate_bps", least=0, most=WHOLE_BPS)
    if tier.fixed_fen is not None:
        yield from _int_faults(tier.fixed_fen, f"{place}.fixed_fen", least=0)
    if tier.benefit is not None:
        yield from _text_faults(tier.benefit, f"{place}.benefit")


def doubts(tiers: Sequence[Tier]) -> Iterator[Refusal]:
    """What holds and is seldom meant, each with its place: for who writes the plan and for who publishes it.

    ``plan_pays_nothing`` for a step of 0 %; ``plan_pays_less`` for one that pays less than the step before it, so that
    selling more earns less a deal.
    """
    before: Tier | None = None
    for number, tier in enumerate(tiers, 1):
        place = f"tiers[{number}]"
        if tier.rate_bps == 0 or tier.fixed_fen == 0:
            yield Refusal("plan_pays_nothing", place=place, step=number)
        elif before is not None and _falls(before, tier):
            yield Refusal("plan_pays_less", place=place, step=number)
        before = tier


def _falls(before: Tier, tier: Tier) -> bool:
    if before.rate_bps is not None and tier.rate_bps is not None:
        return tier.rate_bps < before.rate_bps
    return before.fixed_fen is not None and tier.fixed_fen is not None and tier.fixed_fen < before.fixed_fen


def instalment_faults(instalments: Sequence[Instalment]) -> Iterator[Refusal]:
    """All that is wrong with the instalments, each with its place."""
    seen: set[str] = set()
    total_bps = 0
    for number, instalment in enumerate(instalments, 1):
        place = f"instalments[{number}]"
        if instalment.milestone not in MILESTONES:
            yield _value_fault(f"{place}.milestone", instalment.milestone, " | ".join(MILESTONES))
        elif instalment.milestone in seen:
            yield Refusal("plan_milestone_twice", place=f"{place}.milestone", milestone=instalment.milestone)
        else:
            seen.add(instalment.milestone)
        wrong = [*_int_faults(instalment.share_bps, f"{place}.share_bps", least=1, most=WHOLE_BPS)]
        yield from wrong
        total_bps += 0 if wrong else instalment.share_bps
    if total_bps != WHOLE_BPS:
        yield Refusal("plan_shares", place="instalments", total_bps=total_bps)


def _int_faults(value: object, place: str, *, least: int, most: int = MOST_FEN) -> Iterator[Refusal]:
    if type(value) is not int or not least <= value <= most:  # a bool is an int to isinstance
        yield _value_fault(place, value, f"a whole number from {least} to {most}")


def _text_faults(value: object, place: str) -> Iterator[Refusal]:
    if not isinstance(value, str) or not value.strip():
        yield _value_fault(place, value, "a text")


def _truth_faults(value: object, place: str) -> Iterator[Refusal]:
    if not isinstance(value, bool):
        yield _value_fault(place, value, "true | false")


def _value_fault(place: str, value: object, expected: str) -> Refusal:
    return Refusal("plan_value", place=place, value=value, expected=expected)


# TOML in

_CHOICES = ("mode", "window", "scope", "split_counts")
_TERMS: dict[str, int | bool | None] = {"cap_fen": None, "fine_fen": None, "forfeiture": True}
"""What a plan need not say, and what it means when it does not."""


def _tier(table: Mapping[str, object], place: str) -> Tier:
    _check_keys(table, {"from", "up_to", "rate_bps", "fixed_fen", "benefit"}, set(), place)
    return Tier(**{"start" if key == "from" else key: value for key, value in table.items()})  # type: ignore[arg-type]  # the plan checks the types of all values


def _instalment(table: Mapping[str, object], place: str) -> Instalment:
    _check_keys(table, {"milestone", "share_bps"}, {"milestone", "share_bps"}, place)
    return Instalment(**table)  # type: ignore[arg-type]  # the plan checks the types of all values


def _tables(document: Mapping[str, object], key: str) -> list[tuple[Mapping[str, object], str]]:
    tables = document[key]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise _value_fault(key, tables, f"tables headed [[{key}]]")
    return [(table, f"{key}[{number}]") for number, table in enumerate(tables, 1)]


def _choice(choices: type[Choice], value: object, place: str) -> Choice:
    for choice in choices:
        if choice == value:
            return choice
    raise _value_fault(place, value, " | ".join(choices))


def _check_keys(table: Mapping[str, object], known: set[str], needed: set[str], place: str) -> None:
    within = f"{place}." if place else ""
    for key in table:
        if key not in known:
            raise Refusal("plan_unknown_key", place=f"{within}{key}", known=sorted(known))
    for key in sorted(needed - set(table)):
        raise Refusal("plan_missing_key", place=f"{within}{key}")


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


def _toml_line(key: str, value: str | int | bool) -> str:
    # A JSON value is a TOML one, but for DEL in a string, which JSON leaves bare and TOML forbids.
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
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
