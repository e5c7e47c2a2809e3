"""What a friend sees: the page behind a poster's code, its form, and thanks (rules 7.2).

No page here sets a cookie or asks for a script: a scan says nothing about who scanned. So the forms bring a
signed token of their own, and the blueprint is left out of the check that needs a session.
"""

from urllib.parse import urljoin

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from commissions.refusal import Refusal
from referral.code import grouped, normalise

from ...models import Outcome, Referrer
from ...rules.consent import CURRENT_VERSION, Purpose
from ...services import contacts, leads, receipts
from ..edge import config, db, now, refusing
from ..guard import public
from ..language import choose
from ..limits import limiter
from .forms import CodeForm, LeadForm, OptOutForm

bp = Blueprint("landing", __name__, url_prefix="/r")

_DEAD_ENDS = {"code_mistyped": 404, "code_unknown": 404, "code_revoked": 410}


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.get("/")
@public
def type_code():
    """For who holds a printed code and no camera: type it, and on."""
    typed = normalise(request.args.get("code", ""))
    if typed:
        return redirect(url_for(".show", code=typed))
    return render_template("referral/type_code.html", form=CodeForm())


@bp.get("/<code>")
@public
def show(code: str):
    """The landing page of a code."""
    try:
        referrer = leads.land(db(), code)
    except Refusal as refusal:
        return _dead_end(refusal, code)
    return _landing(referrer, LeadForm())


@bp.post("/<code>")
@public
@limiter.limit("10/minute")
def leave(code: str):
    """Name and phone, left with consent."""
    try:
        referrer = leads.land(db(), code)
    except Refusal as refusal:
        return _dead_end(refusal, code)
    form = LeadForm()
    if form.validate_on_submit():
        if form.website.data:
            return redirect(url_for(".thanks"))  # a machine: it learns nothing, and nothing is kept
        with refusing(form):
            lead = leads.leave_lead(
                db(),
                now(),
                code=code,
                name=form.name.data,
                phone=form.phone.data,
                consent_version=CURRENT_VERSION[Purpose.CONTACT] if form.contact.data else None,
                locale=choose(),
                address=request.remote_addr,
            )
            if lead.at != now():
                return redirect(url_for(".thanks"))  # known from an earlier visit: its receipt was handed out then
            return redirect(url_for(".thanks_for", key=receipts.receipt_of(db(), lead).key))
    return _landing(referrer, form), 422


@bp.get("/thanks")
@public
def thanks():
    """Thanks to who was here before."""
    return render_template("referral/thanks.html", lead=None)


@bp.get("/thanks/<key>")
@public
def thanks_for(key: str):
    """Thanks, with the receipt and the way out."""
    return render_template("referral/thanks.html", lead=_lead(key), key=key, form=OptOutForm(), outcomes=Outcome)


@bp.post("/thanks/<key>")
@public
@limiter.limit("10/minute")
def opt_out(key: str):
    """Opt out (退订): no more contact."""
    if OptOutForm().validate_on_submit():
        leads.withdraw(db(), now(), _lead(key), address=request.remote_addr)
    return redirect(url_for(".thanks_for", key=key))


def address_of(referrer: Referrer) -> str:
    """The landing page's public address, as it stands in the poster's QR code."""
    return urljoin(config().base_url, url_for("landing.show", code=referrer.code))


def _landing(referrer: Referrer, form: LeadForm) -> str:
    return render_template(
        "referral/landing.html",
        form=form,
        development=referrer.development,
        inviter=contacts.mask_name(referrer.person.name),
        address=address_of(referrer),
    )


def _dead_end(refusal: Refusal, typed: str) -> tuple[str, int]:
    """A kind page for a code that leads nowhere, with the field to type it again where that helps."""
    if refusal.code not in _DEAD_ENDS:
        raise refusal
    form = CodeForm(data={"code": grouped(normalise(typed)[:16])})
    return render_template("referral/dead_end.html", code=refusal.code, form=form), _DEAD_ENDS[refusal.code]


def _lead(key: str):
    lead = leads.by_receipt(db(), key)
    if lead is None:
        abort(404)
    return lead
