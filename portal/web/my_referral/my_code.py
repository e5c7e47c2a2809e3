"""The referrer's code: choosing one of one's own, and a link for each place where it is put."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from referral.code import grouped

from ...access.permissions import Permission
from ...models import Campaign
from ...services.referral import vanity_codes
from ..edge import actor, db, now, refusing
from ..guard import guard
from ..landing.landing import address_of
from ..words.campaigns import CAMPAIGNS
from .forms import VanityForm
from .poster import of, own_referrer, own_referrers, places

bp = Blueprint("my_code", __name__, url_prefix="/my-code")

_OFFERED = (Campaign.WECHAT, Campaign.MOMENTS, Campaign.QQ, Campaign.REDNOTE, Campaign.SMS, Campaign.PRINT)


@bp.route("/", methods=["GET", "POST"])
@guard(Permission.OWN_POSTER)
def show():
    """My code, my own word for it, and my links."""
    mine, referrer, form = own_referrers(), own_referrer(), VanityForm()
    here = of(mine, referrer)
    if form.validate_on_submit():
        with refusing(form):
            vanity_codes.choose(db(), actor(), now(), referrer, form.code.data)
            flash(_("The code is yours. Your first code goes on working."), "success")
            return redirect(url_for(".show", **here))
    chosen = vanity_codes.of(db(), referrer.id)
    code = chosen.code if chosen else None
    links = [(CAMPAIGNS[one], address_of(referrer, code=code, campaign=one.value)) for one in _OFFERED]
    page = render_template(
        "my_referral/my_code.html",
        referrer=referrer,
        form=form,
        chosen=chosen,
        code=grouped(referrer.code),
        link=address_of(referrer, code=code),
        links=links,
        places=places("my_code.show", mine, referrer),
        here=here,
    )
    return page, 422 if form.is_submitted() else 200
