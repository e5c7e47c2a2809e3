"""Changing an account that moves no money: name, phone, and for a partner agency and role."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import PARTNERS, Person, Role
from ...services import contacts
from ...services.accounts import account_changes, people
from ..edge import actor, config, db, form_page, load, now, refusing, send_texts_afterwards
from ..guard import guard
from .forms import ChangeAccountForm
from .people import bp


@bp.route("/people/<int:person_id>/change", methods=["GET", "POST"])
@guard(Permission.MANAGE_PEOPLE)
def person_change(person_id: int) -> ResponseReturnValue:
    """What the account is to be; what stays as it is changes nothing."""
    one = load(Person, person_id)
    partner = one.role in PARTNERS
    form = ChangeAccountForm(
        None if request.method == "GET" else request.form, name=one.name, agency=one.agency_id, role=one.role.value
    )
    form.offer(people.open_agencies(db()), one)
    if form.validate_on_submit():
        facts = account_changes.AccountFacts(
            name=form.name.data,
            phone=(form.phone.data or "") if form.phone else "",
            role=Role(form.role.data) if partner else None,
            agency_id=form.agency.data if partner else None,
        )
        with refusing(form):
            tells = config().texts(config().sms_phone_template)
            account_changes.change_account(
                db(), actor(), now(), one, facts, reason=form.reason.data, tells_number=tells
            )
            send_texts_afterwards()
            flash(_("The account of %(name)s is changed.", name=one.name), "success")
            return redirect(url_for(".person", person_id=person_id))
    phone = contacts.open_phone(db(), load(Person, person_id)).masked
    return form_page("admin/person_change.html", form, person=one, phone=phone)
