"""Referrers' own lines on posters: asked for, read by a manager, approved or turned down."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import PosterLine, ProposalState
from ...services.posters import own_lines
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.paging import page_of
from ..messages import say
from ..referrers.own import of, own_referrer, own_referrers, places

bp = Blueprint("own_lines", __name__)


class LineForm(FlaskForm):
    """A line that a referrer asks for."""

    text = StringField(_l("Your line"), [InputRequired(_l("Please fill this in.")), Length(max=60)])


class TurnDownForm(FlaskForm):
    """Why a line is turned down."""

    reason = TextAreaField(_l("Why"), [Length(max=200)])


@bp.route("/poster/lines", methods=["GET", "POST"])
@guard(Permission.OWN_POSTER)
def mine() -> ResponseReturnValue:
    """My own lines: what became of each, and the field to ask for another."""
    all_mine, referrer, form = own_referrers(), own_referrer(), LineForm()
    here = of(all_mine, referrer)
    if form.validate_on_submit():
        with refusing(form):
            own_lines.ask(db(), actor(), now(), referrer, form.text.data)
            flash(_("Asked for. You can use it as soon as the sales office has read it."), "success")
            return redirect(url_for(".mine", **here), 303)
    rows = own_lines.of_referrer(db(), referrer)
    return form_page(
        "posters/own_lines.html",
        form,
        rows=rows,
        may_ask=own_lines.may_ask(db(), referrer),
        here=here,
        switcher=places("own_lines.mine", all_mine, referrer),
    )


@bp.post("/poster/lines/<int:line_id>/withdraw")
@guard(Permission.OWN_POSTER)
def withdraw(line_id: int) -> ResponseReturnValue:
    """Take a line back while it waits."""
    line = load(PosterLine, line_id)
    try:
        own_lines.withdraw(db(), actor(), now(), line)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    return redirect(url_for(".mine", of=line.development_id), 303)


@bp.get("/poster-lines")
@guard(Permission.MANAGE_REFERRERS)
def index() -> ResponseReturnValue:
    """All lines, newest first."""
    stmt = own_lines.listing(actor(), chosen(ProposalState, request.args.get("state")))
    page = page_of(db(), stmt, PosterLine.id, request.args.get("after"))
    return render_template("posters/poster_lines.html", page=page)


@bp.get("/poster-lines/<int:line_id>")
@guard(Permission.MANAGE_REFERRERS)
def show(line_id: int) -> ResponseReturnValue:
    """One line: whose, for which development, and the decision."""
    return render_template("posters/poster_line.html", line=load(PosterLine, line_id), form=TurnDownForm())


@bp.post("/poster-lines/<int:line_id>/approve")
@guard(Permission.MANAGE_REFERRERS)
def approve(line_id: int) -> ResponseReturnValue:
    """Let it stand on its referrer's posters."""
    line, form = load(PosterLine, line_id), TurnDownForm(formdata=None)
    with refusing(form):
        own_lines.approve(db(), actor(), now(), line)
        flash(_("Approved. Its referrer can use it from now on."), "success")
        return redirect(url_for(".index", state="proposed"), 303)
    return render_template("posters/poster_line.html", line=line, form=form), 409


@bp.post("/poster-lines/<int:line_id>/refuse")
@guard(Permission.MANAGE_REFERRERS)
def refuse(line_id: int) -> ResponseReturnValue:
    """Turn it down, with a reason that its referrer reads."""
    line, form = load(PosterLine, line_id), TurnDownForm()
    if form.validate_on_submit():
        with refusing(form):
            own_lines.refuse(db(), actor(), now(), line, form.reason.data or "")
            flash(_("Turned down. Its referrer reads why."), "success")
            return redirect(url_for(".index", state="proposed"), 303)
    return render_template("posters/poster_line.html", line=line, form=form), 422
