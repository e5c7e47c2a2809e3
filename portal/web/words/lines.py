"""A posted line in plain words: deal, rank, window, tier, plan version, arithmetic, cause (rules 5.7).

The page of a line, a statement's page, its PDF and its workbook all say the same, because they all ask here; and they
say it for good, for they ask the line alone (`why`), and nothing that can be corrected or renamed later. Lines
that are no commission (a fine, an adjustment, a reward, tax) have their own words.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from commissions.money import WHOLE_BPS

from ...models import Cause, PostedLine
from ..components import benefit, day, money, month, percent, plan_name
from . import taxes as tax_words
from .rewards import title_of
from .statuses import status


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of an explanation: what it is about, what it says, and what stands behind it.

    `of_plan`: it names the line's plan version, so that a page can lead there.
    """

    term: str
    words: str
    note: str = ""
    of_plan: bool = False


BECAUSE: Mapping[str, Any] = {
    Cause.ACCRUAL: _l("The first line of this deal."),
    Cause.INSTALMENT: _l("A further part of the commission has fallen due."),
    Cause.TOP_UP: _l("The deal's rank or tier went up, so what was posted is topped up."),
    Cause.CLAWBACK: _l("The deal was cancelled, so what was posted is taken back."),
    Cause.RE_RANK: _l("Another deal of the window changed, so this one moved down."),
    Cause.CORRECTION: _l("A person corrected a fact of the deal."),
    Cause.FORFEITURE: _l("A showing of this deal's client was confirmed fake, so the deal earns nothing."),
    Cause.FINE: _l("The plan takes a fine for each confirmed fake showing."),
    Cause.ADJUSTMENT: _l("Adjusted by hand: one person proposed it, another approved it."),
    Cause.REWARD: _l("A reward in money for a friend who signed."),
    Cause.WITHHOLDING: _l("Income tax that we keep back and pay to the tax authority."),
}
_GIVEN_BACK: Mapping[str, Any] = {
    Cause.FORFEITURE: _l("The strike was voided, so what was forfeited is given back."),
    Cause.FINE: _l("The strike was voided, so the fine is given back."),
    Cause.REWARD: _l("The reward was revoked, so it is taken back."),
    Cause.WITHHOLDING: _l("Less was paid than taxed before, so tax that was kept back is returned."),
}
"""Where the sign of a line turns its meaning around."""


_NOT_COUNTED: Mapping[str, Any] = {
    "cancelled": _l("Cancelled: the deal does not count any more and earns nothing."),
    "given_away": _l("A person decided that the deal is others': it does not count here any more and earns nothing."),
}
_OF_THE_DEAL = (Cause.ACCRUAL, Cause.INSTALMENT, Cause.CORRECTION)
_BY_DECISION = _l("A person decided whose deal it is.")


def title(line: PostedLine) -> str:
    """What a line is about: its deal's unit, or what it is where it comes from no deal."""
    deal = line.why.get("deal")
    return f"{deal['development']} {deal['unit']}" if deal else str(status("line", line.cause).word)


def development(line: PostedLine) -> str:
    """The development of the line's deal, as it was called then; nothing for other lines."""
    return str(line.why["deal"]["development"]) if "deal" in line.why else ""


def unit(line: PostedLine) -> str:
    """The home of the line's deal; nothing for other lines."""
    return str(line.why["deal"]["unit"]) if "deal" in line.why else ""


def broker(line: PostedLine) -> str:
    """Whose deal it was when the line was posted; nothing for other lines."""
    return line.why.get("deal", {}).get("broker") or ""


def milestone(line: PostedLine) -> str:
    """The milestone at which a commission's part fell due; nothing for other lines."""
    return str(status("deal", line.instalment).word) if line.instalment else ""


def because(line: PostedLine) -> str:
    """Why the line was posted, in a sentence."""
    if line.reference.startswith("line:decision-") and "deal" in line.why and line.milestone_id is None:
        return str(_BY_DECISION if line.cause in _OF_THE_DEAL else BECAUSE[line.cause])
    turned = (line.amount_fen < 0) is (line.cause is Cause.REWARD)  # a reward alone is usually a plus
    return str(_GIVEN_BACK[line.cause] if turned and line.cause in _GIVEN_BACK else BECAUSE[line.cause])


def reasons(line: PostedLine) -> list[Reason]:
    """The whole explanation, step by step, from the deal to the cause."""
    return [*_deal(line), *_OTHERS.get(line.cause, _commission)(line)]


def explanation(line: PostedLine) -> str:
    """The whole explanation in one paragraph, for a row that names the deal and the amount."""
    steps = _OTHERS.get(line.cause, _commission)(line)
    said = [_("%(term)s: %(words)s", term=one.term, words=one.words.rstrip(".。")) for one in steps if one.words]
    return _("; ").join(said) + _(". ") + because(line)


def window_words(label: str) -> str:
    """A counting window as a reader says it: a month, a quarter, a year, or the whole agreement."""
    if label == "agreement":
        return _("the whole agreement")
    year, _dash, part = label.partition("-")
    if part.startswith("Q"):
        return _("quarter %(quarter)s of %(year)s", quarter=part[1:], year=year)
    return month(label) if part else _("the year %(year)s", year=year)


