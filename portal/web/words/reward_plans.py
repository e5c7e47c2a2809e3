"""A reward plan in plain words, and what is wrong with a text that is none."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from commissions.refusal import Refusal
from referral.rewards.reward_plan import (
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
from referral.rewards.what_if import Sum

from ...models import RewardPlanDraft, RewardPlanVersion
from ..components import money
from .rewards import AUDIENCES, in_one

PLANS_FOR: Mapping[Audience, Any] = AUDIENCES


def whose(row: RewardPlanVersion | RewardPlanDraft) -> str:
    """For whom a plan is, and where."""
    whom = str(PLANS_FOR[Audience(row.audience)])
    return (
        whom if row.development is None else _("%(whom)s, %(development)s", whom=whom, development=row.development.name)
    )


def title(version: RewardPlanVersion) -> str:
    """A version by its name."""
    return _("%(name)s, version %(version)s", name=whose(version), version=version.version)


_WHEN: Mapping[Milestone, Any] = {
    Milestone.SIGNED: _l("at the signing"),
    Milestone.LOAN_RELEASED: _l("when the loan is released"),
    Milestone.HANDED_OVER: _l("at the handover"),
}

EVENTS: Mapping[Event, Any] = {
    Event.SCAN: _l("For a scan at the stand"),
    Event.VISIT: _l("For a friend's first visit"),
    Event.LEAD: _l("For a new number that is left at the stand"),
}

KINDS: Mapping[Kind, Any] = {
    Kind.CASH: _l("Cash (yuan)"),
    Kind.VOUCHER: _l("Voucher for goods (yuan)"),
    Kind.FEE_RELIEF: _l("Property fee waived (months)"),
    Kind.PARKING: _l("Free parking (months)"),
}
"""What a step can give, and what its size is counted in."""

AFTER_LAST: Mapping[AfterLast, Any] = {
    AfterLast.REPEAT_LAST: _l("The last step again, for every further friend"),
    AfterLast.NOTHING: _l("Nothing"),
}

STACKING: Mapping[Stacking, Any] = {
    Stacking.OWN_RUNG: _l("A friend brings the items of the own step alone"),
    Stacking.ALL_RUNGS: _l("A friend brings the items of all steps so far"),
}

EDITOR: Mapping[str, Any] = {
    "kind": _l("Choose what is given."),
    "sum": _l("Enter an amount in yuan above zero, such as 10000."),
    "months": _l("Enter whole months, such as 12 for a year."),
    "term_too_long": _l("Enter at most 840 months: that is seventy years."),
    "item_title": _l("Choose a title, or type one."),
    "two_titles": _l("There are two titles now: choose “Own title” beside it, or leave this empty."),
    "item_title_long": _l("A title has at most 40 signs."),
    "not_one_line": _l("Write it on one line."),
    "delay_negative": _l("Enter whole days from 0 to 3650."),
    "days": _l("Enter whole days from 1 to 3650."),
    "count": _l("Enter a whole number above zero, or nothing."),
    "cap": _l("Enter an amount in yuan above zero, or nothing."),
    "too_large": _l("No sum in a plan is larger than 9,999,999.99 yuan, and no number than 999,999,999."),
    "programme_rungs": _l("A programme has gifts alone: remove the steps of the ladder, or choose somebody else."),
    "gift_twice": _l("This has a gift already. Put its items there."),
}
"""What a field of the editor asks for, and what a plan's problem says there."""

