"""Rewards in words: what is given, when it comes, and why."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from referral.reward import State
from referral.reward_plan import Audience, Item, Kind, Milestone, Rung

from ...models import ProgrammeKind
from ...services.referrals import Standing
from ...services.rewards import Earned
from ..components import day, money

AUDIENCES: Mapping[Audience, Any] = {
    Audience.HOMEOWNER: _l("Homeowner"),
    Audience.CITIZEN: _l("Citizen broker"),
    Audience.PROGRAMME: _l("Programme"),
}

PROGRAMMES: Mapping[ProgrammeKind, Any] = {
    ProgrammeKind.CORPORATE: _l("Company"),
    ProgrammeKind.STAND: _l("Community stand"),
}


def kind_of(standing: Standing) -> str:
    """What kind of referrer it is, and of a programme what kind of programme."""
    audience = AUDIENCES[standing.referrer.audience]
    return str(PROGRAMMES[standing.programme] if standing.programme else audience)


TITLES: Mapping[str, Any] = {
    "property_fee_relief": _l("Property fee waived"),
    "appliance_voucher": _l("Appliance voucher"),
    "parking_space": _l("Free parking space"),
    "referral_bonus": _l("Cash bonus"),
    "stand_gift": _l("Welcome gift"),
    "coffee_coupon": _l("Coffee coupon"),
}
"""Titles of the given plans; a plan of the owner's own says its titles itself."""

_WAITING: Mapping[Milestone, Any] = {
    Milestone.SIGNED: _l("Comes when %(friend)s signs."),
    Milestone.LOAN_RELEASED: _l("Comes when the bank has released %(friend)s's loan."),
    Milestone.HANDED_OVER: _l("Comes when %(friend)s's home is handed over."),
}

_STANDING: Mapping[State, Any] = {
    State.DUE: _l("It is due since %(day)s. The sales office checks it and tells you how to receive it."),
    State.APPROVED: _l("Approved. Show its voucher at the sales office; you find it under My vouchers."),
    State.FULFILLED: _l("You have received it."),
    State.REVOKED: _l("Withdrawn: the purchase that it belongs to was cancelled or no longer counts."),
}

_MONEY: Mapping[State, Any] = {
    State.DUE: _l("It is due. A colleague checks and approves it; then it is paid to your account, less tax."),
    State.APPROVED: _l("Approved. It is paid with your next statement, less tax."),
    State.FULFILLED: _l("It was paid to your account, less tax."),
}
"""How a reward in money stands, from the day on that it is due."""

_REFUSED = _l("It was turned down: %(reason)s If you think that this is wrong, talk to the sales office.")

_AFTER: Mapping[Milestone, Any] = {
    Milestone.SIGNED: _l("when the friend signs"),
    Milestone.LOAN_RELEASED: _l("when the friend's loan is released"),
    Milestone.HANDED_OVER: _l("when the friend's home is handed over"),
}


def title(item: Any) -> str:
    """What is given, such as "Property fee waived"; for an item of a plan or a stored reward."""
    return title_of(item.title)


def title_of(key: str) -> str:
    """What a title key of a plan says."""
    return str(TITLES.get(key, key))


def size(item: Any) -> str:
    """How much of it: a sum, or a span in years or months."""
    if item.value_fen is not None:
        return money(item.value_fen)
    if item.term_months % 12 == 0:
        return ngettext("%(num)d year", "%(num)d years", item.term_months // 12)
    return ngettext("%(num)d month", "%(num)d months", item.term_months)


def in_one(item: Item) -> str:
    """Title and size on one line."""
    return f"{title(item)} · {size(item)}"


def rung_when(rung: Rung) -> str:
    """When a rung's items come, in a few words."""
    if rung.delay_days:
        return ngettext(
            "%(num)d day after the friend signs", "%(num)d days after the friend signs", rung.delay_days
        ) if rung.milestone is Milestone.SIGNED else _("%(num)d days later", num=rung.delay_days)
    return str(_AFTER[rung.milestone])


def sentence(earned: Earned) -> str:
    """When a reward comes, or what became of it."""
    reward = earned.reward
    if reward.needs_review:
        return _("The purchase has changed since you received it. A colleague looks at it and will call you.")
    if reward.kind is Kind.CASH and reward.state in _MONEY:
        return str(_REFUSED if reward.refusal else _MONEY[reward.state]) % {"reason": reward.refusal}
    if reward.state is not State.PENDING:
        return str(_STANDING[reward.state]) % {"day": day(reward.due_on) if reward.due_on else ""}
    if reward.waits_for is not None:
        return str(_WAITING[reward.waits_for]) % {"friend": _friend(earned)}
    reached = reward.why["reached_on"]
    return _(
        "Comes on %(day)s: %(delay)s days after %(reached)s.",
        day=day(reward.due_on),
        delay=reward.why["delay_days"],
        reached=day(date.fromisoformat(reached)),
    )


def _friend(earned: Earned) -> str:
    """The friend by the masked name, if he agreed to that."""
    return earned.friend or _("Your friend")


def reason(earned: Earned) -> str:
    """Why this reward: the friend's place, the rung, and the plan's version."""
    why = earned.reward.why
    friend = _friend(earned)
    told = _("%(friend)s is friend number %(nth)s who signed and did not cancel.", friend=friend, nth=why["nth"])
    rung = _("That is step %(rung)s of your plan (version %(version)s).", rung=why["rung"], version=why["version"])
    if why["repeats_last"]:
        rung += " " + _("The plan's last step is given again for every further friend.")
    return f"{told} {rung}"
