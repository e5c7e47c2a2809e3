"""What opens a case: a broker's objection, and a manager's doubt."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...adapters.images.photos import Photo
from ...models import Deal, Registration
from ...rules.conflicts import conflict as rule
from ...services.conflicts import cases, objections
from ...services.deals import deals
from ...services.penalties.appeals import take_in_pictures
from ...services.registrations import lists as listing
from ..edge import actor, db, files, form_page, load, now, refusing
from ..files.uploads import PHOTOS, take_in
from ..guard import guard
from ..messages import say
from .forms import DoubtForm, ObjectionForm

bp = Blueprint("objections", __name__)


@bp.route("/registrations/<int:registration_id>/objection", methods=["GET", "POST"])
@guard(Permission.OBJECT)
def new(registration_id: int) -> ResponseReturnValue:
    """Object to a refusal, or to whose a deal became; who has done so already is shown how it stands."""
    registration = load(Registration, registration_id)
    if (made := objections.of_registration(db(), registration)) is not None:
        return redirect(url_for("conflicts.show", case_id=made.case_id), 303)
    form = ObjectionForm()
    if form.validate_on_submit() and (pictures := _taken_in(form)) is not None:
        with refusing(form):
            registration = load(Registration, registration_id)
            made = objections.object_to(
                db(), actor(), now(), files(), registration, words=form.words.data, pictures=pictures
            )
            flash(_("Your objection is received. A person without a part in it decides; you read it here."), "success")
            return redirect(url_for("conflicts.show", case_id=made.case_id), 303)
    return _page(load(Registration, registration_id), form)


@bp.route("/registrations/<int:registration_id>/doubt", methods=["GET", "POST"])
@guard(Permission.DECIDE_CONFLICT)
def of_client(registration_id: int) -> ResponseReturnValue:
    """Open a case because it is in doubt whose client this is."""
    row, form = load(Registration, registration_id), DoubtForm()
    if form.validate_on_submit():
        with refusing(form):
            return _opened(form, registration=row, deal=None)
    name = listing.shown(db(), actor(), now(), row).client_name
    back = {"url": url_for("registrations.show", registration_id=row.id), "label": name}
    return _doubt_page(form, name, back)


@bp.route("/deals/<int:deal_id>/doubt", methods=["GET", "POST"])
@guard(Permission.DECIDE_CONFLICT)
def of_deal(deal_id: int) -> ResponseReturnValue:
    """Open a case because it is in doubt whose deal this is."""
    deal, form = load(Deal, deal_id), DoubtForm()
    if form.validate_on_submit():
        with refusing(form):
            return _opened(form, registration=None, deal=deal)
    home = _("%(development)s %(unit)s", development=deal.development.name, unit=deal.unit)
    back = {"url": url_for("deals.show", deal_id=deal.id), "label": home}
    return _doubt_page(form, deals.buyer(db(), actor(), deal), back)


def _opened(form: DoubtForm, *, registration: Registration | None, deal: Deal | None) -> ResponseReturnValue:
    words = form.words.data or ""
    case = cases.open_doubt(db(), actor(), now(), words=words, registration=registration, deal=deal)
    flash(_("The case is open. Somebody else than you decides it."), "success")
    return redirect(url_for("conflicts.show", case_id=case.id), 303)


def _doubt_page(form: DoubtForm, client: str, back: dict[str, str]) -> tuple[str, int]:
    return form_page("conflicts/doubt.html", form, client=client, back=back)


def _taken_in(form: ObjectionForm) -> list[Photo] | None:
    """The pictures, or None with the reason in the form. Nobody who writes waits for them: load rows again after it."""
    pictures = form.pictures.data or ()
    return take_in(form, PHOTOS, lambda: take_in_pictures([sent.read() for sent in pictures]))


def _page(registration: Registration, form: ObjectionForm) -> tuple[str, int]:
    about = objections.opposed(db(), registration).about
    refusal = objections.refusal_of(db(), now(), registration)
    return form_page(
        "conflicts/objection.html",
        form,
        registration=registration,
        client=listing.shown(db(), actor(), now(), registration).client_name,
        until=rule.object_until(about.since) if about.since else None,
        refused=say(refusal) if refusal else None,
    )
