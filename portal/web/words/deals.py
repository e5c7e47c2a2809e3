"""Attribution and commission of a deal in plain words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from commissions.accrual import Line
from commissions.plan import MILESTONES
from referral.employee import NoDiscount

from ...models import Corrected, CorrectedFact, Deal, DealDiscount, DealPart, MilestoneKind, PlanVersion, TouchKind
from ...rules.deals.attribution import Lost
from ...services.programmes.discounts import Reckoned, corrected, homes_of
from ..components import instant, money, percent
from .statuses import status

TOUCHES: Mapping[str, Any] = {
    TouchKind.WALK_IN: _l("Walk-in sign-in"),
    TouchKind.REGISTRATION: _l("Registration"),
    TouchKind.REFERRAL_LEAD: _l("Referral lead"),
}
WHAT: Mapping[str, Any] = {
    Corrected.PRICE: _l("Price"),
    Corrected.SIGNED_AT: _l("Signed at"),
    Corrected.PLAN: _l("Plan"),
}
LOST: Mapping[str, Any] = {
    Lost.EXPIRED: _l("Its protection had ended by then."),
    Lost.LATER: _l("It was protected too, but the owner's contact is older."),
    Lost.UNSHOWN: _l("The first visit decides here, and none had been proven by then."),
    Lost.AFTERWARDS: _l("It came after the subscription."),
}


def owner_of(deal: Deal) -> str:
    """Whose deal it is: a broker with the agency, a referrer, or no channel's, where reception signed the client in."""
    if deal.owner is None:
        return _("Nobody: the client came without a contact that still protects.")
    if deal.touch is not None and deal.touch.kind is TouchKind.WALK_IN:
        return _("Walk-in, no channel's")
    stands_for = deal.agency.name if deal.agency else _("Referrer")
    return f"{deal.owner.name} · {stands_for}"


def owner_of_part(part: DealPart) -> str:
    """`owner_of` of one who has a part of a deal."""
    return f"{part.owner.name} · {part.agency.name}"


def owner_in_list(deal: Deal) -> str:
    """`owner_of` beside a column of agencies."""
    no_channel = deal.touch is not None and deal.touch.kind is TouchKind.WALK_IN
    return owner_of(deal) if no_channel else deal.owner.name if deal.owner else ""


def steps(deal: Deal) -> list[dict[str, Any]]:
    """The deal's milestones as the stepper wants them; a cancellation stands where it happened."""
    reached = {step.kind: step.at for step in deal.milestones}
    shown: list[dict[str, Any]] = []
    cancelled_at = reached.get(MilestoneKind.CANCELLED)
    for kind in MILESTONES:
        at = reached.get(MilestoneKind(kind))
        if at is None and cancelled_at is not None:
            shown.append(_step("cancelled", cancelled_at, "cancelled"))
            break
        current = at is None and all(step["state"] == "done" for step in shown)
        shown.append(_step(kind, at, "done" if at else "current" if current else "todo"))
    else:
        if cancelled_at is not None:
            shown.append(_step("cancelled", cancelled_at, "cancelled"))
    return shown


def _step(kind: str, at: Any, state: str) -> dict[str, Any]:
    return {"label": status("deal", kind).word, "at": at, "state": state}


NO_DISCOUNT: Mapping[NoDiscount, Any] = {
    NoDiscount.NO_COMPANY: _l("No discount: the client came by no company's programme."),
    NoDiscount.OTHER_OWNER: _l(
        "No discount through %(company)s: another contact owns the client, or its lead is over."
    ),
    NoDiscount.NOT_RUNNING: _l("No discount through %(company)s: its programme was not open then."),
    NoDiscount.NOT_CHECKED: _l(
        "No discount through %(company)s yet: nobody has checked that the client works there. Afterwards %(rate)s."
    ),
    NoDiscount.SAME_HAND: _l(
        "No discount through %(company)s: who confirmed the employee by hand had set the company's terms too. "
        "Take that check back and let somebody else confirm."
    ),
    NoDiscount.USED_UP: _l(
        "No discount through %(company)s: the client bought with it already. Homes with it for one employee: %(homes)s."
    ),
    NoDiscount.TOO_SMALL: _l("No discount through %(company)s: the price is too small for it."),
}


