"""Rewards in words: what is given, when it comes, and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from flask_babel import ngettext

from referral.rewards.reward import Reward, RewardState
from referral.rewards.reward_plan import AfterLast, Audience, Item, Kind, Milestone, RewardPlan, Rung

from ...models import JoinedBy, ProgrammeKind, ReviewOutcome
from ...services.referral.referrers import ReferrerRow
from ...services.rewards.rewards import Earned, Outlook
from ...services.rewards.sums import Sum
from ..components import day, money

AUDIENCES: Mapping[Audience, Any] = {
    Audience.HOMEOWNER: _l("Homeowner"),
    Audience.CITIZEN: _l("Citizen broker"),
    Audience.PROGRAMME: _l("Programme"),
}

PROGRAMMES: Mapping[ProgrammeKind, Any] = {
    ProgrammeKind.CORPORATE: _lp("programme", "Company"),
    ProgrammeKind.STAND: _l("Community stand"),
}


def kind_of(standing: ReferrerRow) -> str:
    """What kind of referrer it is, and of a programme what kind of programme."""
    audience = AUDIENCES[standing.referrer.audience]
    return str(PROGRAMMES[standing.programme] if standing.programme else audience)


JOINED: Mapping[JoinedBy | None, Any] = {
    None: _l("Entered by staff"),
    JoinedBy.PAGE: _l("By the public page"),
    JoinedBy.INVITATION: _l("By an invitation"),
}


def joined_how(standing: ReferrerRow) -> str:
    """How a referrer joined; empty for a programme, which does not."""
    return "" if standing.programme else str(JOINED[standing.joined_by])


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

_STANDING: Mapping[RewardState, Any] = {
    RewardState.DUE: _l("It is due since %(day)s. The sales office checks it and tells you how to receive it."),
    RewardState.APPROVED: _l("Approved. Show its voucher at the sales office; you find it under My vouchers."),
    RewardState.FULFILLED: _l("You have received it."),
    RewardState.REVOKED: _l("Withdrawn: the purchase that it belongs to was cancelled or no longer counts."),
}

_MONEY: Mapping[RewardState, Any] = {
    RewardState.DUE: _l("It is due. A colleague checks and approves it; then it is paid to your account, less tax."),
    RewardState.APPROVED: _l("Approved. It is paid with your next statement, less tax."),
    RewardState.FULFILLED: _l("It was paid to your account, less tax."),
}
"""How a reward in money stands, from the day on that it is due."""

_SET_OFF = _l("It was set off against what you owed: that much less is kept back from you.")

_TAKEN: Mapping[ReviewOutcome, Any] = {
    ReviewOutcome.CHARGED: _l("Charged back: its purchase was cancelled after you had received it."),
    ReviewOutcome.REPLACED: _l("Replaced by what this friend brings now, which is listed here too."),
}
"""What became of a reward that was received, where a person decided."""

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


def in_one(item: Any) -> str:
    """Title and size on one line."""
    return f"{title(item)} · {size(item)}"


def months(total: Sum) -> str:
    """What is given for a time, together: "Property fee waived · 3 years"; empty where there is nothing of it."""
    return " + ".join(
        in_one(SimpleNamespace(title=key, value_fen=None, term_months=count)) for key, count in total.months.items()
    )


def with_months(total: Sum) -> str:
    """A sum, and what is given for a time beside it."""
    return " + ".join(
        part for part in (money(total.fen) if total.fen or not total.months else "", months(total)) if part
    )


def rung_when(rung: Rung) -> str:
    """When a rung's items come, in a few words."""
    return _when(rung.milestone, rung.delay_days)


def _when(milestone: Milestone, days: int) -> str:
    if not days:
        return str(_AFTER[milestone])
    if milestone is Milestone.SIGNED:
        return ngettext("%(num)d day after the friend signs", "%(num)d days after the friend signs", days)
    if milestone is Milestone.LOAN_RELEASED:
        return ngettext(
            "%(num)d day after the friend's loan is released",
            "%(num)d days after the friend's loan is released",
            days,
        )
    return ngettext(
        "%(num)d day after the friend's home is handed over",
        "%(num)d days after the friend's home is handed over",
        days,
    )


def together(items: Sequence[Item]) -> str:
    """Several items on one line."""
    return " + ".join(in_one(item) for item in items)


