"""Clients of a broker: registering one, the list, and each registration with its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import find
from ...models import Outcome, Person, Registration, RegistrationExtension, Role, SlotBooking
from ...rules.partners.policy import Policy
from ...rules.registrations.registration import UNDO
from ...services import contacts, timekeeping
from ...services.accounts.freezes import frozen_until
from ...services.claims import receipts
from ...services.conflicts import objections
from ...services.masked_registrations.with_visit import Registered, register_with_visit
from ...services.registrations import endings, reminders, unregistered
from ...services.registrations import lists as listing
from ...services.registrations import undo as registration_undo
from ...services.registrations.lists import Offer
from ...services.registrations.registrations import may_see_phone, reveal_contact
from ...services.slots import bookings, hours
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, every, export
from ..lists.paging import page_of
from ..messages import say, sentence
from ..qr import qr_png
from ..receipts.routes import public_address
from ..slots.choosing import Openings
from ..slots.telling import client_is_told, say_booked
from ..words import judgements as judgement_words
from ..words.statuses import status
from .forms import RegistrationForm

bp = Blueprint("registrations", __name__)

MOST_OTHERS = 20
"""Of the walk-ins and friends that a search finds besides, so many are shown."""


@bp.get("/registrations")
@guard(Permission.READ_REGISTRATIONS)
def index() -> ResponseReturnValue:
    """The registrations that the reader may see, newest first."""
    page = page_of(db(), _wanted(), Registration.id, request.args.get("after"))
    return render_template(
        "registrations/index.html",
        rows=_all_shown(page.rows),
        others=_unregistered(),
        most=MOST_OTHERS,
        next_cursor=page.next_cursor,
        developments=listing.developments(db(), actor()),
        filtered=any(request.args.get(name) for name in ("q", "state", "development", "broker")),
        of_broker=_of_broker(),
        shows_brokers=actor().role is not Role.BROKER,
        shows_agencies=actor().staff,
        may_register=may(actor(), Permission.REGISTER_CLIENT),
    )


def _unregistered() -> list[unregistered.Unregistered]:
    """Whom the search finds besides: walk-ins and referred friends. They have neither a broker nor a registration's
    state, and stand under the first page."""
    find = request.args.get("q", "").strip()
    if not find or any(request.args.get(name) for name in ("after", "state", "broker")):
        return []
    place = number_of(request.args.get("development"))
    return unregistered.found(db(), actor(), now(), find, development_id=place, most=MOST_OTHERS)


@bp.get("/registrations.<kind>")
@guard(Permission.READ_REGISTRATIONS)
def download(kind: str) -> Response:
    """The same list as a file, oldest first; contacts stay masked."""
    columns = (
        Column(_("Number"), lambda row: row.id),
        Column(_("Registered at"), lambda row: row.registration.at),
        Column(_("Client"), lambda row: row.client_name),
        Column(_("Phone"), lambda row: row.client_phone),
        Column(_("Development"), lambda row: row.registration.development.name),
        Column(_("Agency"), lambda row: row.registration.agency.name),
        Column(_("Broker"), lambda row: row.registration.carer.name),
        Column(_("Status"), lambda row: str(status("registration", row.state).word)),
        Column(_("Protected until"), lambda row: row.protected_until),
        Column(_("Reason"), lambda row: sentence(row.registration.code) if row.registration.code else None),
    )
    rows = (_shown(row) for row in every(_wanted().order_by(Registration.id)))
    return export(rows, columns, _("registrations"), kind)


@bp.route("/registrations/new", methods=["GET", "POST"])
@guard(Permission.REGISTER_CLIENT)
def new() -> ResponseReturnValue:
    """Register a client; the answer is a page of its own, accepted or refused."""
    offers = listing.offers(db(), actor(), now())
    places = [offer.development for offer in offers]
    form = RegistrationForm()
    form.development.offer(places, listing.developments(db(), actor()))
    asks_for_times = request.form.get("action") == "times"
    if not asks_for_times and form.validate_on_submit():
        with refusing(form):
            made = register_with_visit(
                db(),
                actor(),
                now(),
                form.visit,
                development_id=form.development.data,
                phone=form.phone.data,
                name=form.name.data,
            )
            return _answered(made)
    form.offer_visit(Openings(), places)
    frozen = frozen_until(db(), actor().id, now())
    told = {
        "promises": _promises(offers),
        "rules": [judgement_words.told(one.development.name, one.rules) for one in offers],
    }
    return form_page("registrations/new.html", form, offers=offers, frozen_until=frozen, **told)


@bp.get("/registrations/<int:registration_id>")
@guard(Permission.READ_REGISTRATIONS)
def show(registration_id: int) -> ResponseReturnValue:
    """A registration with its receipt: what was decided, why, and until when."""
    return _page(load(Registration, registration_id))


@bp.post("/registrations/<int:registration_id>/contact")
@guard(Permission.REVEAL_CONTACT)
def reveal(registration_id: int) -> ResponseReturnValue:
    """The same page with the phone in plain, this once; that it was looked at is written down."""
    registration = load(Registration, registration_id)
    return _page(registration, phone=reveal_contact(db(), actor(), now(), registration))


@bp.post("/registrations/<int:registration_id>/undo")
@guard(Permission.REGISTER_CLIENT)
def undo(registration_id: int) -> ResponseReturnValue:
    """Take back what was just registered, and correct it in the form."""
    registration = load(Registration, registration_id)
    visit = bookings.of_registration(db(), registration)
    registration_undo.withdraw(db(), actor(), now(), registration)
    if visit is not None and visit.ended_at is not None:
        client_is_told(visit)
    flash(_("Taken back. The client is free again; the receipt stays on the client's page."), "success")
    return redirect(url_for("registrations.show", registration_id=registration_id), 303)


@bp.post("/registrations/<int:registration_id>/reminder")
@guard(Permission.REGISTER_CLIENT)
def remind(registration_id: int) -> ResponseReturnValue:
    """Remind me when I may try again, or do not after all."""
    registration = load(Registration, registration_id)
    if request.form.get("wanted") == "no":
        reminders.cancel(db(), actor(), now(), registration)
    else:
        reminders.ask(db(), actor(), now(), registration)
        flash(_("You will be told then, in your inbox and by the ways that you chose."), "success")
    return redirect(url_for("registrations.show", registration_id=registration_id), 303)


@bp.get("/registrations/<int:registration_id>/receipt.png")
@guard(Permission.READ_REGISTRATIONS)
def receipt_picture(registration_id: int) -> Response:
    """The QR code of the receipt's public page."""
    receipt = receipts.receipt_of(db(), load(Registration, registration_id))
    return qr_png(public_address(receipt))


