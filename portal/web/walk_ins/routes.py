"""Reception signs visitors in who came without a broker."""

from datetime import datetime
from typing import Any, cast

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import day_start, local_day
from ...models import Touch, TouchKind
from ...rules.registrations.registration import WALK_IN_UNDO
from ...services.leads import gift_texts
from ...services.partners import partners
from ...services.programmes import employee_checks, gifts
from ...services.registrations import walk_in_undo, walk_ins
from ...services.vouchers import vouchers
from ..components import instant
from ..edge import actor, config, db, form_page, load, now, refusing, send_texts_afterwards
from ..guard import guard
from ..lists.arguments import number_of
from ..messages import say
from ..words import vouchers as words
from .forms import WalkInForm

bp = Blueprint("walk_ins", __name__)


@bp.route("/walk-ins", methods=["GET", "POST"])
@guard(Permission.SIGN_IN_WALK_IN)
def index() -> ResponseReturnValue:
    """Sign a visitor in; below, who came today. A client whom somebody holds already is shown with the holder; a
    referrer's friend with the gift that the visit brought."""
    form, held = WalkInForm(), None
    form.development.offer(partners.open_developments(db()))
    if form.validate_on_submit():
        with refusing(form):
            signed_in = _sign_in(form)
            if (answer := _answer(signed_in)) is not None:
                return answer
            held = signed_in.touch
    today = walk_ins.walk_ins_since(db(), actor(), day_start(local_day(now())))
    return form_page(
        "walk_ins/index.html",
        form,
        held=held,
        today=today,
        may_correct=lambda row: walk_in_undo.refusal_of(db(), now(), row.touch) is None,
        **_visit(),
    )


@bp.route("/walk-ins/<int:touch_id>/correct", methods=["GET", "POST"])
@guard(Permission.SIGN_IN_WALK_IN)
def correct(touch_id: int) -> ResponseReturnValue:
    """Whom a slip of the finger signed in: take it back, and sign in who really came. The name stands there, the number
    is typed anew."""
    touch = _walk_in(touch_id)
    blocked, seen = walk_in_undo.refusal_of(db(), now(), touch), walk_ins.seen(db(), touch)
    form, held = WalkInForm(data={"name": seen.client_name, "development": touch.development_id}), None
    form.development.offer(partners.open_developments(db()))
    if blocked is None and form.validate_on_submit():
        with refusing(form):
            walk_in_undo.withdraw(db(), actor(), now(), touch)
            signed_in = _sign_in(form)
            if (answer := _answer(signed_in)) is not None:
                return answer
            held = signed_in.touch
    return form_page(
        "walk_ins/correct.html",
        form,
        held=held,
        seen=seen,
        blocked=say(blocked) if blocked and not held else None,
        until=touch.at + WALK_IN_UNDO,
    )


@bp.post("/walk-ins/<int:touch_id>/undo")
@guard(Permission.SIGN_IN_WALK_IN)
def undo(touch_id: int) -> ResponseReturnValue:
    """Take back whom a slip of the finger signed in."""
    walk_in_undo.withdraw(db(), actor(), now(), _walk_in(touch_id))
    flash(_("Taken back. The client is free again; the receipt stands in the list."), "success")
    return redirect(url_for("walk_ins.index"), 303)


def _walk_in(touch_id: int) -> Touch:
    touch = load(Touch, touch_id)
    if touch.kind is not TouchKind.WALK_IN:
        abort(404)
    return touch


def _sign_in(form: WalkInForm) -> walk_ins.SignedIn:
    place, phone = form.development.data, form.phone.data
    form.ask(walk_ins.invitations(db(), now(), development_id=place, phone=phone))
    return walk_ins.sign_in_walk_in(
        db(),
        actor(),
        now(),
        development_id=place,
        phone=phone,
        name=form.name.data,
        invited_by=form.invited_by.data,
    )


def _answer(signed_in: walk_ins.SignedIn) -> ResponseReturnValue | None:
    """Where a sign-in leads; None where somebody else holds the client, which the page itself says."""
    if signed_in.new:
        until = instant(cast(datetime, signed_in.touch.protected_until))
        flash(_("Signed in. The visit protects until %(until)s.", until=until), "success")
        return redirect(url_for("walk_ins.index"), 303)
    if signed_in.touch.kind == TouchKind.REFERRAL_LEAD:
        _text_gift(signed_in.touch)
        return redirect(url_for("walk_ins.index", visit=signed_in.touch.id), 303)
    return None


def _text_gift(touch: Touch) -> None:
    """The friend who has not taken the gift today finds it on the phone."""
    if not config().texts(config().sms_gift_template):
        return
    for row in gifts.of_visit(db(), touch):
        said = {"gift": words.in_one(row), "code": words.grouped(row.code), "until": words.last_day(row)}
        if gift_texts.tell(db(), now(), touch, row, said | {"development": touch.development.name}):
            send_texts_afterwards()


def _visit() -> dict[str, Any]:
    """The friend who was just signed in: who sent him, what he is known as, and what the visit brought."""
    asked = number_of(request.args.get("visit"))
    if asked is None or request.method == "POST":
        return {"visit": None}
    touch = load(Touch, asked)
    if touch.kind != TouchKind.REFERRAL_LEAD:
        abort(404)
    lead = employee_checks.lead_of(db(), touch)
    given = [
        (row, vouchers.standing(row, now()), vouchers.qr_text(db(), row), words.sentence(row, now()))
        for row in gifts.of_visit(db(), touch)
    ]
    return {
        "visit": touch,
        "lead": lead,
        "employee": employee_checks.of_lead(db(), lead) if lead else None,
        "given": given,
        "hands_out": may(actor(), Permission.REDEEM_VOUCHER),
        "words": words,
    }
