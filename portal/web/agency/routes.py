"""The principal's brokers: invite, look, close, open again."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import Person, Role, WebSession, Work
from ...services import contacts
from ...services.accounts import brokers as broker_figures
from ...services.accounts import people
from ...services.accounts import sign_in as sign_ins
from ...services.hand_overs import waiting
from .. import links
from ..edge import actor, config, db, form_page, idle, load, now, show_refusal
from ..guard import guard
from ..limits import limiter, network
from ..lists.arguments import chosen
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.devices import device_words, on_phone, place_words
from ..words.statuses import status
from .forms import InviteBrokerForm
from .record_view import record_view, standing

bp = Blueprint("agency", __name__, url_prefix="/agency")


@bp.get("/brokers")
@guard(Permission.MANAGE_BROKERS)
def brokers() -> ResponseReturnValue:
    """The agency's brokers, with this month's registrations and who is frozen."""
    page = page_of(db(), _wanted(), Person.id, request.args.get("after"))
    figures = broker_figures.figures_of(db(), now(), page.rows)
    return render_template("agency/brokers.html", page=page, figures=figures, standing=standing)


@bp.get("/brokers.<kind>")
@guard(Permission.MANAGE_BROKERS)
def brokers_export(kind: str) -> Response:
    """The same list as a file; phones stay masked."""
    rows = db().scalars(_wanted().order_by(Person.id)).all()
    figures = broker_figures.figures_of(db(), now(), rows)
    columns = (
        Column(_("Name"), lambda one: one.name),
        Column(_("Phone"), lambda one: contacts.open_phone(db(), one).masked),
        Column(_("Registrations this month"), lambda one: figures[one.id].registrations),
        Column(_("Status"), lambda one: str(status("account", standing(one, figures[one.id])).word)),
        Column(_("Frozen until"), lambda one: figures[one.id].frozen_until),
    )
    return export(rows, columns, "brokers", kind)


def _asker() -> str:
    """Whose invitations are counted together."""
    return f"invites {current_user.person.id}" if current_user.is_authenticated else network()


@bp.route("/brokers/invite", methods=["GET", "POST"])
@guard(Permission.MANAGE_BROKERS)
@limiter.limit("20 per hour", methods=["POST"], key_func=_asker)
def invite() -> ResponseReturnValue:
    """Open an account for a broker and get the link to send."""
    form = InviteBrokerForm()
    if form.validate_on_submit():
        try:
            with db().begin_nested():
                broker = people.create_person(
                    db(), actor(), now(), role=Role.BROKER, name=form.name.data, phone=form.phone.data
                )
                links.hand_over(broker)
            return redirect(url_for(".broker", person_id=broker.id))
        except Refusal as refusal:
            show_refusal(form, _worded(refusal))
    return form_page("agency/invite.html", form, by_text=config().texts(config().sms_password_template))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """A broker's account as his principal sees it."""

    state: str
    phone: str
    link: str | None
    sessions: list[WebSession]
    in_hand: Mapping[Work, int]


@bp.get("/brokers/<int:person_id>")
@guard(Permission.MANAGE_BROKERS)
def broker(person_id: int) -> str:
    """One broker's account."""
    one = load(Person, person_id)
    figures = broker_figures.figures_of(db(), now(), [one])[one.id]
    return render_template(
        "agency/broker.html",
        record=record_view(one),
        person=one,
        view=AccountView(
            state=standing(one, figures),
            phone=contacts.open_phone(db(), one).masked,
            link=links.shown(one),
            sessions=sign_ins.running_sessions(db(), now(), one, idle()),
            in_hand=waiting.counts_in_hand(db(), actor(), now(), one.id),
        ),
        figures=figures,
        device_words=device_words,
        place_words=place_words,
        on_phone=on_phone,
    )


@bp.post("/brokers/<int:person_id>/deactivate")
@guard(Permission.MANAGE_BROKERS)
def deactivate(person_id: int) -> ResponseReturnValue:
    """Close the account; its access ends with the next request. What it had in hand is handed over next."""
    one = load(Person, person_id)
    people.deactivate_person(db(), actor(), now(), one)
    flash(_("The account of %(name)s is closed, and signed out everywhere.", name=one.name), "success")
    left = waiting.counts_in_hand(db(), actor(), now(), one.id)
    return redirect(url_for("hand_overs.show" if left else ".broker", person_id=person_id))


@bp.post("/brokers/<int:person_id>/reactivate")
@guard(Permission.MANAGE_BROKERS)
def reactivate(person_id: int) -> ResponseReturnValue:
    """Open the account again."""
    one = load(Person, person_id)
    people.reactivate_person(db(), actor(), now(), one)
    flash(_("The account of %(name)s is open again.", name=one.name), "success")
    return redirect(url_for(".broker", person_id=person_id))


@bp.post("/brokers/<int:person_id>/link")
@guard(Permission.MANAGE_BROKERS)
def link(person_id: int) -> ResponseReturnValue:
    """Make a link to choose a password."""
    links.hand_over(load(Person, person_id))
    return redirect(url_for(".broker", person_id=person_id))


def _worded(refusal: Refusal) -> Refusal:
    """A number that has an account is refused in one sentence, whosever it is; and it is written down who asked."""
    if refusal.code != "phone_taken":
        return refusal
    return people.refuse_invitation(db(), actor(), now())


def _wanted() -> Select[Person]:
    args = request.args
    return people.people_list(
        db(), actor(), q=args.get("q", ""), role=Role.BROKER, state=chosen(people.AccountState, args.get("state"))
    )
