"""People and their accounts."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from ...access.permissions import Permission
from ...models import (
    AccountAlarm,
    AccountChange,
    AccountProposal,
    FactorReset,
    Person,
    Programme,
    Role,
    WebSession,
)
from ...rules.accounts.accounts import MONEY_ROLES, PHONE_BY_TWO, STAFF_ROLES
from ...services import contacts
from ...services.account_safety import alarms, factor_resets
from ...services.accounts import account_proposals, people
from ...services.accounts import history as account_history
from ...services.accounts import sign_in as sign_ins
from ...services.hand_overs import waiting as hand_overs
from ...services.provider_sign_in import ties
from .. import links
from ..edge import actor, config, db, form_page, idle, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.accounts import KINDS, timeline_of
from ..words.devices import device_words, on_phone, place_words
from ..words.providers import Door, doors_of
from ..words.roles import role_word
from ..words.statuses import status
from .forms import NewPersonForm, OtherNameForm, OtherPhoneForm, OtherRoleForm, ProposeForm

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("/people", endpoint="people")
@guard(Permission.MANAGE_PEOPLE)
def people_page() -> ResponseReturnValue:
    """Everybody with an account."""
    page = page_of(db(), _wanted(), Person.id, request.args.get("after"))
    return render_template("admin/people.html", page=page, state_of=people.state_of, role_word=role_word, roles=Role)


@bp.get("/people.<kind>")
@guard(Permission.MANAGE_PEOPLE)
def people_export(kind: str) -> Response:
    """The same list as a file; phones stay masked."""
    columns = (
        Column(_("Name"), lambda person: person.name),
        Column(_("Role"), lambda person: role_word(person.role)),
        Column(_("Agency"), lambda person: person.agency.name if person.agency else None),
        Column(_("Phone"), lambda person: contacts.open_phone(db(), person).masked),
        Column(_("Status"), lambda person: str(status("account", people.state_of(person)).word)),
        Column(_("Created"), lambda person: person.created_at),
    )
    return export(db().scalars(_wanted().order_by(Person.id)), columns, "people", kind)


@bp.route("/people/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_PEOPLE)
def person_new() -> ResponseReturnValue:
    """Open an account, and let its owner have a link to choose a password; one that moves money is proposed."""
    form = NewPersonForm()
    form.offer(people.open_agencies(db()))
    if form.validate_on_submit():
        with refusing(form):
            if form.role.data in MONEY_ROLES:
                return _opening_proposed(form)
            person = people.create_person(
                db(),
                actor(),
                now(),
                role=Role(form.role.data),
                name=form.name.data,
                phone=form.phone.data,
                agency_id=form.agency.data,
            )
            links.hand_over(person)
            return redirect(url_for(".person", person_id=person.id))
    return form_page("admin/person_new.html", form, by_text=config().texts(config().sms_password_template))


def _opening_proposed(form: NewPersonForm) -> BaseResponse:
    facts = {"role": Role(form.role.data), "name": form.name.data, "phone": form.phone.data}
    proposal = account_proposals.propose_opening(db(), actor(), now(), **facts, note=form.note.data or "")
    flash(_("Proposed. It is opened when another administrator confirms it."), "success")
    return redirect(url_for(".proposal", proposal_id=proposal.id))


@bp.route("/people/<int:person_id>/propose/<any(link, reopen, phone, role, name):change>", methods=["GET", "POST"])
@guard(Permission.MANAGE_PEOPLE)
def person_propose(person_id: int, change: str) -> ResponseReturnValue:
    """Propose what one administrator may not do alone to an account that moves money."""
    one, kind = load(Person, person_id), AccountChange(change)
    form = _propose_form(one, kind)
    if form.validate_on_submit():
        with refusing(form):
            proposal = _proposed(one, kind, form)
            flash(_("Proposed. It is done when another administrator confirms it."), "success")
            return redirect(url_for(".proposal", proposal_id=proposal.id))
    return form_page("admin/person_propose.html", form, person=one, kind=KINDS[kind], change=kind)


def _propose_form(one: Person, kind: AccountChange) -> ProposeForm:
    if kind is AccountChange.PHONE:
        return OtherPhoneForm()
    if kind is AccountChange.NAME:
        return OtherNameForm(None if request.method == "GET" else request.form, name=one.name)
    if kind is not AccountChange.ROLE:
        return ProposeForm()
    form = OtherRoleForm()
    form.offer(one.role)
    return form


def _proposed(one: Person, kind: AccountChange, form: ProposeForm) -> AccountProposal:
    by, why = (db(), actor(), now(), one), form.note.data
    if isinstance(form, OtherPhoneForm):
        return account_proposals.propose_phone(*by, form.phone.data, why)
    if isinstance(form, OtherRoleForm):
        return account_proposals.propose_role(*by, Role(form.role.data), why)
    if isinstance(form, OtherNameForm):
        return account_proposals.propose_name(*by, form.name.data, why)
    if kind is AccountChange.LINK:
        return account_proposals.propose_link(*by, why)
    return account_proposals.propose_reopening(*by, why)


@bp.get("/people/<int:person_id>")
@guard(Permission.MANAGE_PEOPLE)
def person(person_id: int) -> ResponseReturnValue:
    """One account: who, where signed in, and what can be done about it."""
    return _page(load(Person, person_id))


@bp.post("/people/<int:person_id>/phone")
@guard(Permission.MANAGE_PEOPLE)
def reveal_phone(person_id: int) -> ResponseReturnValue:
    """Show the phone in plain, once, and write down who looked."""
    one = load(Person, person_id)
    return _page(one, plain_phone=people.reveal_phone(db(), actor(), now(), one).e164)


@bp.post("/people/<int:person_id>/deactivate")
@guard(Permission.MANAGE_PEOPLE)
def deactivate(person_id: int) -> ResponseReturnValue:
    """Close the account; its access ends with the next request. What it had in hand is handed over next."""
    one = load(Person, person_id)
    people.deactivate_person(db(), actor(), now(), one)
    flash(_("The account of %(name)s is closed, and signed out everywhere.", name=one.name), "success")
    left = hand_overs.counts_in_hand(db(), actor(), now(), one.id)
    return redirect(url_for("hand_overs.show" if left else ".person", person_id=person_id))


@bp.post("/people/<int:person_id>/reactivate")
@guard(Permission.MANAGE_PEOPLE)
def reactivate(person_id: int) -> ResponseReturnValue:
    """Open the account again."""
    one = load(Person, person_id)
    people.reactivate_person(db(), actor(), now(), one)
    flash(_("The account of %(name)s is open again.", name=one.name), "success")
    return redirect(url_for(".person", person_id=person_id))


@bp.post("/people/<int:person_id>/link")
@guard(Permission.MANAGE_PEOPLE)
def link(person_id: int) -> ResponseReturnValue:
    """Make a link to choose a password."""
    links.hand_over(load(Person, person_id))
    return redirect(url_for(".person", person_id=person_id))


@bp.post("/people/<int:person_id>/end-sessions")
@guard(Permission.MANAGE_PEOPLE)
def end_sessions(person_id: int) -> ResponseReturnValue:
    """Sign the person out everywhere."""
    one = load(Person, person_id)
    people.end_sessions(db(), actor(), now(), one)
    flash(_("%(name)s is signed out everywhere.", name=one.name), "success")
    return redirect(url_for(".person", person_id=person_id))


def _wanted() -> Select[Person]:
    args = request.args
    return people.people_list(
        db(),
        actor(),
        q=args.get("q", ""),
        role=chosen(Role, args.get("role")),
        state=chosen(people.AccountState, args.get("state")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account as its page shows it: what is known of it, what waits for a second person, and what changes it."""

    plain: bool
    link: str | None
    sessions: list[WebSession]
    alarm: AccountAlarm | None
    by_two: bool
    doors: list[Door]
    former_names: list[str]
    staff: bool
    phone_by_two: bool
    programme: bool
    second: bool
    waiting: list[AccountProposal]
    factor_reset: FactorReset | None
    may_reset_factors: bool
    by_text: bool
    events: list[dict[str, Any]]


