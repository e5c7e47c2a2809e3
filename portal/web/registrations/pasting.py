"""Many registrations at once: the lines of a chat or a sheet are read, shown with what is missing, and decided one by
one, each as by its own form.
"""

from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.scope import visible
from ...clock import local_day
from ...models import Development, Registration
from ...rules.registrations.pasted_lines import read
from ...services import timekeeping
from ...services.accounts.freezes import frozen_until
from ...services.claims import receipts
from ...services.masked_registrations.with_visit import register_with_visit
from ...services.registrations import lists as listing
from ...services.registrations.client_sheets import lines_of
from ...services.slots import bookings
from ..components import colon, gap, instant
from ..edge import abandon, actor, database, db, form_page, now, tell_afterwards
from ..files.uploads import WORKBOOKS, take_in
from ..guard import guard
from ..lists.arguments import number_of
from ..messages import sentence
from ..receipts.routes import public_address
from ..slots.choosing import Openings
from ..slots.telling import text_pass
from ..slots.words import visit_time
from ..words.statuses import status
from .pasting_forms import MOST, DraftRow, DraftsForm, PasteForm

bp = Blueprint("pasting", __name__, url_prefix="/registrations/paste")


@dataclass(frozen=True, slots=True)
class Decided:
    """A registration that came of it; `stood`: it was the broker's own before; `visit`: what is booked, `unbooked`:
    that what was wanted is not. `line` is what is copied."""

    shown: listing.RegistrationRow
    stood: bool
    visit: str
    unbooked: bool
    line: str


@bp.route("", methods=["GET", "POST"])
@guard(Permission.REGISTER_CLIENT)
def new() -> ResponseReturnValue:
    """Paste lines, or choose a file; what is understood is shown before anything is registered."""
    form, text = _form(), None
    if form.validate_on_submit():
        text = take_in(form, WORKBOOKS, lambda: lines_of(form.file.data.read())) if form.file.data else form.text.data
    drafts = read(text or "", [place.name for place in _places()], local_day(now()))
    if form.is_submitted() and not form.errors:
        if not drafts:
            form.text.errors = [_("No client is named here. Write a line such as: Mr Zhou 13800138000.")]
        elif len(drafts) > MOST:
            form.text.errors = [
                _("These are %(count)s clients. Send at most %(most)s at once.", count=len(drafts), most=MOST)
            ]
        else:
            return _preview(DraftsForm.of(drafts, _places(), _where_unsaid(form)))
    frozen = frozen_until(db(), actor().id, now())
    return form_page("registrations/paste.html", form, places=_places(), frozen_until=frozen, most=MOST)


@bp.post("/take")
@guard(Permission.REGISTER_CLIENT)
def take() -> ResponseReturnValue:
    """Register those that are ticked; while one of them is incomplete, none."""
    form, places = DraftsForm(), _places()
    for row in form.rows.entries:
        row.form.offer(places)
    wanted = form.wanted()
    if request.form.get("action") == "times":
        return _preview(_with_times(form, choose=True))
    sound = [row.complete(places) for row in wanted]
    if not (form.validate_on_submit() and wanted and all(sound)):
        for row, good in zip(wanted, sound, strict=True):
            if not good:
                row.complete(places)  # validating forgets what was said
        return _preview(_with_times(form), nobody=not wanted), 422
    made = _registered(wanted)
    return redirect(url_for(".done", new=made["new"], stood=made["stood"], unbooked=made["unbooked"]), 303)


