"""A plan in plain words: what each tier pays, which deals are counted, when the money falls due, what it would earn."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from flask_babel import ngettext

from commissions.calendar import Window
from commissions.money import MOST_FEN, WHOLE_BPS
from commissions.plan import Mode, Plan, Scope, SplitCounts, Tier
from commissions.plan import doubts as rule_doubts
from commissions.progress import Progress
from commissions.refusal import Refusal
from commissions.worked import example

from ..components import benefit, money, percent
from ..messages import say

MODES: Mapping[Mode, tuple[Any, Any]] = {
    Mode.GRADUATED: (
        _l("Graduated"),
        _l("Each deal earns the rate of its own place. Reaching a tier changes nothing for the deals before it."),
    ),
    Mode.VOLUME: (
        _l("Volume"),
        _l("All deals of the window earn the rate that their number reaches. Those before are topped up."),
    ),
}
WINDOWS: Mapping[Window, tuple[Any, Any]] = {
    Window.MONTH: (_lp("window", "Month"), _l("Counting starts again with every calendar month.")),
    Window.QUARTER: (_lp("window", "Quarter"), _l("Counting starts again with every quarter.")),
    Window.YEAR: (_lp("window", "Year"), _l("Counting starts again with every calendar year.")),
    Window.AGREEMENT: (_l("Whole agreement"), _l("Counting never starts again while the agreement runs.")),
}
SCOPES: Mapping[Scope, tuple[Any, Any]] = {
    Scope.DEVELOPMENT: (_l("Per development"), _l("An agency's deals are counted for each development by itself.")),
    Scope.ALL: (_l("All developments together"), _l("An agency's deals of all developments are counted together.")),
}
SPLITS: Mapping[SplitCounts, tuple[Any, Any]] = {
    SplitCounts.FULL: (
        _l("Each agency's as a whole deal"),
        _l("A deal in two parts counts for both agencies in full."),
    ),
    SplitCounts.SHARE: (
        _l("By the part"),
        _l("A deal in two parts counts for each agency by its part; the sum of the parts is rounded down."),
    ),
}
EDITOR: Mapping[str, Any] = {
    "rank": _l("Enter a whole number, or nothing on the last step."),
    "rate": _l("Enter a percentage such as 1.8, with at most two decimals."),
    "sum": _l("Enter an amount in yuan above zero, such as 50000."),
}
"""What a field of the editor asks for."""
_FAULTS: Mapping[str, Any] = {
    "plan_no_open_tier": _l("The last step stays open: leave this empty, or add a step."),
    "plan_milestone_twice": _l("This milestone has a share already."),
    "plan_shares": _l("Together the shares come to %(total)s instead of 100%%."),
}
EXAMPLES = (6, 12)
"""How many deals the worked examples have: those of the rules (rules 5.6)."""


def fault(refusal: Refusal) -> str:
    """A fault of a plan as the editor says it, right beside the field."""
    facts = refusal.facts
    if refusal.code == "plan_tier_overlap":
        if "up_to" not in facts:
            return _("Only the last step may be open. Say where this one ends.")
        return _("This step begins at deal %(expected)s and cannot end before it.", expected=facts["expected"])
    if refusal.code == "plan_shares":
        return str(_FAULTS["plan_shares"] % {"total": percent(cast(int, facts["total_bps"]))})
    if refusal.code in _FAULTS:
        return str(_FAULTS[refusal.code] % facts)
    place = str(facts["place"])
    if (beyond := _beyond(place, facts.get("value"))) is not None:
        return beyond
    return str(EDITOR["rank" if place.endswith("up_to") else "sum" if place.endswith("_fen") else "rate"])


def _beyond(place: str, value: Any) -> str | None:
    """What is wrong with a number that was read well and is too large."""
    if place.endswith("_bps") and isinstance(value, int) and value > WHOLE_BPS:
        return _("At most 100%%: this would be %(rate)s.", rate=percent(value))
    if place.endswith("_fen") and isinstance(value, int) and value > MOST_FEN:
        return _("At most %(most)s.", most=money(MOST_FEN))
    return None


def doubts(plan: Plan) -> list[str]:
    """What the plan does that is seldom meant, a sentence each; empty for a usual one."""
    return [say(doubt) for doubt in rule_doubts(plan.tiers)]


def term_sentences(plan: Plan) -> list[str]:
    """What a plan says besides its ladder: the cap, and what a fake showing costs."""
    said = []
    if plan.cap_fen is not None:
        said.append(_("No deal earns more than %(cap)s, whatever its tier pays.", cap=money(plan.cap_fen)))
    if plan.forfeiture:
        said.append(_("A deal with a confirmed fake showing earns nothing (forfeiture)."))
    else:
        said.append(_("A deal keeps its commission even when one of its showings was fake."))
    if plan.split_counts is SplitCounts.SHARE:
        said.append(str(SPLITS[SplitCounts.SHARE][1]))
    if plan.fine_fen is not None:
        said.append(_("Each confirmed fake showing costs the agency %(fine)s.", fine=money(plan.fine_fen)))
    return said


def example_sum(plan: Plan, deals: int) -> str:
    """What so many deals of the example's price earn together."""
    return money(example(plan, deals).commission_fen)