def _page(one: Person, plain_phone: str | None = None) -> str:
    return render_template(
        "admin/person.html",
        person=one,
        state=people.state_of(one),
        phone=plain_phone or contacts.open_phone(db(), one).masked,
        view=AccountView(
            plain=plain_phone is not None,
            link=links.shown(one),
            sessions=sign_ins.running_sessions(db(), now(), one, idle()),
            alarm=alarms.open_for(db(), one),
            by_two=one.role in MONEY_ROLES,
            doors=[door for door in doors_of(one, ties.ties_of(db(), one)) if door.tie],
            former_names=people.former_names(db(), one),
            staff=one.role in STAFF_ROLES,
            phone_by_two=one.role in PHONE_BY_TWO,
            programme=db().get(Programme, one.id) is not None,
            second=account_proposals.may_propose(db(), actor(), one),
            waiting=account_proposals.waiting_for(db(), one),
            factor_reset=factor_resets.open_for(db(), one),
            may_reset_factors=factor_resets.may_propose(db(), actor(), one),
            by_text=config().texts(config().sms_password_template),
            events=timeline_of(account_history.of_person(db(), one)),
        ),
        device_words=device_words,
        place_words=place_words,
        on_phone=on_phone,
        in_hand=hand_overs.counts_in_hand(db(), actor(), now(), one.id),
        kinds=KINDS,
    )
