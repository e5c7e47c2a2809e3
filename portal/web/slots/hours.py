"""The hours in which a development receives visits, and the days on which it does not."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import InputRequired, Length, NumberRange

from ...access.permissions import Permission
from ...clock import local_day
from ...models import Development, SlotClosure
from ...rules.slots.hours_text import read_hours, write_hours
from ...rules.slots.slot import LONGEST, MOST_DAYS, MOST_PLACES, SHORTEST, Hours, days_offered
from ...services.slots import bookings, lists
from ...services.slots import hours as service
from ..edge import actor, db, form_page, load, now, refusing
from ..forms.fields import DayField, LineField
from ..guard import guard
from .telling import client_is_told

bp = Blueprint("slot_hours", __name__, url_prefix="/partners")

_FILL = InputRequired(_l("Please fill this in."))
_DAYS = (_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"))


class HoursForm(FlaskForm):
    """The hours of each weekday, and what a time holds."""

    minutes = IntegerField(_l("A visit takes"), [_FILL, NumberRange(SHORTEST, LONGEST)], default=60)
    places = IntegerField(_l("Clients at the same time"), [_FILL, NumberRange(1, MOST_PLACES)], default=3)
    ahead_days = IntegerField(_l("May be booked ahead"), [_FILL, NumberRange(0, MOST_DAYS)], default=14)
    day_0 = LineField(_DAYS[0], [Length(max=80)])
    day_1 = LineField(_DAYS[1], [Length(max=80)])
    day_2 = LineField(_DAYS[2], [Length(max=80)])
    day_3 = LineField(_DAYS[3], [Length(max=80)])
    day_4 = LineField(_DAYS[4], [Length(max=80)])
    day_5 = LineField(_DAYS[5], [Length(max=80)])
    day_6 = LineField(_DAYS[6], [Length(max=80)])

    @staticmethod
    def opened_with(hours: Hours | None) -> dict[str, Any]:
        """The fields as the form opens: with the hours of now."""
        if hours is None:
            return {}
        week = {f"day_{number}": write_hours(spans) for number, spans in enumerate(hours.week)}
        return {"minutes": hours.minutes, "places": hours.places, "ahead_days": hours.ahead_days, **week}

    @property
    def days(self) -> list[LineField]:
        """The fields of the weekdays."""
        return [self[f"day_{number}"] for number in range(7)]

    @property
    def hours(self) -> Hours:
        """What was filled in. Raises Refusal: slot_hours_unclear (with the field)."""
        week = tuple(read_hours(field.data or "", field.name) for field in self.days)
        return Hours(week, self.minutes.data or 0, self.places.data or 0, self.ahead_days.data or 0)


class ClosedForm(FlaskForm):
    """A day on which nobody is received, and why."""

    day = DayField(_l("Closed on"), [InputRequired(_l("Choose a day."))])
    reason = LineField(_l("Why"), [_FILL, Length(max=100)])


@bp.route("/developments/<int:development_id>/slots", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def edit(development_id: int) -> ResponseReturnValue:
    """The hours as they hold; from the next request on, those that were sent."""
    development = load(Development, development_id)
    form = HoursForm(**HoursForm.opened_with(service.in_force(db(), development.id)))
    if form.validate_on_submit():
        with refusing(form):
            service.set_hours(db(), actor(), now(), development, form.hours)
            flash(_("Saved. What is booked already stays booked."), "success")
            return redirect(url_for(".edit", development_id=development.id), 303)
    return _page(development, form, ClosedForm(formdata=None))


@bp.post("/developments/<int:development_id>/slots/closed")
@guard(Permission.MANAGE_PARTNERS)
def close(development_id: int) -> ResponseReturnValue:
    """Receive nobody on a day; what is booked on it is called off, and its brokers are told."""
    development, form = load(Development, development_id), ClosedForm()
    if form.validate_on_submit():
        with refusing(form):
            day, reason = form.day.data or date.min, form.reason.data or ""
            closed = service.close_day(db(), actor(), now(), development, day, reason)
            untold = len(closed.called_off) - sum(client_is_told(one) for one in closed.called_off)
            flash(_closed_words(len(closed.called_off), untold), "success")
            return redirect(url_for(".edit", development_id=development.id), 303)
    held = HoursForm.opened_with(service.in_force(db(), development.id))
    return _page(development, HoursForm(formdata=None, **held), form)


@bp.post("/slots/closed/<int:closure_id>/open")
@guard(Permission.MANAGE_PARTNERS)
def open_again(closure_id: int) -> ResponseReturnValue:
    """Receive visits on that day after all."""
    closure = load(SlotClosure, closure_id)
    service.open_day(db(), actor(), now(), closure)
    flash(_("Open again. What was called off stays called off."), "success")
    return redirect(url_for(".edit", development_id=closure.development_id), 303)


def _closed_words(called_off: int, untold: int) -> str:
    if not called_off:
        return _("Closed. Nothing was booked on that day.")
    if not untold:
        return _("Closed. Who had booked is told, and so are the clients, by text.")
    return _(
        "Closed. Who had booked is told; %(count)s clients get no text from us, their brokers tell them.", count=untold
    )


def _page(development: Development, form: HoursForm, closing: ClosedForm) -> tuple[str, int]:
    odd = service.left_out(db(), now(), development.id)
    hours = service.in_force(db(), development.id)
    ahead = days_offered(hours, (), now()) if hours else []
    off = service.days_off(db(), now(), development.id, ahead)
    return form_page(
        "slots/hours.html",
        form,
        development=development,
        closing=closing,
        latest=service.latest(db(), development.id),
        closures=bookings.closures(db(), development.id, local_day(now())),
        left_out=lists.of_bookings(db(), now(), odd),
        today=local_day(now()),
        days_off=[day for day in ahead if day in off],
        days_ahead=len(ahead),
    )
