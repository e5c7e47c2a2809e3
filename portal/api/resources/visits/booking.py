"""Booking a visit (预约到访): the free times of a client, one that is kept, moved or called off."""

from datetime import date

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from commissions.refusal import Refusal

from ....models import Registration, SlotBooking
from ....rules.partner_api.identifiers import Prefix, identifier
from ....rules.partner_api.keys import Scope
from ....rules.slots.slot import MOST_VISITORS, BookingState, days_offered
from ....services.partner_api import callers
from ....services.slots import bookings, hours, lists, passes
from ....services.slots.bookings import Wanted
from ....web.edge import config, db, now, send_texts_afterwards
from ....web.slots.passes import public_address
from ...authentication import caller
from ...fields import Asked, Day, Instant, Moment, Shown
from ...operations import Operation, operation
from ...rows import row

bp = Blueprint("api_visits", __name__)

TAG = "visits"
_EXAMPLE = {"begins_at": "2026-12-05T02:00:00Z", "visitors": 2}
_REFUSALS = ("client_handed_over", "registration_expired", "slot_unknown", "slot_over")


class SlotsQuery(Asked):
    """Which day's times are wanted."""

    day: Day | None = Field(default=None, description="A day in Asia/Shanghai; without it the first that is offered.")


class SlotShown(Shown):
    """A time that may be booked for this client."""

    begins_at: Instant
    ends_at: Instant
    left: int = Field(description="How many parties still find a place; 0: it is full.")


class SlotsShown(Shown):
    """The times of a day for a client, and the days that are offered at all."""

    days: list[Day] = Field(description="Empty where no visits are booked at this development.")
    day: Day | None
    slots: list[SlotShown]


class VisitAsked(Asked):
    """When the client comes, and with how many people."""

    begins_at: Moment = Field(description="The beginning of a free time.")
    visitors: int = Field(default=1, ge=1, le=MOST_VISITORS, description="The client counted.")


class VisitShown(Shown):
    """A booked visit. It protects nobody, and is no check-in."""

    id: str = Field(examples=[identifier(Prefix.VISIT, 1)])
    registration: str
    begins_at: Instant
    ends_at: Instant
    visitors: int
    state: BookingState
    pass_url: str = Field(description="The client's pass for the gate, with its QR code.")


@operation(
    bp,
    Operation(
        "listSlots",
        "GET",
        "/registrations/{registration_id}/slots",
        Scope.SHOWINGS_READ,
        TAG,
        _l("The free times for a client's visit"),
        {200: SlotsShown},
        query=SlotsQuery,
    ),
)
def list_slots(registration_id: str, query: SlotsQuery) -> SlotsShown:
    """The times of a day; by the client's registration, for they hang on its lead time and its protection."""
    registration = row(Registration, Prefix.REGISTRATION, registration_id)
    opened = hours.opened(db(), now(), registration.development_id)
    if opened is None:
        return SlotsShown(days=[], day=None, slots=[])
    days = days_offered(opened.hours, opened.closed, now())
    day: date | None = query.day or next(iter(days), None)
    offers = bookings.offers(db(), now(), registration, opened, day) if day else []
    return SlotsShown(
        days=days,
        day=day,
        slots=[SlotShown(begins_at=one.slot.begins, ends_at=one.slot.ends, left=one.left) for one in offers],
    )


@operation(
    bp,
    Operation(
        "bookVisit",
        "POST",
        "/registrations/{registration_id}/visit",
        Scope.SHOWINGS_WRITE,
        TAG,
        _l("Book a client's visit"),
        {200: VisitShown},
        body=VisitAsked,
        refusals=("slots_off", "account_frozen", "slot_visitors_wrong", "slot_full", *_REFUSALS),
        example=_EXAMPLE,
        description=_l("An earlier booking of the same client is moved here. The client gets the pass by text."),
    ),
)
def book(registration_id: str, asked: VisitAsked) -> VisitShown:
    """Keep a place, in the name of who cares for the client."""
    registration = row(Registration, Prefix.REGISTRATION, registration_id)
    acting = callers.in_the_name_of(caller().actor, registration.carer)
    opened = hours.opened(db(), now(), registration.development_id)
    kept = bookings.book(db(), acting, now(), registration, opened, Wanted(asked.begins_at, asked.visitors))
    db().flush()
    if config().texts(config().sms_slot_template) and not isinstance(passes.text_client(db(), now(), kept), Refusal):
        send_texts_afterwards()
    return shown(kept)


@operation(
    bp,
    Operation(
        "readVisit",
        "GET",
        "/registrations/{registration_id}/visit",
        Scope.SHOWINGS_READ,
        TAG,
        _l("A client's booked visit"),
        {200: VisitShown},
        description=_l("404 where none is booked."),
    ),
)
def read(registration_id: str) -> VisitShown:
    """The booking that stands."""
    booked = bookings.of_registration(db(), row(Registration, Prefix.REGISTRATION, registration_id))
    if booked is None:
        raise Refusal("api_not_found")
    return shown(booked)


@operation(
    bp,
    Operation(
        "cancelVisit",
        "POST",
        "/registrations/{registration_id}/visit/cancel",
        Scope.SHOWINGS_WRITE,
        TAG,
        _l("Call a booked visit off"),
        {200: VisitShown},
        refusals=("client_handed_over", "slot_not_booked", "slot_arrived"),
        description=_l("The place is free again, and the pass is worth nothing. Tell your client."),
    ),
)
def cancel(registration_id: str) -> VisitShown:
    """Call it off."""
    registration = row(Registration, Prefix.REGISTRATION, registration_id)
    acting = callers.in_the_name_of(caller().actor, registration.carer)
    return shown(bookings.cancel(db(), acting, now(), registration))


def shown(booking: SlotBooking) -> VisitShown:
    """A booking as it is answered."""
    return VisitShown(
        id=identifier(Prefix.VISIT, booking.id),
        registration=identifier(Prefix.REGISTRATION, booking.registration_id),
        begins_at=booking.begins_at,
        ends_at=booking.ends_at,
        visitors=booking.visitors,
        state=lists.shown(db(), now(), booking).state,
        pass_url=public_address(booking),
    )
