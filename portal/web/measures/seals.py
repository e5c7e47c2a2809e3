"""Sealing a month: one person proposes, another looks at its figures and confirms, or sends it back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...models import MeasureSeal
from ...services.measures import board, seals
from ...services.partners import partners
from ..components import month as month_word
from ..edge import actor, db, load, now
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..lists.arguments import month_in
from ..lists.paging import page_of
from ..messages import say
from . import words

bp = Blueprint("measure_seals", __name__, url_prefix="/measures/seals")


@bp.get("/")
@guard(Permission.READ_MEASURES)
def index() -> ResponseReturnValue:
    """Every month that somebody proposed to seal."""
    page = page_of(db(), seals.listing(actor()), MeasureSeal.id, request.args.get("after"))
    return render_template("measures/seals.html", page=page)


@bp.post("/propose")
@guard(Permission.PROPOSE_MEASURES)
def propose() -> ResponseReturnValue:
    """Propose to seal the month that was looked at."""
    month = month_in(request.form.get("month"))
    form = FlaskForm()
    if month is not None and form.validate_on_submit():
        try:
            with db().begin_nested():
                row = seals.propose(db(), actor(), now(), month)
                db().flush()
        except Refusal as refusal:
            flash(say(refusal), "danger")
        else:
            flash(_("Proposed. Another person looks at the figures and seals the month."), "success")
            return redirect(url_for(".show", seal_id=row.id))
    return redirect(url_for("measures.index", month=month))


@bp.get("/<int:seal_id>")
@guard(Permission.READ_MEASURES)
def show(seal_id: int) -> ResponseReturnValue:
    """A month with its figures, and the decision."""
    return _page(load(MeasureSeal, seal_id), SendBackForm())


@bp.post("/<int:seal_id>/confirm")
@guard(Permission.CONFIRM_MEASURES)
def confirm(seal_id: int) -> ResponseReturnValue:
    """Seal the month that another person proposed."""
    return _pages.confirm(load(MeasureSeal, seal_id), _confirm)


@bp.post("/<int:seal_id>/refuse")
@guard(Permission.CONFIRM_MEASURES, stops=True)
def refuse(seal_id: int) -> ResponseReturnValue:
    """Send another person's proposal back."""
    return _pages.send_back(load(MeasureSeal, seal_id), seals.refuse)


@bp.post("/<int:seal_id>/withdraw")
@guard(Permission.PROPOSE_MEASURES, stops=True)
def withdraw(seal_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    return _pages.withdraw(load(MeasureSeal, seal_id), seals.withdraw)


def _confirm(row: MeasureSeal) -> ResponseReturnValue:
    seals.confirm(db(), actor(), now(), row)
    flash(_("%(month)s is sealed. What changes later is told beside it.", month=month_word(row.month)), "success")
    return redirect(url_for("measures.index", month=row.month))


def _page(row: MeasureSeal, form: SendBackForm) -> str:
    mine = row.proposed_by == actor().id
    known = board.load(db(), [row.month])
    return render_template(
        "measures/seal.html",
        row=row,
        form=form,
        board=known.board(now()),
        by_development=known.by_development(partners.development_choices(db(), actor())),
        may_decide=row.open and not mine and may(actor(), Permission.CONFIRM_MEASURES),
        may_withdraw=row.open and mine,
        words=words,
    )


_pages = DecisionPages(_page, lambda row: url_for(".show", seal_id=row.id))
