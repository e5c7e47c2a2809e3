"""The referrer's code: choosing one of one's own, and a link for each place where it is put."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from referral.code import grouped

from ...access.permissions import Permission
from ...models import Campaign, Referrer
from ...services.posters import shown_names
from ...services.referral import vanity_codes
from ..edge import actor, db, form_page, now, refusing
from ..guard import guard
from ..landing.landing import address_of
from ..referrers.own import of, own_referrer, own_referrers, places
from ..words.campaigns import CAMPAIGNS
from .forms import ShownNameForm, VanityForm

bp = Blueprint("my_code", __name__, url_prefix="/my-code")

_OFFERED = (Campaign.WECHAT, Campaign.MOMENTS, Campaign.QQ, Campaign.REDNOTE, Campaign.SMS, Campaign.PRINT)


@bp.route("/", methods=["GET", "POST"])
@guard(Permission.OWN_POSTER)
def show() -> ResponseReturnValue:
    """My code, my own word for it, and my links."""
    referrer, form = own_referrer(), VanityForm()
    if form.validate_on_submit():
        with refusing(form):
            vanity_codes.choose(db(), actor(), now(), referrer, form.code.data)
            flash(_("The code is yours. Your first code goes on working."), "success")
            return redirect(url_for(".show", **of(own_referrers(), referrer)))
    return _page(referrer, form)


@bp.post("/name")
@guard(Permission.OWN_POSTER)
def name() -> ResponseReturnValue:
    """How friends read who invites them."""
    referrer, form = own_referrer(), ShownNameForm()
    if form.validate_on_submit():
        with refusing(form):
            wanted = form.shown_name.data
            shown_names.choose(db(), actor(), now(), referrer, "" if wanted == form.MASKED else wanted)
            flash(_("From now on friends read this name."), "success")
            return redirect(url_for(".show", **of(own_referrers(), referrer)), 303)
    return _page(referrer, VanityForm(formdata=None), form)


def _page(referrer: Referrer, form: VanityForm, named: ShownNameForm | None = None) -> tuple[str, int]:
    mine = own_referrers()
    now_shown = {"shown_name": shown_names.chosen(db(), referrer) or ShownNameForm.MASKED}
    named = named or ShownNameForm(formdata=None, data=now_shown)
    names = [SelectChoice(one, one) for one in shown_names.offered(db(), referrer)]
    named.shown_name.choices = [SelectChoice(named.MASKED, shown_names.masked(referrer)), *names]
    chosen = vanity_codes.of(db(), referrer.id)
    code = chosen.code if chosen else None
    links = [(CAMPAIGNS[one], address_of(referrer, code=code, campaign=one.value)) for one in _OFFERED]
    return form_page(
        "my_referral/my_code.html",
        form,
        named=named,
        referrer=referrer,
        chosen=chosen,
        code=grouped(referrer.code),
        link=address_of(referrer, code=code),
        links=links,
        switcher=places("my_code.show", mine, referrer),
        here=of(mine, referrer),
    )