def discount(reckoned: Reckoned) -> str:
    """What a programme takes off a price, or why nothing."""
    programme, answer = reckoned.programme, reckoned.answer
    company = programme.referrer.person.name if programme else ""
    rate = percent(reckoned.terms.discount_bps) if reckoned.terms and reckoned.terms.discount_bps else ""
    if isinstance(answer, NoDiscount):
        homes = homes_of(programme) if programme else 0
        return str(NO_DISCOUNT[answer]) % {"company": company, "rate": rate, "homes": homes}
    before, after = money(answer.list_price_fen), money(answer.price_fen)
    told = {"rate": rate, "company": company, "before": before, "after": after}
    return _("%(rate)s off through %(company)s: %(before)s → %(after)s", **told)


def discount_of(row: DealDiscount | None) -> str:
    """A recorded discount in a few words; empty without one."""
    if row is None:
        return ""
    company = row.programme.referrer.person.name
    return _("%(rate)s through %(company)s", rate=percent(row.rate_bps), company=company)


def discount_beside(deal: Deal, row: DealDiscount | None) -> str:
    """The discount as it stands beside the deal's price in a list: none that does not lead to that price."""
    return _("Price corrected afterwards") if row is not None and corrected(deal, row) else discount_of(row)


def corrections(facts: Sequence[CorrectedFact], versions: Mapping[str, PlanVersion]) -> list[dict[str, Any]]:
    """What was corrected of the deal, as the timeline wants it: before → after, who, why."""
    return [
        {
            "at": fact.correction.made_at,
            "title": f"{WHAT[fact.what]}: {_worth(fact, fact.before, versions)} → {_worth(fact, fact.after, versions)}",
            "text": f"{fact.correction.maker.name}: {fact.correction.reason}",
        }
        for fact in facts
    ]


def _worth(fact: CorrectedFact, value: str, versions: Mapping[str, PlanVersion]) -> str:
    if fact.what is Corrected.PRICE:
        return money(int(value))
    if fact.what is Corrected.SIGNED_AT:
        return instant(datetime.fromisoformat(value))
    kept = versions[value]
    return _("%(name)s, version %(version)s", name=kept.name, version=kept.version)


def consequences(deal: Deal, lines: Sequence[Line], units: Mapping[int, str]) -> list[str]:
    """What a cancellation will do, sentence by sentence; `units` names the deals of the lines."""
    said = [_("Unit %(unit)s can be sold again. The deal cannot be taken up again.", unit=deal.unit)]
    for line in lines:
        facts = {"amount": _unbroken(line.amount_fen), "unit": units[line.deal_id]}
        if line.deal_id == deal.id:
            said.append(_("The commission of this deal is taken back with a new line: %(amount)s.", **facts))
        else:
            said.append(_("Unit %(unit)s moves to another rank or tier of the window: %(amount)s.", **facts))
    referred = deal.signed_at is not None and deal.touch is not None and deal.touch.kind is TouchKind.REFERRAL_LEAD
    if referred and deal.owner is not None:
        said.append(_("The rewards of %(name)s are ranked again.", name=deal.owner.name))
        said.append(_("Vouchers that no longer count and were not redeemed are taken back."))
        said.append(_("What was received already stays until a person decides on it."))
    elif not lines:
        said.append(_("No commission was posted, so none is taken back."))
    elif len(lines) > 1:
        total_fen = sum(line.amount_fen for line in lines)
        said.append(_("Together: %(amount)s.", amount=_unbroken(total_fen)))
    return said


def _unbroken(amount_fen: int) -> str:
    """An amount that keeps its sign when a line breaks there (U+2060 joins the two)."""
    text = money(amount_fen, signed=True)
    return f"{text[:1]}\u2060{text[1:]}"