_PROBLEMS: Mapping[str, Any] = {
    "not_toml": _l("the text cannot be read: %(detail)s"),
    "unknown_key": _l("%(where)s: nobody knows the word %(key)s"),
    "not_text": _l("%(where)s: %(key)s must be a text"),
    "not_whole_number": _l("%(where)s: %(key)s must be a whole number"),
    "not_a_choice": _l("%(where)s: %(key)s is none of the words that are known"),
    "not_tables": _l("%(where)s: %(key)s must be a list of tables"),
    "item_size": _l(
        "%(where)s: the item %(title)s needs a value (value_fen) or, for a fee relief or parking, a time (term_months)"
    ),
    "item_title": _l("%(where)s: an item has no title"),
    "item_title_long": _l("%(where)s: a title has at most 40 signs"),
    "rung_empty": _l("step %(rung)s gives nothing"),
    "delay_negative": _l("step %(rung)s: the delay must lie between 0 and 3650 days"),
    "gift_in_rung": _l("step %(rung)s: a gift follows a scan or a visit, not a purchase; call it a voucher"),
    "gift_empty": _l("the gift for %(event)s holds nothing"),
    "gift_too_large": _l("the gift for %(event)s: only gifts may be given before there is a purchase"),
    "gift_days": _l("the gift for %(event)s must be good for 1 to 3650 days"),
    "gift_twice": _l("an event has two gifts; put their items into one"),
    "cap_not_positive": _l("a cap must be larger than nothing"),
    "voucher_days": _l("a voucher must be good for 1 to 3650 days"),
    "name_missing": _l("it has no name"),
    "no_rungs": _l("it has no step"),
    "programme_rungs": _l("nobody earns by a programme's friends: it has gifts and no steps"),
    "not_one_line": _l("a name and a title stand on one line, without signs that nobody sees"),
    "too_many": _l("a plan has at most 20 steps, and a step or a gift at most 10 items"),
    "too_large": _l("%(key)s is larger than 999999999"),
    "term_too_long": _l("the item %(title)s is given for more than 840 months"),
    "rungs_not_in_order": _l("its steps are not numbered from 1"),
}
"""What `referral.rewards.reward_plan` and `referral.rewards.reward_toml` find wrong."""


def fault(refusal: Refusal) -> str:
    """What is wrong with a text, at its place."""
    problem = str(refusal.facts.get("problem", ""))
    facts = {"where": _("the plan"), **{name: str(fact) for name, fact in refusal.facts.items()}}
    said = str(_PROBLEMS[problem]) % facts if problem in _PROBLEMS else problem
    return _("This reward plan cannot be used: %(problem)s.", problem=said)


def when(rung: Rung) -> str:
    """When a step's items are due."""
    if not rung.delay_days:
        return str(_WHEN[rung.milestone])
    later = ngettext("%(num)d day later", "%(num)d days later", rung.delay_days)
    return f"{_WHEN[rung.milestone]}, {later}"


def gives(items: Iterable[Item]) -> str:
    """All that is given, in a row."""
    return " + ".join(in_one(item) for item in items)


def steps(plan: RewardPlan) -> list[dict[str, str]]:
    """The plan as a ladder to look at."""
    return [
        {
            "label": _("Friend %(nth)s", nth=rung.number),
            "detail": f"{gives(item for _rung, item in plan.items_for(rung.number))} · {when(rung)}",
            "state": "ahead",
        }
        for rung in plan.rungs
    ]


def rules(plan: RewardPlan) -> list[tuple[str, str]]:
    """Everything about a plan that its ladder does not show."""
    told = []
    if plan.rungs:
        told = [
            (_("After the last step"), str(AFTER_LAST[plan.after_last])),
            (_("Stacking"), str(STACKING[plan.stacking])),
            (_("Friends that count, in one development"), _cap(plan.most_friends)),
            (_("Cash, in one development"), _("No cap") if plan.most_cash_fen is None else money(plan.most_cash_fen)),
            (_("A voucher is good for"), ngettext("%(num)d day", "%(num)d days", plan.voucher_days)),
        ]
    told += [(str(EVENTS[gift.event]), _gift(gift)) for gift in plan.gifts]
    return [*told, (_("Friends of friends"), _("Nobody earns anything by them"))]


def counted(total: Sum) -> str:
    """Items with how often each comes."""
    return _(", ").join(f"{in_one(item)} × {times}" for item, times in sorted(total.items.items(), key=str))


def _cap(most: int | None) -> str:
    return _("No cap") if most is None else str(most)


def _gift(gift: Gift) -> str:
    days = ngettext("good for %(num)d day", "good for %(num)d days", gift.valid_days)
    said = f"{gives(gift.items)} · {days}"
    if gift.most is None:
        return said
    most = _("at most %(most)s a stand and day") if gift.event is not Event.VISIT else _("at most %(most)s a referrer")
    return f"{said} · {most % {'most': gift.most}}"
