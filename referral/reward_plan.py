"""The reward plan as data: rungs, items, triggers; in and out of TOML.

What a referrer is promised is the developer's to change, so it is data that finance versions, like the
commission plan, and never an ``if`` in code. The two plans of rules 7.3 are given here as seeds.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from commissions.refusal import Refusal


class Audience(StrEnum):
    """Whom a plan is for."""

    HOMEOWNER = "homeowner"
    CITIZEN = "citizen"


class Kind(StrEnum):
    """What is given; it decides who hands it out, and whether it is taxed as cash or as goods."""

    CASH = "cash"
    VOUCHER = "voucher"
    FEE_RELIEF = "fee_relief"
    PARKING = "parking"


class Milestone(StrEnum):
    """What the friend's deal must reach."""

    SIGNED = "signed"
    LOAN_RELEASED = "loan_released"
    HANDED_OVER = "handed_over"


class AfterLast(StrEnum):
    """What a friend beyond the last rung earns."""

    REPEAT_LAST = "repeat_last"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing given: a sum (``value_fen``) or a span (``term_months``), named by a title key."""

    kind: Kind
    title: str
    value_fen: int | None = None
    term_months: int | None = None

    def __post_init__(self) -> None:
        sizes = [size for size in (self.value_fen, self.term_months) if size is not None]
        if len(sizes) != 1 or sizes[0] <= 0:
            raise Refusal("reward_plan_invalid", problem="item_size", title=self.title)
        if not self.title:
            raise Refusal("reward_plan_invalid", problem="item_title", title=self.title)


@dataclass(frozen=True, slots=True)
class Rung:
    """What the n-th friend brings, due ``delay_days`` after the deal's milestone."""

    number: int
    items: tuple[Item, ...]
    milestone: Milestone = Milestone.SIGNED
    delay_days: int = 0

    def __post_init__(self) -> None:
        if not self.items:
            raise Refusal("reward_plan_invalid", problem="rung_empty", rung=self.number)
        if self.delay_days < 0:
            raise Refusal("reward_plan_invalid", problem="delay_negative", rung=self.number)


@dataclass(frozen=True, slots=True)
class RewardPlan:
    """The ladder of one audience. Raises Refusal ``reward_plan_invalid`` (fact ``problem``) on a bad one."""

    name: str
    audience: Audience
    rungs: tuple[Rung, ...]
    after_last: AfterLast = AfterLast.REPEAT_LAST

    def __post_init__(self) -> None:
        if not self.name:
            raise Refusal("reward_plan_invalid", problem="name_missing")
        if not self.rungs:
            raise Refusal("reward_plan_invalid", problem="no_rungs")
        if [rung.number for rung in self.rungs] != list(range(1, len(self.rungs) + 1)):
            raise Refusal("reward_plan_invalid", problem="rungs_not_in_order")

    def rung_for(self, nth: int) -> Rung | None:
        """The rung of the n-th friend (from 1), or None when the ladder has ended."""
        if nth <= len(self.rungs):
            return self.rungs[nth - 1]
        return self.rungs[-1] if self.after_last is AfterLast.REPEAT_LAST else None


_Choice = TypeVar("_Choice", bound=StrEnum)

_FEE_RELIEF_YEAR = Item(Kind.FEE_RELIEF, "property_fee_relief", term_months=12)

HOMEOWNER_LADDER = RewardPlan(
    name="homeowner ladder",
    audience=Audience.HOMEOWNER,
    rungs=(
        Rung(1, (_FEE_RELIEF_YEAR,), Milestone.SIGNED, delay_days=30),
        Rung(2, (Item(Kind.VOUCHER, "appliance_voucher", value_fen=1_000_000),), Milestone.HANDED_OVER),
        Rung(3, (Item(Kind.PARKING, "parking_space", term_months=24),), Milestone.SIGNED),
    ),
)

CITIZEN_BROKER = RewardPlan(
    name="citizen broker",
    audience=Audience.CITIZEN,
    rungs=(Rung(1, (Item(Kind.CASH, "referral_bonus", value_fen=2_000_000), _FEE_RELIEF_YEAR), Milestone.SIGNED),),
)


def plan_from_toml(text: str) -> RewardPlan:
    """Read a plan. Raises Refusal ``reward_plan_invalid``; its facts say what is wrong and where."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refusal("reward_plan_invalid", problem="not_toml", detail=str(error)) from error
    _known(table, {"name", "audience", "after_last", "rungs"}, "plan")
    return RewardPlan(
        name=_text(table, "name", "plan"),
        audience=_choice(Audience, table, "audience", "plan"),
        rungs=tuple(_rung(number, rung) for number, rung in enumerate(_tables(table, "rungs", "plan"), start=1)),
        after_last=_choice(AfterLast, table, "after_last", "plan", AfterLast.REPEAT_LAST),
    )


def plan_to_toml(plan: RewardPlan) -> str:
    """Write a plan so that ``plan_from_toml`` reads the same one back."""
    lines = [
        f"name = {_quoted(plan.name)}",
        f"audience = {_quoted(plan.audience)}",
        f"after_last = {_quoted(plan.after_last)}",
    ]
    for rung in plan.rungs:
        lines += [
            "",
            "[[rungs]]",
            f"milestone = {_quoted(rung.milestone)}",
            f"delay_days = {rung.delay_days}",
        ]
        for item in rung.items:
            size = f"term_months = {item.term_months}" if item.value_fen is None else f"value_fen = {item.value_fen}"
            lines += [
                "[[rungs.items]]",
                f"kind = {_quoted(item.kind)}",
                f"title = {_quoted(item.title)}",
                size,
            ]
    return "\n".join(lines) + "\n"


def _rung(number: int, table: Mapping[str, object]) -> Rung:
    where = f"rung {number}"
    _known(table, {"milestone", "delay_days", "items"}, where)
    return Rung(
        number=number,
        items=tuple(_item(item, where) for item in _tables(table, "items", where)),
        milestone=_choice(Milestone, table, "milestone", where),
        delay_days=_whole(table, "delay_days", where) or 0,
    )


def _item(table: Mapping[str, object], where: str) -> Item:
    _known(table, {"kind", "title", "value_fen", "term_months"}, where)
    return Item(
        kind=_choice(Kind, table, "kind", where),
        title=_text(table, "title", where),
        value_fen=_whole(table, "value_fen", where),
        term_months=_whole(table, "term_months", where),
    )


def _known(table: Mapping[str, object], keys: set[str], where: str) -> None:
    """A misspelt key would otherwise be a promise silently left out."""
    unknown = sorted(table.keys() - keys)
    if unknown:
        raise Refusal("reward_plan_invalid", problem="unknown_key", where=where, key=unknown[0])


def _text(table: Mapping[str, object], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise Refusal("reward_plan_invalid", problem="not_text", where=where, key=key)
    return value


def _whole(table: Mapping[str, object], key: str, where: str) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal("reward_plan_invalid", problem="not_whole_number", where=where, key=key)
    return value


def _choice(
    choices: type[_Choice], table: Mapping[str, object], key: str, where: str, default: _Choice | None = None
) -> _Choice:
    value = table.get(key, default)
    if not isinstance(value, str) or value not in list(choices):
        raise Refusal("reward_plan_invalid", problem="not_a_choice", where=where, key=key)
    return choices(value)


def _tables(table: Mapping[str, object], key: str, where: str) -> list[Mapping[str, object]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Refusal("reward_plan_invalid", problem="not_tables", where=where, key=key)
    return value


def _quoted(text: str) -> str:
    """A TOML basic string. JSON's escapes are a subset of TOML's; TOML also wants U+007F escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
