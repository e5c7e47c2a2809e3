"""Deals: subscriptions, their milestones, whose they are, and what they earned."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from commissions.money import WHOLE_BPS
from commissions.refusal import Refusal
from referral.employee import NoDiscount

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import (
    ConflictCase,
    Deal,
    DealDiscount,
    MilestoneKind,
    PostedLine,
    Receipt,
    Referrer,
    Registration,
    Reward,
    Voucher,
)
from ...rules.conflicts.conflict import Kin
from ...rules.deals.milestones import next_milestone
from ...services import contacts
from ...services.claims import decision_receipts
from ...services.commission import accruals, held
from ...services.conflicts import objections
from ...services.deals import corrections, deals
from ...services.partners import partners
from ...services.programmes import discounts
from ...services.referral import referrers
from ...services.rewards import rewards
from ...services.statements import earnings
from ...services.vouchers import vouchers
from ..components import money, percent
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen, month_in, number_of
from ..lists.exports import Column, export, portions, yuan
from ..lists.paging import page_of
from ..messages import say
from ..words import deals as words
from ..words import rewards as reward_words
from ..words.employees import WAYS
from ..words.statuses import status
from .forms import CancelForm, DealForm, MilestoneForm

bp = Blueprint("deals", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MayDo:
    """What the reader may do with deals."""

    record: bool
    confirm: bool


@bp.get("/deals")
@guard(Permission.READ_DEALS)
def index() -> ResponseReturnValue:
    """The deals that the reader may see, newest first."""
    page = page_of(db(), _wanted(), Deal.id, request.args.get("after"))
    return render_template(
        "deals/index.html",
        page=page,
        taken=discounts.of_deals(db(), page.rows),
        state=deals.state,
        buyer=_buyer,
        discount_beside=words.discount_beside,
        whose=_whose(page.rows),
        filtered=any(request.args.get(name) for name in ("q", "state", "development", "agency", "lacking", "month")),
        developments=partners.development_choices(db(), actor()),
        agencies=partners.agency_choices(db(), actor()) if actor().staff else [],
        may=MayDo(
            record=may(actor(), Permission.RECORD_DEAL),
            confirm=may(actor(), Permission.CONFIRM_CORRECTION),
        ),
    )


@bp.get("/deals.<kind>")
@guard(Permission.READ_DEALS)
def download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Number"), lambda one: one.deal.id),
        Column(_("Development"), lambda one: one.deal.development.name),
        Column(_("Unit"), lambda one: one.deal.unit),
        Column(_("Buyer"), lambda one: _buyer(one.deal)),
        Column(_("List price"), lambda one: _yuan_or_none(discounts.list_price(one.deal, one.discount))),
        Column(_("Discount"), lambda one: words.discount_beside(one.deal, one.discount) or None),
        Column(_("Price"), lambda one: yuan(one.deal.price_fen)),
        Column(_("Agency"), lambda one: one.whose[0] or None),
        Column(_("Owner"), lambda one: one.whose[1] or None),
        Column(_("Status"), lambda one: str(status("deal", deals.state(one.deal)).word)),
        Column(_("Signed"), lambda one: one.deal.signed_at),
        Column(_("Cancelled"), lambda one: one.deal.cancelled_at),
    )
    return export(_lines(), columns, "deals", kind)


@dataclass(frozen=True, slots=True)
class _Line:
    """A deal of the file, with its discount, its agency and its owner."""

    deal: Deal
    discount: DealDiscount | None
    whose: tuple[str, str]


def _lines() -> Iterator[_Line]:
    """The deals of the list with what stands beside them, a portion at a time."""
    for some in portions(_wanted().order_by(Deal.id)):
        taken, whose = discounts.of_deals(db(), some), _whose(some)
        yield from (_Line(deal, taken.get(deal.id), whose[deal.id]) for deal in some)


@bp.route("/deals/new", methods=["GET", "POST"])
@guard(Permission.RECORD_DEAL)
def new() -> ResponseReturnValue:
    """Record a subscription; the answer says whose deal it is."""
    form = DealForm(development=number_of(request.args.get("development")), at=now())
    form.offer(partners.development_choices(db(), actor()))
    if request.form.get("action") == "reckon":
        return render_template("deals/new.html", form=form, discount=_reckoned(form))
    if form.validate_on_submit():
        with refusing(form):
            deal = deals.open_deal(
                db(),
                actor(),
                now(),
                deals.Subscription(
                    development_id=form.development.data,
                    phone=form.phone.data,
                    name=form.name.data,
                    unit=form.unit.data,
                    price_fen=form.price.data,
                    at=form.at.data,
                    price_is_right=form.price_is_right.data,
                    kin=chosen(Kin, form.kin.data),
                    kin_phone=form.kin_phone.data or "",
                ),
            )
            flash(_("The subscription is recorded."), "success")
            if taken := discounts.of_deal(db(), deal):
                flash(f"{words.discount_of(taken)}: {money(deal.price_fen)}", "info")
            return redirect(url_for(".show", deal_id=deal.id))
    return form_page("deals/new.html", form, discount=_reckoned(form))


@bp.get("/deals/<int:deal_id>")
@guard(Permission.READ_DEALS)
def show(deal_id: int) -> ResponseReturnValue:
    """One deal: how far it has come, whose it is and why, and every line it earned."""
    return _page(load(Deal, deal_id), MilestoneForm(at=now()))


@bp.post("/deals/<int:deal_id>/milestones")
@guard(Permission.RECORD_DEAL)
def record(deal_id: int) -> ResponseReturnValue:
    """Record the next milestone; what it earns is posted in the same breath."""
    deal = load(Deal, deal_id)
    form = MilestoneForm()
    if form.milestone is None:
        abort(400)
    if form.validate_on_submit():
        with refusing(form):
            step = deals.record_milestone(
                db(), actor(), now(), deal, kind=form.milestone, at=form.at.data, note=form.note.data or ""
            )
            flash(_("Recorded: %(milestone)s.", milestone=status("deal", step.kind).word), "success")
            return redirect(url_for(".show", deal_id=deal_id))
    return _page(deal, form), 422


@bp.route("/deals/<int:deal_id>/cancel", methods=["GET", "POST"])
@guard(Permission.RECORD_DEAL)
def cancel(deal_id: int) -> ResponseReturnValue:
    """Say what a cancellation does, then do it."""
    deal = load(Deal, deal_id)
    form = CancelForm(at=now())
    if form.validate_on_submit():
        with refusing(form):
            deals.record_milestone(
                db(), actor(), now(), deal, kind=MilestoneKind.CANCELLED, at=form.at.data, note=form.note.data
            )
            flash(_("The deal is cancelled."), "success")
            return redirect(url_for(".show", deal_id=deal_id))
    lines = accruals.preview_cancellation(db(), deal, now())
    units = deals.units(db(), {line.deal_id for line in lines})
    said, may_ask = words.consequences(deal, lines, units), may(actor(), Permission.ASK_WHAT_IF)
    return form_page("deals/cancel.html", form, deal=deal, said=said, may_ask=may_ask)


@dataclass(frozen=True, slots=True, kw_only=True)
class DealView:
    """A deal as its page shows it: whose it is, its milestones, what it earned, and what was corrected."""

    state: MilestoneKind
    buyer: str
    phone: str
    following: str | None
    steps: list[dict[str, Any]]
    why: dict[str, Any] | None
    receipt: Receipt | None
    lines: list[PostedLine] | None
    price: str
    discount: DealDiscount | None
    corrected: list[dict[str, Any]]
    case: ConflictCase | None
    objects_from: Registration | None
    owner: str
    parts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferredView:
    """What a referrer gets for the deal; `may_open`: the reader may open the referrer."""

    referrer: Referrer | None
    rewards: Sequence[Reward] | None
    vouchers: dict[int, Voucher]
    may_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MayChange:
    """What the reader may do with this deal."""

    record: bool
    correct: bool
    doubt: bool


def _page(deal: Deal, form: MilestoneForm) -> str:
    reads_lines = may(actor(), Permission.READ_EARNINGS)
    shared = [part for part in held.of_deal(db(), deal) if part.share_bps < WHOLE_BPS]
    mine = shared if actor().staff else [part for part in shared if part.agency_id == actor().agency_id]
    beside = bool(mine) and not actor().staff and mine[0].agency_id != deal.agency_id
    latest = deal.attributions[-1] if deal.attributions and not beside else None
    brought = rewards.of_deal(db(), actor(), deal) if may(actor(), Permission.READ_FUNNEL) else None
    reads_cases = actor().staff and may(actor(), Permission.READ_CONFLICTS)
    following = next_milestone({step.kind: step.at for step in deal.milestones})
    form.kind.data = following
    return render_template(
        "deals/show.html",
        deal=deal,
        form=form,
        view=DealView(
            state=deals.state(deal),
            buyer=_buyer(deal),
            phone=contacts.open_phone(db(), deal.client).masked,
            following=following,
            steps=words.steps(deal),
            why=latest.why if latest else None,
            receipt=decision_receipts.find(db(), latest),
            lines=earnings.lines_of(db(), visible(actor(), PostedLine), deal) if reads_lines else None,
            price=money(deal.price_fen),
            discount=discounts.of_deal(db(), deal),
            corrected=_corrected(deal) if actor().staff else [],
            case=objections.case_of(db(), deal) if reads_cases else None,
            objects_from=objections.objects_from(db(), actor(), now(), deal),
            owner=words.owner_of_part(mine[0]) if beside else words.owner_of(deal),
            parts=[(words.owner_of_part(part), percent(part.share_bps)) for part in mine],
        ),
        words=words,
        instant_of=datetime.fromisoformat,
        referred=ReferredView(
            referrer=referrers.of_touch(db(), deal.touch) if deal.touch else None,
            rewards=brought,
            vouchers=vouchers.of_rewards(db(), brought or ()),
            may_open=may(actor(), Permission.MANAGE_REFERRERS),
        ),
        reward_words=reward_words,
        ways=WAYS,
        staff=actor().staff,
        may=MayChange(
            record=may(actor(), Permission.RECORD_DEAL),
            correct=may(actor(), Permission.CORRECT_DEAL),
            doubt=may(actor(), Permission.DECIDE_CONFLICT),
        ),
    )


def _reckoned(form: DealForm) -> str:
    """What a programme would take off what is typed so far; empty until all is there that it hangs on."""
    if form.development.data not in dict(form.development.choices):
        return ""
    if not (form.development.data and form.phone.data and form.price.data and form.at.data) or form.price.data <= 0:
        return ""
    try:
        found = discounts.preview(
            db(),
            development_id=form.development.data,
            phone=form.phone.data,
            list_price_fen=form.price.data,
            at=form.at.data,
        )
    except Refusal:
        return ""  # the phone is not yet typed to its end
    if found is None:
        return str(words.NO_DISCOUNT[NoDiscount.NO_COMPANY])
    try:
        discounts.check_hands(actor(), found)
    except Refusal as refusal:
        return say(refusal)
    return words.discount(found)


def _corrected(deal: Deal) -> list[dict[str, Any]]:
    facts = corrections.of_deal(db(), deal)
    return words.corrections(facts, corrections.versions_of(db(), facts))


def _yuan_or_none(fen: int | None) -> Decimal | None:
    return None if fen is None else yuan(fen)


def _whose(rows: Sequence[Deal]) -> dict[int, tuple[str, str]]:
    """The agency and the owner of each deal, as its reader may know them: of a deal that is split, his own side."""
    others = deals.parts_beside(db(), actor(), rows)
    named = {row.id: (row.agency.name if row.agency else "", words.owner_in_list(row)) for row in rows}
    return named | {key: (part.agency.name, part.owner.name) for key, part in others.items()}


def _buyer(deal: Deal) -> str:
    return deals.buyer(db(), actor(), deal)


def _wanted() -> Select[Deal]:
    args = request.args
    return deals.listed(
        visible(actor(), Deal),
        wanted=chosen(MilestoneKind, args.get("state")),
        development_id=number_of(args.get("development")),
        agency_id=number_of(args.get("agency")),
        unit=args.get("q"),
        lacking=args.get("lacking"),
        month=month_in(args.get("month")),
    )