def steps(outlook: Outlook) -> Iterator[dict[str, str]]:
    """The ladder as far as the plan goes, with the step where the referrer stands today."""
    plan = outlook.plan
    reachable = [nth for nth in range(1, len(plan.rungs) + 1) if plan.items_for(nth)]
    for nth in reachable:
        here = min(outlook.signed, len(reachable))
        yield {
            "label": _("Friend %(nth)s", nth=nth),
            "detail": together([item for _rung, item in plan.items_for(nth)]),
            "state": "reached" if nth < here else "current" if nth == here else "ahead",
        }


def next_step(outlook: Outlook) -> str:
    """What one more friend brings, as `referral.rewards.reward` will grant it."""
    if not outlook.next:
        return _("One more friend brings nothing further: your plan goes no further.")
    said = ""
    for (milestone, days), group in groupby(outlook.next, _day_of):
        given = {"reward": together([one.item for one in group]), "when": _when(milestone, days)}
        if said:
            said += " " + _("Also: %(reward)s, %(when)s.", **given)
        else:
            said = _("The next friend who signs brings: %(reward)s, %(when)s.", **given)
    return said


def _day_of(reward: Reward) -> tuple[Milestone, int]:
    return reward.why.milestone, reward.why.delay_days


def limits(plan: RewardPlan) -> Iterator[str]:
    """Where the plan ends, sentence by sentence; nothing where it never does."""
    if plan.most_friends is not None:
        yield ngettext(
            "Your plan rewards %(num)d friend.", "Your plan rewards %(num)d friends at most.", plan.most_friends
        )
    elif plan.after_last is AfterLast.NOTHING and len(plan.rungs) > 1:
        yield ngettext(
            "Your plan rewards %(num)d friend.", "Your plan rewards %(num)d friends at most.", len(plan.rungs)
        )
    if plan.most_cash_fen is not None:
        yield _("In cash it comes to %(sum)s at most.", sum=money(plan.most_cash_fen))


def for_each_friend(plan: RewardPlan) -> str:
    """The head of a plan with one step."""
    when = rung_when(plan.rungs[0])
    if plan.most_friends == 1 or plan.after_last is AfterLast.NOTHING:
        return _("For your first friend, %(when)s:", when=when)
    return _("For every friend, %(when)s:", when=when)


def sentence(earned: Earned) -> str:
    """When a reward comes, or what became of it."""
    reward = earned.reward
    if reward.needs_review:
        return _("The purchase has changed since you received it. A colleague looks at it and will call you.")
    if reward.state is RewardState.REVOKED and reward.review is not None and reward.review in _TAKEN:
        return str(_TAKEN[reward.review])
    if earned.set_off:
        return str(_SET_OFF)
    if reward.kind is Kind.CASH and reward.state in _MONEY:
        return str(_REFUSED if reward.refusal else _MONEY[reward.state]) % {"reason": reward.refusal}
    if reward.state is not RewardState.PENDING:
        return str(_STANDING[reward.state]) % {"day": day(reward.due_on) if reward.due_on else ""}
    if reward.waits_for is not None:
        return str(_WAITING[reward.waits_for]) % {"friend": earned.friend or _("your friend")}
    return ngettext(
        "Comes on %(day)s: %(num)d day after %(reached)s.",
        "Comes on %(day)s: %(num)d days after %(reached)s.",
        reward.why["delay_days"],
        day=day(reward.due_on) if reward.due_on else "",
        reached=day(date.fromisoformat(reward.why["reached_on"])),
    )


def reason(earned: Earned) -> str:
    """Why this reward: the friend's place, the rung, and the plan's version.

    The place is that of today; of what was received, the place that it was received for.
    """
    why = earned.reward.why
    facts = {"friend": earned.friend or _("Your friend"), "nth": why["nth"]}
    if earned.reward.state is RewardState.FULFILLED:
        told = _("%(friend)s was friend number %(nth)s who had signed when you received it.", **facts)
    else:
        told = _("%(friend)s is friend number %(nth)s who signed and did not cancel.", **facts)
    rung = _("That is step %(rung)s of your plan (version %(version)s).", rung=why["rung"], version=why["version"])
    if why["repeats_last"]:
        rung += " " + _("The plan's last step is given again for every further friend.")
    return f"{told} {rung}"
