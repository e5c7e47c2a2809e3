"""Benefits: the list that finance works through, and that a principal reads for his agency."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Benefit, BenefitState
from ...services.commission import benefits
from ..components import benefit as benefit_name
from ..edge import actor, db, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.statuses import status
from .forms import BookingForm, DecisionForm

bp = Blueprint("benefits", __name__)


@bp.get("/benefits")
@guard(Permission.READ_BENEFITS)
def index() -> ResponseReturnValue:
    """The benefits that the reader may see, newest first."""
    return render_template(
        "benefits/index.html",
        page=page_of(db(), _wanted(), Benefit.id, request.args.get("after")),
        waiting=benefits.waiting(db()) if may(actor(), Permission.SETTLE_BENEFIT) else 0,
        staff=actor().staff,
    )


@bp.get("/benefits.<kind>")
@guard(Permission.READ_BENEFITS)
def download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Number"), lambda row: row.id),
        Column(_("Benefit"), lambda row: benefit_name(row.name)),
        Column(_("Agency"), lambda row: row.agency.name),
        Column(_("Window"), lambda row: row.window),
        Column(_("Status"), lambda row: str(status("benefit", row.state).word)),
        Column(_("Granted at"), lambda row: row.granted_at),
        Column(_("Booked at"), lambda row: row.booked_at),
        Column(_("What is booked"), lambda row: row.booking),
        Column(_("Decision"), lambda row: row.decision),
    )
    return export(db().scalars(_wanted().order_by(Benefit.id)), columns, _("benefits"), kind)


@bp.get("/benefits/<int:benefit_id>")
@guard(Permission.READ_BENEFITS)
def show(benefit_id: int) -> ResponseReturnValue:
    """One benefit: what it was granted for, and what has become of it."""
    row = load(Benefit, benefit_id)
    return _page(row, BookingForm(), DecisionForm())


@bp.post("/benefits/<int:benefit_id>/book")
@guard(Permission.SETTLE_BENEFIT)
def book(benefit_id: int) -> ResponseReturnValue:
    """Write down what was booked."""
    row = load(Benefit, benefit_id)
    form = BookingForm()
    if form.validate_on_submit():
        with refusing(form):
            benefits.book_benefit(db(), actor(), now(), row, booking=form.booking.data)
            flash(_("Booked. From now on no cancellation takes it back by itself."), "success")
            return redirect(url_for(".show", benefit_id=benefit_id))
    return _page(row, form, DecisionForm(formdata=None)), 422


@bp.post("/benefits/<int:benefit_id>/decide")
@guard(Permission.SETTLE_BENEFIT)
def decide(benefit_id: int) -> ResponseReturnValue:
    """Decide over a booked benefit whose rank was lost."""
    row = load(Benefit, benefit_id)
    form = DecisionForm()
    if form.validate_on_submit():
        with refusing(form):
            stands = form.outcome.data == "stands"
            benefits.decide_benefit(db(), actor(), now(), row, stands=stands, reason=form.reason.data)
            if stands:
                flash(_("It stands."), "success")
            else:
                flash(_("Propose an adjustment over what it cost: a second person approves it."), "warning")
            return redirect(url_for(".show", benefit_id=benefit_id))
    return _page(row, BookingForm(formdata=None), form), 422


def _page(row: Benefit, booking: BookingForm, decision: DecisionForm) -> str:
    settles = may(actor(), Permission.SETTLE_BENEFIT)
    return render_template(
        "benefits/show.html",
        benefit=row,
        booking=booking if settles and row.state is BenefitState.GRANTED else None,
        decision=decision if settles and row.state is BenefitState.ESCALATED else None,
        development=benefits.development_of(db(), row),
        reads_deals=may(actor(), Permission.READ_DEALS),
        charges=may(actor(), Permission.PROPOSE_ADJUSTMENT),
    )


def _wanted() -> Select[Benefit]:
    return benefits.listed(actor(), state=chosen(BenefitState, request.args.get("state")) or "")