def row_starts(bounds: Sequence[str | None]) -> list[int | None]:
    """The first deal of every row of the editor, as far as the rows before it can be read."""
    starts: list[int | None] = [1]
    for bound in bounds:
        text = (bound or "").strip()
        starts.append(int(text) + 1 if text.isascii() and text.isdigit() and len(text) < 10 else None)
    return starts[:-1]


def example_sentences(plan: Plan) -> list[str]:
    """What so many deals of one price would earn in one window, reckoned as the close would."""
    said = []
    for deals in EXAMPLES:
        worked = example(plan, deals)
        facts = {
            "deals": deals,
            "price": money(worked.price_fen),
            "commission": money(worked.commission_fen),
            "benefits": _(", ").join(str(benefit(one)) for one in worked.benefits),
        }
        if worked.benefits:
            said.append(
                _("%(deals)s deals of %(price)s in one window earn %(commission)s and bring: %(benefits)s.", **facts)
            )
        else:
            said.append(_("%(deals)s deals of %(price)s in one window earn %(commission)s.", **facts))
    return said


def pay(tier: Tier) -> str:
    """What a tier pays: `2.5%`, or a sum per deal."""
    return percent(tier.rate_bps) if tier.rate_bps is not None else money(tier.fixed_fen or 0)


def span(first: int, last: int | None) -> str:
    """The deals of a tier: `Deals 6–10`."""
    if last is None:
        return _("From deal %(first)s", first=first)
    if first == last:
        return _("Deal %(first)s", first=first)
    return _("Deals %(first)s–%(last)s", first=first, last=last)


def tier_sentences(plan: Plan) -> list[str]:
    """One sentence a tier."""
    return [_tier_sentence(start, tier) for start, tier in zip(plan.starts, plan.tiers, strict=True)]


def _tier_sentence(start: int, tier: Tier) -> str:
    facts = {"deals": span(start, tier.up_to), "pay": pay(tier)}
    if tier.rate_bps is not None:
        sentence = _("%(deals)s: %(pay)s of the price.", **facts)
    else:
        sentence = _("%(deals)s: %(pay)s for each deal.", **facts)
    if tier.benefit is None:
        return sentence
    return sentence + _(" Reaching it also brings, once a window: %(benefit)s.", benefit=benefit(tier.benefit))


def ladder_steps(plan: Plan, current: int | None = None) -> list[dict[str, str]]:
    """The tiers as the ladder picture wants them; `current` is the index of the one that is reached."""
    place = -1 if current is None else current
    return [
        {
            "label": pay(tier),
            "detail": span(start, tier.up_to) + (f" · {benefit(tier.benefit)}" if tier.benefit else ""),
            "state": "reached" if index < place else "current" if index == place else "ahead",
        }
        for index, (start, tier) in enumerate(zip(plan.starts, plan.tiers, strict=True))
    ]


def next_step(plan: Plan, progress: Progress) -> str | None:
    """What comes next on the ladder and what it is worth; None on the last step."""
    if progress.to_next is None:
        return None
    ahead = plan.tiers[0 if progress.tier is None else progress.tier + 1]
    facts = {"pay": pay(ahead), "worth": money(progress.worth_fen or 0)}
    if progress.worth_fen is None:
        return ngettext("%(num)d deal reaches %(pay)s.", "%(num)d deals reach %(pay)s.", progress.to_next, **facts)
    if plan.mode is Mode.VOLUME:
        return ngettext(
            "%(num)d more deal reaches %(pay)s and tops up the deals so far by %(worth)s.",
            "%(num)d more deals reach %(pay)s and top up the deals so far by %(worth)s.",
            progress.to_next,
            **facts,
        )
    return ngettext(
        "%(num)d more deal reaches %(pay)s. From there each deal earns about %(worth)s more.",
        "%(num)d more deals reach %(pay)s. From there each deal earns about %(worth)s more.",
        progress.to_next,
        **facts,
    )