def _of_broker() -> Person | None:
    """The broker whose clients alone are shown, if the reader may see him."""
    key = number_of(request.args.get("broker"))
    return find(db(), actor(), Person, key) if key is not None else None


def _promises(offers: Sequence[Offer]) -> dict[str, list[str]]:
    """What a registration promises, and in which developments."""
    found: dict[str, list[str]] = {}
    for offer in offers:
        found.setdefault(judgement_words.promise(offer.profile), []).append(offer.development.name)
    return found


def _wanted() -> Select[Registration]:
    return listing.registrations(
        db(),
        actor(),
        now(),
        state=request.args.get("state", ""),
        development_id=number_of(request.args.get("development")),
        broker_id=number_of(request.args.get("broker")),
        find=request.args.get("q", ""),
    )


def _all_shown(rows: Sequence[Registration]) -> list[listing.RegistrationRow]:
    session, reader, at = db(), actor(), now()
    return [listing.shown(session, reader, at, row) for row in rows]


def _shown(registration: Registration) -> listing.RegistrationRow:
    return listing.shown(db(), actor(), now(), registration)


def _answered(made: Registered) -> BaseResponse:
    """On to the registration's page, or to other times where the one that was wanted is not to be had; what was there
    before this request is the broker's own, found again."""
    registration = made.registration
    if registration.at != timekeeping.trusted(db(), now()):
        flash(_("You have registered this client already. Here is that registration; it is not renewed."), "info")
    elif registration.outcome is Outcome.ACCEPTED:
        flash(_("The client is registered for you."), "success")
    elif registration.outcome is Outcome.PROVISIONAL:
        flash(_("Registered by parts of the number: it keeps its place until the number is shown."), "success")
    if made.booking is not None:
        say_booked(made.booking, moved=False)
    if made.unbooked is not None:
        why = say(made.unbooked)
        flash(_("The registration stands, but the visit is not booked. %(why)s", why=why), "warning")
        day, visitors = request.form.get("day"), request.form.get("visitors")
        return redirect(url_for("slots.show", registration_id=registration.id, day=day, visitors=visitors), 303)
    return redirect(url_for("registrations.show", registration_id=registration.id), 303)


@dataclass(frozen=True, slots=True, kw_only=True)
class MayDo:
    """What the reader may do with this registration; `own`: it is his."""

    undo: bool
    check_in: bool
    reveal: bool
    host: bool
    object: bool
    doubt: bool
    own: bool
    book: bool
    release: bool
    extend: bool
    give_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The instants of a registration: until when it can be taken back, when its broker is reminded, from when on a
    check-in counts; which visit is booked, and whether what stood against it was made longer."""

    undo_until: datetime
    reminds_at: datetime | None
    check_in_from: datetime
    visit: SlotBooking | None
    rivals_extension: RegistrationExtension | None


def _page(registration: Registration, phone: contacts.Phone | None = None) -> str:
    page = listing.page(db(), actor(), now(), registration)
    lead = timedelta(minutes=Policy.of(registration.development.policy).lead_minutes)
    check_in_from, own = registration.at + lead, registration.carer.id == actor().id
    return render_template(
        "registrations/show.html",
        page=page,
        row=page.shown,
        phone=phone,
        now=now(),
        sentence=sentence,
        may=MayDo(
            undo=own and registration_undo.refusal_of(db(), now(), registration) is None,
            check_in=now() >= check_in_from,
            reveal=registration.client_id is not None
            and may(actor(), Permission.REVEAL_CONTACT)
            and may_see_phone(db(), actor(), registration),
            host=may(actor(), Permission.HOST_CHECK_IN),
            object=own and objections.refusal_of(db(), now(), registration) is None,
            doubt=may(actor(), Permission.DECIDE_CONFLICT),
            own=own,
            book=own and hours.opened(db(), now(), registration.development_id) is not None,
            release=own and endings.refusal_to_release(db(), now(), registration) is None,
            give_number=listing.wants_number(registration, now()) and (own or may(actor(), Permission.HOST_CHECK_IN)),
            extend=may(actor(), Permission.MANAGE_PARTNERS)
            and endings.refusal_to_extend(db(), now(), registration) is None,
        ),
        times=Times(
            undo_until=registration.at + UNDO,
            reminds_at=reminders.reminds_at(db(), registration) if own else None,
            check_in_from=check_in_from,
            visit=bookings.of_registration(db(), registration),
            rivals_extension=endings.of_rival(db(), now(), registration),
        ),
        undone=receipts.receipt_of(db(), registration.withdrawal) if registration.withdrawal else None,
        address_of=public_address,
        objection_case=made.case_id if (made := objections.of_registration(db(), registration)) and own else None,
    )
