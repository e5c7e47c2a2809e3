"""Corrections of deals: typed, shown line by line as they would be posted, then posted."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from commissions.accrual import Line

from ...access.permissions import Permission
from ...clock import month_of
from ...models import Agreement, CorrectionProposal, Deal, PlanVersion
from ...services.deals import correction_proposals, corrections
from ...services.deals.corrections import DealFacts, WindowsPlan
from ...services.partners import partners
from ...services.programmes import discounts
from ..edge import actor, config, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from ..words import deals as words
from ..words.employees import WAYS
from .forms import CorrectionForm, PlanCorrectionForm
from .proposals import Posts

bp = Blueprint("corrections", __name__)


@bp.route("/deals/<int:deal_id>/correct", methods=["GET", "POST"])
@guard(Permission.CORRECT_DEAL)
def deal(deal_id: int) -> ResponseReturnValue:
    """Correct a deal's price or signing date: what was typed is shown as lines first, and posted when sent again."""
    row = load(Deal, deal_id)
    form = CorrectionForm(price=row.price_fen, signed_at=row.signed_at)
    if row.signed_at is None:
        del form.signed_at
    lines: Sequence[Line] | None = None
    of_rewards = 0
    if form.validate_on_submit():
        moved = form.signed_at is not None and form.signed_at.typed_anew(row.signed_at)
        facts = DealFacts(
            price_fen=form.price.data,
            signed_at=form.signed_at.data if moved else None,
            price_is_right=form.price_is_right.data,
        )
        with refusing(form):
            lines = corrections.preview_deal(db(), now(), row, facts)
            of_rewards = corrections.rewards_moved_fen(db(), now(), row, facts.signed_at)
            reason = form.reason.data
            if form.confirmed() and correction_proposals.needs_second(db(), lines, of_rewards):
                return _proposed(correction_proposals.propose_deal(db(), actor(), now(), row, facts, reason=reason))
            if form.confirmed():
                corrections.correct_deal(db(), actor(), now(), row, facts, reason=reason)
                flash(_("The correction is made, and what follows is posted."), "success")
                return redirect(url_for("deals.show", deal_id=deal_id))
            form.remember()
    month = month_of(row.signed_at) if row.signed_at else None
    return form_page(
        "deals/correct.html",
        form,
        deal=row,
        month=month,
        discount=discounts.of_deal(db(), row),
        words=words,
        ways=WAYS,
        waiting=correction_proposals.waiting_of(db(), row),
        posts=_posts(lines, of_rewards),
        limit_fen=_limit(lines, of_rewards),
    )


@bp.route("/deals/correct-plan", methods=["GET", "POST"])
@guard(Permission.CORRECT_DEAL)
def plan() -> ResponseReturnValue:
    """Let the deals that an agreement brought in a window keep another version of its plan."""
    asked = request.args
    pair = {name: number_of(asked.get(name)) for name in ("development", "agency")}
    form = PlanCorrectionForm(window=asked.get("window"), **pair)
    form.development.choices = partners.development_choices(db(), actor())
    form.agency.choices = partners.agency_choices(db(), actor())
    form.version.choices = [
        (row.id, _("%(name)s, version %(version)s", name=row.name, version=row.version))
        for row in corrections.versions(db())
    ]
    lines: Sequence[Line] | None = None
    if form.validate_on_submit():
        with refusing(form):
            agreement: Agreement = corrections.agreement_of(db(), form.development.data, form.agency.data)
            chosen = WindowsPlan(agreement, form.window.data, load(PlanVersion, form.version.data))
            lines = corrections.preview_plan(db(), now(), chosen)
            reason = form.reason.data
            if form.confirmed() and correction_proposals.needs_second(db(), lines):
                return _proposed(correction_proposals.propose_plan(db(), actor(), now(), chosen, reason=reason))
            if form.confirmed():
                row = corrections.correct_plan(db(), actor(), now(), chosen, reason=reason)
                count = len(row.facts)
                flash(_("Corrected, and what follows is posted. Deals: %(count)s.", count=count), "success")
                return redirect(url_for("deals.index", development=form.development.data, agency=form.agency.data))
            form.remember()
    return form_page("deals/correct_plan.html", form, posts=_posts(lines), limit_fen=_limit(lines))


def _proposed(proposal: CorrectionProposal) -> Response:
    """Where a proposal is read, after it was made."""
    flash(_("Proposed. Another person of finance or an approver confirms it; nothing is posted yet."), "success")
    return redirect(url_for("correction_proposals.show", proposal_id=proposal.id))


def _posts(lines: Sequence[Line] | None, of_rewards: int = 0) -> Posts | None:
    """What would be posted; None before anything was typed."""
    return None if lines is None else Posts.of(correction_proposals.planned(lines), of_rewards)


def _limit(lines: Sequence[Line] | None, of_rewards: int = 0) -> int | None:
    """The limit of one hand in fen, where these lines are above it."""
    needs_second = lines is not None and correction_proposals.needs_second(db(), lines, of_rewards)
    return config().correction_alone * 100 if needs_second else None
