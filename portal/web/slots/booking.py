"""A broker books the visit of a client: a day, a time, with how many people; moved and called off on the same page."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...clock import local_day
from ...models import Registration, SlotBooking
from ...rules.slots.slot import MOST_VISITORS, days_offered
from ...services.showings import lists as showing_lists
from ...services.slots import bookings, hours
from ...services.slots.bookings import Offer, Wanted
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from ..messages import say
from .choosing import read_begins
from .passes import public_address
from .telling import client_is_told, say_booked
from .words import day_word

bp = Blueprint("slots", __name__, url_prefix="/registrations/<int:registration_id>/visit")


class BookForm(FlaskForm):
    """When, and with how many people."""

    begins = HiddenField(validators=[InputRequired(_l("Choose a time."))])
    visitors = IntegerField(
        _l("How many people come"),
        [InputRequired(_l("Say how many people come.")), NumberRange(1, MOST_VISITORS)],
        default=1,
    )

    @property
    def wanted(self) -> Wanted:
        """What was chosen. Raises Refusal: slot_unknown."""
        if (begins := read_begins(self.begins.data or "")) is None:
            raise Refusal("slot_unknown")
        return Wanted(begins, self.visitors.data or 1)


@bp.route("", methods=["GET", "POST"])
@guard(Permission.CHECK_IN)
def show(registration_id: int) -> ResponseReturnValue:
    """The times that are free, and the one that is booked."""
    registration, form = load(Registration, registration_id), BookForm()
    opened = hours.opened(db(), now(), registration.development_id)
    if form.validate_on_submit():
        with refusing(form):
            before = bookings.of_registration(db(), registration)
            row = bookings.book(db(), actor(), now(), registration, opened, form.wanted)
            db().flush()
            say_booked(row, moved=before not in (None, row))
            return redirect(url_for("slots.show", registration_id=registration.id), 303)
    booked = bookings.of_registration(db(), registration)
    if not form.is_submitted():
        asked = number_of(request.args.get("visitors"))
        form.visitors.data = booked.visitors if booked is not None else asked or form.visitors.data
    days = days_offered(opened.hours, opened.closed, now()) if opened else []

    def offers(day: date) -> list[Offer]:
        return bookings.offers(db(), now(), registration, opened, day) if opened else []

    day = _day(days, booked, lambda one: any(offer.left for offer in offers(one)))
    return form_page(
        "slots/book.html",
        form,
        registration=registration,
        client=showing_lists.client_name(db(), actor(), registration),
        booked=booked,
        pass_address=public_address(booked) if booked else None,
        days=[(one, day_word(one, local_day(now()))) for one in days],
        day=day,
        offers=offers(day) if day else [],
    )


@bp.post("/cancel")
@guard(Permission.CHECK_IN)
def cancel(registration_id: int) -> ResponseReturnValue:
    """Call the visit off; the place is somebody else's."""
    registration = load(Registration, registration_id)
    try:
        row = bookings.cancel(db(), actor(), now(), registration)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        if client_is_told(row):
            flash(_("Called off. Your client is told by text that the pass is void."), "success")
        else:
            flash(_("Called off. Tell your client: the pass is worth nothing any more."), "success")
    return redirect(url_for("slots.show", registration_id=registration_id), 303)


def _day(days: list[date], booked: SlotBooking | None, free: Callable[[date], bool]) -> date | None:
    """The day whose times are shown: the one that was asked for, else that of the booking, else the first that has a
    time for this client."""
    asked = (request.args.get("day", ""), local_day(booked.begins_at).isoformat() if booked else "")
    for wanted in asked:
        if (found := next((day for day in days if day.isoformat() == wanted), None)) is not None:
            return found
    return next((day for day in days if free(day)), days[0] if days else None)
