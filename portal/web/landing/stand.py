"""A stand's gift, taken by a button on its landing page: a POST, so that robots and previews take none.

Many phones may stand behind one stand's Wi-Fi, so an address may ask often; what bounds the gifts is their number, of
which one network fetches half.
"""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Programme
from ...services.leads import leads
from ...services.programmes import gifts, programmes
from ...services.vouchers import vouchers
from ..edge import db, now
from ..guard import public
from ..limits import limiter
from ..messages import say
from ..words import vouchers as words
from . import gift_keys, rate_limits
from .landing import dead_end, landing_page
from .scans import visitor

bp = Blueprint("stand", __name__, url_prefix="/r")


@bp.record_once
def _bring_own_key(state: BlueprintSetupState) -> None:
    """The page sets no cookie; the key is what a check against foreign pages would be."""
    state.app.extensions["csrf"].exempt(bp)


@bp.post("/<code>/gift")
@public
@limiter.limit("60/minute")
def take(code: str) -> ResponseReturnValue:
    """Give the gift of this tap; sent again, show it again. Where there is none the page says so, with its form."""
    try:
        referrer = leads.land(db(), now(), code)
    except Refusal as refusal:
        return dead_end(refusal, code)
    programme = programmes.of(db(), referrer)
    if programme is None:
        abort(404)
    actor = Actor(None, None, address=request.remote_addr)
    try:
        tap = gift_keys.tap_of(request.form.get("csrf_token", ""), programme)
        given_before, gift = gifts.of_scan(db(), programme.referrer_id, tap), gifts.scan_gift(db(), now(), programme)
        if not given_before:
            rate_limits.check_network(referrer, gift)
        gifts.give_scan_gifts(db(), actor, now(), programme, key=tap, visitor=visitor())
    except Refusal as refusal:
        return landing_page(referrer, said=say(refusal)), 409
    if not given_before:
        rate_limits.count_gift(referrer, gift)
    return redirect(url_for(".show", token=gift_keys.address_part(programme, tap)), 303)


@bp.get("/gift/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """What a tap has brought, to be shown at the desk."""
    try:
        programme_id, tap = gift_keys.read_address(token)
    except Refusal:
        abort(404)
    given = gifts.of_scan(db(), programme_id, tap)
    if not given:
        abort(404)
    cards = [(row, vouchers.standing(row, now()), vouchers.qr_text(db(), row)) for row in given]
    code = db().get_one(Programme, programme_id).referrer.code
    return render_template("landing/stand_gifts.html", cards=cards, code=code, now=now(), words=words)
