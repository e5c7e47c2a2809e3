"""The desk: a voucher is scanned, photographed or typed, looked at, and redeemed once.

Looking is a GET that changes nothing, so a page can be opened again after the network went away; the redemption is one
POST with the page's own key, so that sending it again is told what happened and does nothing.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal
from referral.rewards.reward_plan import Kind
from referral.voucher import MARK

from ...access.permissions import Permission
from ...adapters.images.qr_reader import read_qr
from ...clock import local_day
from ...crypto import token
from ...models import Voucher
from ...services.care_team import fetched_gifts
from ...services.partners.partners import open_developments
from ...services.vouchers import redeeming, vouchers
from ..edge import actor, db, now, refusing, show_refusal
from ..files.stills import LONGEST_TEXT, STILLS, scanner, text_in_still
from ..files.uploads import PHOTOS, take_in
from ..guard import guard
from ..limits import limiter
from ..lists.arguments import number_of
from ..messages import say
from ..words import vouchers as words
from .forms import FindForm, PhotoForm, RedeemForm, ReliefForm

bp = Blueprint("redeeming", __name__, url_prefix="/redeem")


@bp.get("/")
@guard(Permission.REDEEM_VOUCHER)
def index() -> ResponseReturnValue:
    """Find a voucher; then what it is for, whether it can be redeemed here, and the button."""
    form = _find_form()
    if "text" not in request.args or not form.validate():
        return _page(form)
    voucher = None
    try:
        voucher, _scanned = vouchers.by_text(db(), form.text.data)
    except Refusal as refusal:
        show_refusal(form, refusal)
        if ":" in form.text.data:  # it was scanned: there is no slip in it to correct
            form.text.data = ""
    if voucher is not None and ":" not in form.text.data:  # a number was typed, or the code: it is this voucher
        form.text.data = voucher.code
    given = {"development": form.development.data, "text": form.text.data, "key": token()}
    return _page(form, voucher, RedeemForm(formdata=None, **given), ReliefForm(formdata=None, **given))


@bp.post("/photo")
@guard(Permission.REDEEM_VOUCHER)
def photo() -> ResponseReturnValue:
    """Read the QR code of a photo, and go on as if it had been scanned."""
    form, found = PhotoForm(), None
    if form.validate_on_submit():
        found = take_in(form, PHOTOS, lambda: _text_in(form.photo.data.read()))
    if found is not None:
        return redirect(url_for(".index", development=number_of(form.place.data), text=found[:LONGEST_TEXT]))
    return _page(_find_form(), photo_form=form), 422


def _text_in(photo: bytes) -> str:
    found = read_qr(photo)
    if found is None:
        raise Refusal("no_qr_found", field="photo")
    return found


@bp.post("/still")
@guard(Permission.REDEEM_VOUCHER)
@limiter.limit(STILLS, key_func=scanner)
def still() -> Response | tuple[str, int]:
    """What a still of the scanner shows: the QR code's text, or 204 for nothing yet."""
    return text_in_still()


@bp.post("/")
@guard(Permission.REDEEM_VOUCHER)
def redeem() -> ResponseReturnValue:
    """Redeem it; sent again, say that it is done."""
    form = RedeemForm()
    place = number_of(form.development.data)
    if form.validate_on_submit() and place is not None:
        with refusing(form):
            done = redeeming.redeem_voucher(
                db(),
                actor(),
                now(),
                text=form.text.data,
                development_id=place,
                key=form.key.data,
                starts_on=form.starts_on.data,
            )
            if not done.again:
                fetched_gifts.note(db(), actor(), now(), done.voucher)
            again = _("You have redeemed it a moment ago: it is done. Hand it out once.")
            flash(again if done.again else _("Redeemed. Hand it out now."), "success")
            return redirect(url_for("vouchers.show", voucher_id=done.voucher.id), 303)
    return _again(form, ReliefForm(formdata=None, development=form.development.data, text=form.text.data)), 422


@bp.post("/relief")
@guard(Permission.REDEEM_VOUCHER)
def relief() -> ResponseReturnValue:
    """Pay a bill out of a fee relief: its figures are shown once more, to be confirmed or corrected."""
    form, step = ReliefForm(), request.form.get("step")
    place = number_of(form.development.data)
    if form.validate_on_submit() and place is not None and step != "correct":
        bill = redeeming.Bill(
            development_id=place, number=form.bill.data, months=form.months.data, amount_fen=form.amount.data
        )
        with refusing(form):
            voucher, _scanned = vouchers.by_text(db(), form.text.data)
            found = redeeming.look_up_bill(db(), actor(), now(), voucher, bill)
            if isinstance(found, str) and step != "pay":
                each = form.amount.data // form.months.data
                return render_template("vouchers/confirm_bill.html", form=form, voucher=voucher, each=each, words=words)
            paid = redeeming.apply_relief(db(), actor(), now(), form.text.data, bill)
            said = _("Paid. %(left)s months are left.", left=paid.voucher.months_left)
            flash(_("This bill was paid already: it is done.") if paid.again else said, "success")
            return redirect(url_for("vouchers.show", voucher_id=paid.voucher.id), 303)
    page = _again(RedeemForm(formdata=None, development=form.development.data, text=form.text.data, key=token()), form)
    return page, 200 if step == "correct" and not form.errors else 422


def _find_form() -> FindForm:
    form = FindForm(request.args)
    form.development.choices = [(one.id, one.name) for one in open_developments(db())]
    if not request.args.get("development") and form.development.choices:
        form.development.data = form.development.choices[0][0]
    return form


def _again(redeem_form: RedeemForm, relief_form: ReliefForm) -> str:
    """The voucher once more, with what was wrong."""
    form, voucher = _find_form(), None
    text, place = redeem_form.text.data or "", number_of(redeem_form.development.data)
    form.text.data, form.development.data = text, place or form.development.data
    try:
        voucher, _scanned = vouchers.by_text(db(), text)
    except Refusal as refusal:
        show_refusal(form, refusal)
    return _page(form, voucher, redeem_form, relief_form)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemForms:
    """The ways to go on: redeem, pay a bill, send a photo of a code."""

    redeem: RedeemForm | None
    relief: ReliefForm | None
    photo: PhotoForm


def _page(
    form: FindForm,
    voucher: Voucher | None = None,
    redeem_form: RedeemForm | None = None,
    relief_form: ReliefForm | None = None,
    photo_form: PhotoForm | None = None,
) -> str:
    return render_template(
        "vouchers/redeem.html",
        form=form,
        voucher=voucher,
        refused=_refused(voucher, form.development.data),
        stands=vouchers.standing(voucher, now()) if voucher else "",
        forms=RedeemForms(
            redeem=redeem_form,
            relief=relief_form,
            photo=photo_form or PhotoForm(formdata=None, place=form.development.data),
        ),
        kinds=Kind,
        today=local_day(now()),
        now=now(),
        words=words,
        mark=MARK,
    )


def _refused(voucher: Voucher | None, development_id: int | None) -> str | None:
    """Why it cannot be redeemed here and now, in words."""
    refusal = None if voucher is None else redeeming.refusal_of(actor(), now(), voucher, development_id)
    if voucher is None or refusal is None:
        return None
    used_up = refusal.code == "relief_exceeded"
    return words.sentence(voucher, now()) if used_up else say(refusal)