@bp.get("/done")
@guard(Permission.REGISTER_CLIENT)
def done() -> str:
    """What was decided, line by line, to be read and to be copied."""
    new_ones, stood, unbooked = (_numbers(name) for name in ("new", "stood", "unbooked"))
    rows = db().scalars(visible(actor(), Registration).where(Registration.id.in_(new_ones + stood)))
    by_id = {row.id: row for row in rows}
    found = [
        _decided(by_id[key], key in stood, key in unbooked) for key in dict.fromkeys(new_ones + stood) if key in by_id
    ]
    stand = (listing.RegistrationState.ACCEPTED, listing.RegistrationState.PROVISIONAL)
    accepted = [one for one in found if one.shown.state in stand]
    return render_template(
        "registrations/pasted.html",
        found=found,
        accepted=len(accepted),
        text="\n".join(one.line for one in found),
        sentence=sentence,
    )


def _with_times(form: DraftsForm, *, choose: bool = False) -> DraftsForm:
    """The form with the times that its lines may book; `choose` where nothing is chosen yet."""
    openings, places = Openings(), _places()
    for row in form.rows.entries:
        row.form.offer_visit(openings, places, choose=choose and not row.form.begins.data)
    return form


def _registered(rows: list[DraftRow]) -> dict[str, list[int]]:
    """Register each in a transaction of its own, as by its own form, and book its visit in the same: nobody waits for
    thirty, and two brokers who send the same clients in another order do not wait for each other. Sent again, each
    finds its own. Returns the numbers of the new ones, of those that stood, and of those whose visit is unbooked."""
    who, at = actor(), now()
    abandon()
    found: dict[str, list[int]] = {"new": [], "stood": [], "unbooked": []}
    for row in rows:
        given = {"phone": row.phone.data or "", "name": row.name.data or ""}
        with database().transaction() as own:
            made = register_with_visit(own, who, at, row.visit, development_id=row.development.data, **given)
            own.flush()
            key = made.registration.id
            found["new" if made.registration.at == timekeeping.trusted(own, at) else "stood"].append(key)
            if made.booking is not None:
                text_pass(own, at, made.booking)
            elif made.unbooked is not None:
                found["unbooked"].append(key)
    tell_afterwards()
    return found


def _decided(row: Registration, stood: bool, unbooked: bool) -> Decided:
    shown = listing.shown(db(), actor(), now(), row)
    end = _(".")
    word = status("registration", shown.state).word
    why = sentence(row.code) if row.code else ""
    if shown.state is listing.RegistrationState.ACCEPTED and shown.protected_until is not None:
        why = _("Protected until %(until)s.", until=instant(shown.protected_until))
    if shown.state is listing.RegistrationState.PROVISIONAL and shown.protected_until is not None:
        why = _("Keeps its place until %(until)s.", until=instant(shown.protected_until))
    who = " ".join((shown.client_name, shown.client_phone, row.development.name))
    receipt = public_address(receipts.receipt_of(db(), row))
    booked = bookings.of_registration(db(), row)
    visit = _("Visit booked: %(time)s.", time=visit_time(booked)) if booked is not None else ""
    said = colon().join((who, gap().join(filter(None, (f"{word}{end}", why, visit, receipt)))))
    return Decided(shown, stood, visit, unbooked and booked is None, said)


def _preview(form: DraftsForm, *, nobody: bool = False) -> str:
    return render_template("registrations/paste_seen.html", form=form, nobody=nobody)


def _form() -> PasteForm:
    form, places = PasteForm(), _places()
    known = {place.id for place in places}
    form.development.choices = [("", _("Ask me line by line")), *((place.id, place.name) for place in places)]
    if form.development.data not in known:
        form.development.data = None
    return form


def _where_unsaid(form: PasteForm) -> int | None:
    """The development of a line that names none: what was chosen, or the only one."""
    places = _places()
    only = places[0].id if len(places) == 1 else None
    return form.development.data or only


def _places() -> list[Development]:
    """Where the reader may register today; asked once a request."""
    if "places_to_register" not in g:
        g.places_to_register = [offer.development for offer in listing.offers(db(), actor(), now())]
    places: list[Development] = g.places_to_register
    return places


def _numbers(name: str) -> list[int]:
    found = (number_of(text) for text in request.args.getlist(name)[:MOST])
    return [number for number in found if number is not None]
