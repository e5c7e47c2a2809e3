"""Referring for another development: who is signed in confirms once."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import InputRequired

from commissions.refusal import Refusal
from referral.joining import TERMS_VERSION

from ...access.permissions import Permission
from ...models import Audience
from ...services.joining import joining
from ...services.joining.joining import Terms
from ...services.rewards import promises
from ..edge import actor, db, form_page, now, refusing
from ..guard import guard
from ..language import choose
from ..messages import say
from ..referrers.own import own_referrers
from ..words import reward_plans as plan_words

bp = Blueprint("another", __name__, url_prefix="/poster/another")


class AnotherForm(FlaskForm):
    """The terms there."""

    terms = BooleanField(
        _l("I have read the terms and agree"), [InputRequired(_l("Without your agreement you cannot take part."))]
    )


@bp.get("/")
@guard(Permission.OWN_POSTER)
def index() -> ResponseReturnValue:
    """The developments that take people in."""
    return _developments()


def _developments() -> str:
    return render_template(
        "my_referral/another.html", mine=own_referrers(), developments=joining.open_to(db(), actor(), now())
    )


@bp.route("/<int:development_id>", methods=["GET", "POST"])
@guard(Permission.OWN_POSTER)
def join(development_id: int) -> ResponseReturnValue:
    """What it brings there, the terms, and yes."""
    own_referrers()
    try:
        development = joining.open_page(db(), now(), development_id)
    except Refusal as refusal:
        flash(say(refusal), "danger")
        return _developments(), 404  # with those that do take people in
    form = AnotherForm()
    if form.validate_on_submit():
        with refusing(form):
            terms = Terms(TERMS_VERSION if form.terms.data else None, choose())
            joining.join_another(db(), actor(), now(), development_id, terms=terms)
            flash(
                _("You refer for %(development)s too. This is your poster there.", development=development.name),
                "success",
            )
            return redirect(url_for("poster.show", of=development_id), 303)
    return form_page(
        "my_referral/another_join.html",
        form,
        development=development,
        plan=promises.in_force(db(), Audience.CITIZEN, now(), development.id),
        words=plan_words,
    )
