"""A day of booked visits at reception: who comes when, and the pass that was read at the gate."""

from datetime import timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import local_day
from ...models import BookingEnd, Development, SlotBooking
from ...rules.slots.slot import Slot, minutes_off
from ...services.partners.partners import open_developments
from ...services.slots import bookings, hours, lists, passes
from ..edge import actor, db, load, now
from ..guard import guard
from ..lists.arguments import day_of, number_of
from ..lists.exports import Column, export
from ..messages import say
from ..words.statuses import status
from .telling import client_is_told
from .words import day_word

bp = Blueprint("slot_days", __name__, url_prefix="/slots")


@bp.get("/")
@guard(Permission.HOST_CHECK_IN)
def index() -> ResponseReturnValue:
    """The times of a day of one development, offered or booked."""
    developments = open_developments(db())
    place = _place(developments)
    day = day_of(request.args.get("day")) or local_day(now())
    held = hours.in_force(db(), place.id) if place else None
    off = place is not None and bool(hours.days_off(db(), now(), place.id, [day]))
    return render_template(
        "slots/day.html",
        developments=developments,
        development=place,
        day=day,
        today=local_day(now()),
        week=[(one, day_word(one, local_day(now()))) for one in (day + timedelta(days=n) for n in range(-1, 6))],
        hours=lists.of_day(db(), actor(), now(), place.id, day, None if off else held) if place else [],
        closure=next((one for one in bookings.closures(db(), place.id, day) if one.day == day), None)
        if place
        else None,
        offered=held is not None,
        off=off,
        may_manage=may(actor(), Permission.MANAGE_PARTNERS),
    )


@bp.get("/day.<kind>")
@guard(Permission.HOST_CHECK_IN)
def download(kind: str) -> Response:
    """The same day as a file; phones stay masked."""
    place = _place(open_developments(db()))
    day = day_of(request.args.get("day")) or local_day(now())
    found = lists.of_day(db(), actor(), now(), place.id, day, None) if place else []
    columns = (
        Column(_("From"), lambda row: row.booking.begins_at),
        Column(_("To"), lambda row: row.booking.ends_at),
        Column(_("Client"), lambda row: row.client_name),
        Column(_("Phone"), lambda row: row.client_phone),
        Column(_("How many people come"), lambda row: row.booking.visitors),
        Column(_("Broker"), lambda row: row.registration.carer.name),
        Column(_("Agency"), lambda row: row.registration.agency.name),
        Column(_("Status"), lambda row: str(status("visit", row.state).word)),
    )
    return export((row for hour in found for row in hour.booked), columns, _("booked visits"), kind)


@bp.get("/<int:booking_id>")
@guard(Permission.HOST_CHECK_IN)
def show(booking_id: int) -> ResponseReturnValue:
    """One booking, as the pass leads to it: who comes, whether it is the time, and what to do now."""
    booking = load(SlotBooking, booking_id)
    return render_template(
        "slots/booking.html",
        row=lists.shown(db(), now(), booking),
        booking=booking,
        registration=booking.registration,
        now=now(),
        off=minutes_off(Slot(booking.begins_at, booking.ends_at), now()),
        today=local_day(booking.begins_at) == local_day(now()),
    )


@bp.post("/<int:booking_id>/received")
@guard(Permission.HOST_CHECK_IN)
def receive(booking_id: int) -> ResponseReturnValue:
    """The client is at the gate; the broker is told."""
    booking = load(SlotBooking, booking_id)
    try:
        passes.receive(db(), actor(), now(), booking)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        flash(_("Noted. The broker is told; the visit counts when both have checked in."), "success")
    return redirect(url_for(".show", booking_id=booking.id), 303)


@bp.post("/<int:booking_id>/call-off")
@guard(Permission.HOST_CHECK_IN)
def call_off(booking_id: int) -> ResponseReturnValue:
    """We cannot receive this client then; the broker is told."""
    booking = load(SlotBooking, booking_id)
    try:
        bookings.call_off(db(), actor(), now(), booking, BookingEnd.BY_US)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        if client_is_told(booking):
            flash(_("Called off. The broker is told, and the client by text."), "success")
        else:
            flash(_("Called off. The broker is told, and tells the client: no text goes out from here."), "success")
    return redirect(url_for(".show", booking_id=booking.id), 303)


def _place(developments: list[Development]) -> Development | None:
    """The development that was asked for, else the first one that has hours, else the first."""
    wanted = number_of(request.args.get("development"))
    found = next((one for one in developments if one.id == wanted), None)
    if found is not None or not developments:
        return found
    receiving = hours.receiving(db())
    return next((one for one in developments if one.id in receiving), developments[0])
