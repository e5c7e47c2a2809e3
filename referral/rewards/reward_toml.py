"""The reward plan as a text: what finance reads, sends to a colleague, and publishes.

A text that is no plan is refused at its place: the facts of the Refusal name the rung or the gift, and the key.
"""

import json
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar, overload

from commissions.refusal import Refusal
from referral.rewards.reward_plan import (
    GIFT_DAYS,
    VOUCHER_DAYS,
    AfterLast,
    Audience,
    Event,
    Gift,
    Item,
    Kind,
    Milestone,
    RewardPlan,
    Rung,
    Stacking,
)

_Choice = TypeVar("_Choice", bound=StrEnum)

_PLAN_KEYS = {
    "name",
    "audience",
    "after_last",
    "stacking",
    "most_friends",
    "most_cash_fen",
    "voucher_days",
    "rungs",
    "gifts",
}


def plan_from_toml(text: str) -> RewardPlan:
    """Read a plan. Raises Refusal ``reward_plan_invalid``; its facts say what is wrong and where."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number too long for Python, and brackets too deep
        raise Refusal("reward_plan_invalid", problem="not_toml", detail=str(error)) from error
    _known(table, _PLAN_KEYS, "plan")
    rungs, gifts = _tables(table, "rungs", "plan"), _tables(table, "gifts", "plan")
    return RewardPlan(
        name=_text(table, "name", "plan"),
        audience=_choice(Audience, table, "audience", "plan"),
        rungs=tuple(_rung(number, rung) for number, rung in enumerate(rungs, start=1)),
        after_last=_choice(AfterLast, table, "after_last", "plan", AfterLast.REPEAT_LAST),
        stacking=_choice(Stacking, table, "stacking", "plan", Stacking.OWN_RUNG),
        most_friends=_whole(table, "most_friends", "plan"),
        most_cash_fen=_whole(table, "most_cash_fen", "plan"),
        voucher_days=_whole(table, "voucher_days", "plan", VOUCHER_DAYS),
        gifts=tuple(_gift(number, gift) for number, gift in enumerate(gifts, start=1)),
    )


def plan_to_toml(plan: RewardPlan) -> str:
    """Write a plan so that ``plan_from_toml`` reads the same one back."""
    lines = [
        f"name = {_quoted(plan.name)}",
        f"audience = {_quoted(plan.audience)}",
        f"after_last = {_quoted(plan.after_last)}",
        f"stacking = {_quoted(plan.stacking)}",
        *_given("most_friends", plan.most_friends),
        *_given("most_cash_fen", plan.most_cash_fen),
        f"voucher_days = {plan.voucher_days}",
    ]
    for rung in plan.rungs:
        lines += ["", "[[rungs]]", f"milestone = {_quoted(rung.milestone)}", f"delay_days = {rung.delay_days}"]
        lines += _item_lines("rungs.items", rung.items)
    for gift in plan.gifts:
        lines += ["", "[[gifts]]", f"event = {_quoted(gift.event)}", f"valid_days = {gift.valid_days}"]
        lines += _given("most", gift.most) + _item_lines("gifts.items", gift.items)
    return "\n".join(lines) + "\n"


def _item_lines(table: str, items: tuple[Item, ...]) -> list[str]:
    lines = []
    for item in items:
        lines += [f"[[{table}]]", f"kind = {_quoted(item.kind)}", f"title = {_quoted(item.title)}"]
        lines += _given("value_fen", item.value_fen) + _given("term_months", item.term_months)
    return lines


def _given(key: str, value: int | None) -> list[str]:
    return [] if value is None else [f"{key} = {value}"]


def _rung(number: int, table: Mapping[str, object]) -> Rung:
    where = f"rung {number}"
    _known(table, {"milestone", "delay_days", "items"}, where)
    return Rung(
        number=number,
        items=tuple(_item(item, where) for item in _tables(table, "items", where)),
        milestone=_choice(Milestone, table, "milestone", where),
        delay_days=_whole(table, "delay_days", where, 0),
    )


def _gift(number: int, table: Mapping[str, object]) -> Gift:
    where = f"gift {number}"
    _known(table, {"event", "valid_days", "most", "items"}, where)
    return Gift(
        event=_choice(Event, table, "event", where),
        items=tuple(_item(item, where) for item in _tables(table, "items", where)),
        valid_days=_whole(table, "valid_days", where, GIFT_DAYS),
        most=_whole(table, "most", where),
    )


def _item(table: Mapping[str, object], where: str) -> Item:
    _known(table, {"kind", "title", "value_fen", "term_months"}, where)
    try:
        return Item(
            kind=_choice(Kind, table, "kind", where),
            title=_text(table, "title", where),
            value_fen=_whole(table, "value_fen", where),
            term_months=_whole(table, "term_months", where),
        )
    except Refusal as refusal:
        refusal.facts.setdefault("where", where)
        raise


def _known(table: Mapping[str, object], keys: set[str], where: str) -> None:
    """A misspelt key would otherwise be a promise silently left out."""
    unknown = sorted(table.keys() - keys)
    if unknown:
        raise Refusal("reward_plan_invalid", problem="unknown_key", where=where, key=unknown[0])


def _text(table: Mapping[str, object], key: str, where: str) -> str:
    """A text without the spaces around it, which nobody sees."""
    value = table.get(key)
    if not isinstance(value, str):
        raise Refusal("reward_plan_invalid", problem="not_text", where=where, key=key)
    return value.strip()


@overload
def _whole(table: Mapping[str, object], key: str, where: str) -> int | None: ...


@overload
def _whole(table: Mapping[str, object], key: str, where: str, default: int) -> int: ...


def _whole(table: Mapping[str, object], key: str, where: str, default: int | None = None) -> int | None:
    value = table.get(key, default)
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
