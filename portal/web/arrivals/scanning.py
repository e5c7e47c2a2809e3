"""The broker scans the code on the tablet at reception: within the page, or by the phone's own camera.

Within the page the client is known already. The phone's camera opens an address; then the broker says with whom he
came, and a ticket keeps the instant of the scan.
"""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired

from ...access.permissions import Permission
from ...models import Development, Registration, Touch
from ...services.showings import arrival_codes, site_codes
from ...services.showings import lists as showing_lists
from ...services.showings.check_ins import open_touch
from ...services.showings.site_codes import Scanned
from ..edge import actor, db, form_page, load, now, refusing
from ..files.stills import STILLS, scanner, text_in_still
from ..guard import guard
from ..limits import limiter
from .site_code import mark

bp = Blueprint("scanning", __name__)

_MOST = 50
"""Clients to choose from: more than anybody brings."""


class ScanForm(FlaskForm):
    """The text of the code, as the page's scanner read it."""

    text = HiddenField(validators=[InputRequired()])


class FindForm(FlaskForm):
    """Whom the broker looks for, and when he scanned: the code itself has changed meanwhile."""

    ticket = HiddenField(validators=[InputRequired()])
    q = StringField(_l("Client's surname, last four digits or phone"))


class ArriveForm(FlaskForm):
    """With whom the broker came, and when he scanned."""

    ticket = HiddenField(validators=[InputRequired()])
    registration = IntegerField(validators=[InputRequired()])


@bp.get("/here/", defaults={"token": ""})
@bp.get("/here/<token>")
@guard(Permission.CHECK_IN)
def here(token: str) -> ResponseReturnValue:
    """With whom? The phone's own camera opened the code."""
    scanned = site_codes.read(db(), now(), token)
    return _choice(scanned, site_codes.ticket_for(db(), actor(), scanned))


@bp.post("/here/find")
@guard(Permission.CHECK_IN)
def find() -> ResponseReturnValue:
    """Find the client among many. Who scanned need not scan again for that."""
    form = FindForm()
    if not form.validate_on_submit():
        return redirect(url_for("showings.ready"), 303)
    scanned = site_codes.read_ticket(db(), actor(), now(), form.ticket.data)
    return _choice(scanned, form.ticket.data, (form.q.data or "").strip())


def _choice(scanned: Scanned, ticket: str, find: str = "") -> str:
    development = db().get_one(Development, scanned.development_id)
    ready = showing_lists.ready_to_check_in(db(), actor(), now(), find)
    ready = ready.where(Registration.development_id == development.id)
    rows = db().scalars(ready.order_by(Registration.id.desc()).limit(_MOST)).all()
    return render_template(
        "arrivals/here.html",
        development=development,
        rows=rows,
        client_name=lambda row: showing_lists.client_name(db(), actor(), row),
        client_phone=lambda row: showing_lists.client_phone(db(), row),
        form=FindForm(formdata=None, ticket=ticket, q=find),
    )


@bp.post("/here/")
@guard(Permission.CHECK_IN)
def arrive() -> ResponseReturnValue:
    """The broker is here with this client."""
    form = ArriveForm()
    if not form.validate_on_submit():
        return redirect(url_for("showings.ready"), 303)
    return _record(form.registration.data, site_codes.read_ticket(db(), actor(), now(), form.ticket.data))


@bp.route("/showings/check-in/<int:registration_id>/site-code", methods=["GET", "POST"])
@guard(Permission.CHECK_IN)
def scan(registration_id: int) -> ResponseReturnValue:
    """Scan the code with the camera of this page, for a client who is known already."""
    registration = load(Registration, registration_id)
    open_touch(db(), now(), registration)
    form = ScanForm()
    if form.validate_on_submit():
        with refusing(form):
            text = form.text.data.removeprefix(mark())
            return _record(registration_id, site_codes.read(db(), now(), text))
    return form_page(
        "arrivals/scan.html",
        form,
        registration=registration,
        client=showing_lists.client_name(db(), actor(), registration),
        mark=mark(),
    )


@bp.post("/showings/check-in/still")
@guard(Permission.CHECK_IN)
@limiter.limit(STILLS, key_func=scanner)
def still() -> Response | tuple[str, int]:
    """What a still of the page's scanner shows."""
    return text_in_still()


def _record(registration_id: int, scanned: Scanned) -> BaseResponse:
    """Keep the scan, and go on to where the client is shown."""
    touch = open_touch(db(), now(), load(Registration, registration_id))
    site_codes.record_scan(db(), actor(), now(), touch, scanned)
    flash(_("You are at the site: that is noted. Now show that your client is too."), "success")
    return redirect(_onward(touch, registration_id), 303)


def _onward(touch: Touch, registration_id: int) -> str:
    """Back to the code that was sent, else to the choice of ways."""
    sent = arrival_codes.counts(now(), arrival_codes.latest_code(db(), touch))
    return url_for("faceless.code" if sent else "showings.check_in", registration_id=registration_id)