def tier_words(why: Mapping[str, Any]) -> str:
    """The deals that a tier is for."""
    first, last = why["tier_from"], why["tier_up_to"]
    if last is None:
        return _("From deal %(first)s", first=first)
    return _("Deal %(first)s", first=first) if first == last else _("Deals %(first)s–%(last)s", first=first, last=last)


def _deal(line: PostedLine) -> Iterator[Reason]:
    if "deal" in line.why:
        words = _("%(unit)s at %(price)s", unit=title(line), price=money(line.why["deal"]["price_fen"]))
        yield Reason(_("Deal"), words)


def _commission(line: PostedLine) -> Iterator[Reason]:
    why = line.why
    if why.get("not_counted"):
        yield Reason(_("Rank when posted"), str(_NOT_COUNTED.get(why["not_counted"], _NOT_COUNTED["cancelled"])))
    else:
        rank = _("No. %(rank)s of %(counted)s deals in %(window)s", **_place(why))
        yield Reason(_("Rank when posted"), rank)
        yield from _tier(why)
    yield from _plan(line)
    if not why.get("not_counted"):
        yield from _arithmetic(line)
    yield Reason(_("Due, less what was posted"), _delta(line), because(line))


def _plan(line: PostedLine) -> Iterator[Reason]:
    version = line.plan_version
    if version is not None:
        words = _("%(name)s, version %(version)s", name=plan_name(version.name), version=version.version)
        yield Reason(_("Plan"), words, of_plan=True)


def _place(why: Mapping[str, Any]) -> dict[str, Any]:
    return {"rank": why["rank"], "counted": why["counted"], "window": window_words(why["window"])}


def _tier(why: Mapping[str, Any]) -> Iterator[Reason]:
    pays = percent(why["rate_bps"]) if why["rate_bps"] is not None else _("a fixed sum per deal")
    if why["mode"] == "volume":
        chosen = _("Chosen by the number of deals in the window: %(counted)s.", counted=why["counted"])
    else:
        chosen = _("Chosen by the deal's own place: %(rank)s.", rank=why["rank"])
    yield Reason(_("Tier"), _("%(deals)s: %(pays)s", deals=tier_words(why), pays=pays), chosen)


def _arithmetic(line: PostedLine) -> Iterator[Reason]:
    why = line.why
    uncapped = why.get("uncapped_fen")
    whole_fen = why["commission_fen"] if why.get("whole_fen") is None else why["whole_fen"]
    full_fen = whole_fen if uncapped is None else uncapped
    if why.get("forfeited"):
        yield Reason(_("Commission"), _("Forfeited: %(amount)s", amount=money(0)))
    elif why["rate_bps"] is None:
        yield Reason(_("Commission"), money(full_fen))
    else:
        yield Reason(_("Commission"), f"{money(why['price_fen'])} × {percent(why['rate_bps'])} = {money(full_fen)}")
    if uncapped is not None:
        yield Reason(_("The plan's cap"), _("at most %(amount)s a deal", amount=money(whole_fen)))
    if why.get("part_bps") is not None:
        part = f"{money(whole_fen)} × {percent(why['part_bps'])} = {money(why['commission_fen'])}"
        yield Reason(_("Your part of the deal"), part, _("The deal is split between agencies by a decision."))
    if why["share_bps"] != WHOLE_BPS:
        share = f"{milestone(line)} {percent(why['share_bps'])} → {money(why['target_fen'])}"
        yield Reason(_("Due at this milestone"), share)
    if why.get("benefit"):
        yield Reason(_("Benefit"), str(benefit(why["benefit"])))


def _delta(line: PostedLine) -> str:
    target, posted = money(line.why["target_fen"]), money(line.why["posted_fen"])
    return f"{target} − {posted} = {money(line.amount_fen, signed=True)}"


def _adjustment(line: PostedLine) -> Iterator[Reason]:
    yield Reason(_("Reason"), line.why["reason"])
    yield Reason(_("Amount"), money(line.amount_fen, signed=True), because(line))


def _fine(line: PostedLine) -> Iterator[Reason]:
    at = datetime.fromisoformat(line.why["showing_at"])
    yield Reason(_("Showing"), _("No. %(number)s on %(day)s", number=line.why["showing_id"], day=day(at)))
    yield from _plan(line)
    yield from _plain(line)


def _reward(line: PostedLine) -> Iterator[Reason]:
    yield Reason(_("Reward"), title_of(line.why["title"]))
    yield Reason(_("Income of"), month(line.window or ""))
    yield from _plain(line)


def _withholding(line: PostedLine) -> Iterator[Reason]:
    worked = tax_words.of_line(line.why)
    yield from (Reason(*step) for step in tax_words.steps(worked, line.window or ""))
    withheld, posted = money(worked.withheld_fen), money(line.why["posted_fen"])
    kept_back = f"{withheld} − {posted} = {money(-line.amount_fen)}"
    yield Reason(_("Tax less what was kept back before"), kept_back, because(line))


def _plain(line: PostedLine) -> Iterator[Reason]:
    yield Reason(_("Amount"), money(line.amount_fen, signed=True), because(line))


_OTHERS: Mapping[str, Callable[[PostedLine], Iterator[Reason]]] = {
    Cause.ADJUSTMENT: _adjustment,
    Cause.FINE: _fine,
    Cause.REWARD: _reward,
    Cause.WITHHOLDING: _withholding,
}
"""How the lines are explained that are no commission."""
