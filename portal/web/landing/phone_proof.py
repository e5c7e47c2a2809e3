"""The page behind the landing page where many numbers were left today: a code shows that the number is the friend's.

What was typed is kept before the code is asked for, so nobody is lost who gets none. The page is the same for every
number, needs no script and sets no cookie.
"""

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException
from wtforms import StringField
from wtforms.validators import DataRequired

from ...models import Referrer
from ...services import contacts
from ...services.leads import phone_proofs
from ...services.leads.leads import Origin
from ..edge import abandon, config, db, form_page, now, refusing, send_texts_afterwards, show_refusal
from ..forms.public import PublicForm
from ..guard import public
from ..limits import limiter, network
from . import lead_links

bp = Blueprint("phone_proof", __name__, url_prefix="/r/code")


class ProofForm(PublicForm):
    """The code out of the text."""

    code = StringField(_l("Code from the text"), [DataRequired(_l("Enter the six digits of the text."))])


class AnotherCodeForm(PublicForm):
    """One button: another code."""


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.route("/<token>", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def show(token: str) -> ResponseReturnValue:
    """The code out of the text, or on without it."""
    visit = lead_links.opened(token)
    if not lead_links.asks_proof(token) or visit.consent.withdrawn_at or not texts_go_out():
        return redirect(_thanks(token), 303)
    form = ProofForm()
    if form.validate_on_submit():
        refusal = phone_proofs.try_code(db(), now(), visit.lead, form.code.data or "", address=request.remote_addr)
        if refusal is None:
            return redirect(_thanks(lead_links.signed(visit.receipt.key)), 303)
        show_refusal(form, refusal)
    return _page(token, form)


@bp.post("/<token>/again")
@public
@limiter.limit("10/minute")
def again(token: str) -> ResponseReturnValue:
    """Another code to the same number."""
    visit, form, page = lead_links.opened(token), AnotherCodeForm(), ProofForm(formdata=None)
    if not lead_links.asks_proof(token) or visit.consent.withdrawn_at or not texts_go_out():
        return redirect(_thanks(token), 303)
    if form.validate_on_submit():
        with refusing(form):
            phone_proofs.send_again(db(), now(), visit.lead, network=network())
            send_texts_afterwards()
            return redirect(address(token, request.args.get("mailed")), 303)
    page.form_errors.extend(form.form_errors)
    return _page(token, page)


@bp.errorhandler(429)
def too_often(_error: HTTPException) -> ResponseReturnValue:
    """Too many forms came from one place."""
    abandon()
    return render_template("errors/429.html"), 429


def asked(referrer: Referrer, phone: str, origin: Origin, *, over: bool) -> Origin:
    """Whether the number that is left now has to be shown, as the lead keeps it; then a code is on its way to it."""
    mark = phone_proofs.network_mark(db(), now(), network())
    asks = not over and phone_proofs.asks_proof(db(), now(), referrer, mark)
    if asks and texts_go_out():
        phone_proofs.send_code(db(), now(), referrer.development, phone, network=network())
        send_texts_afterwards()
    return replace(origin, network_mark=mark, asks_proof=asks)


def address(token: str, mailed: str | None) -> str:
    """Where the code is typed. `mailed`: the sealed work address that the page of thanks speaks of."""
    return url_for("phone_proof.show", token=token, mailed=mailed)


def texts_go_out() -> bool:
    """Whether a code can reach anybody."""
    return config().texts(config().sms_number_template)


def _thanks(token: str) -> str:
    return url_for("landing.thanks_for", token=token, mailed=request.args.get("mailed"))


def _page(token: str, form: ProofForm) -> tuple[str, int]:
    visit = lead_links.opened(token)
    return form_page(
        "landing/phone_proof.html",
        form,
        again=AnotherCodeForm(formdata=None),
        token=token,
        mailed=request.args.get("mailed"),
        masked=contacts.open_phone(db(), visit.lead.client).masked,
        landing=url_for("landing.show", code=visit.lead.referrer.code),
        thanks=_thanks(token),
    )
