"""A sign-in that was not the owner's: he says so, and administrators lift the alarm when they have made sure."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import AccountAlarm, Person, WebSession
from ...rules.account_safety.alarms import takes_two
from ...services.account_safety import alarms
from ...services.accounts import history as account_history
from ...services.accounts import sign_in as sign_ins
from ..edge import actor, db, idle, load, now, refusing
from ..guard import guard
from ..lists.paging import page_of
from ..messages import say
from ..words.accounts import timeline_of
from ..words.devices import device_words, place_words

bp = Blueprint("alarms", __name__)


@bp.route("/me/not-me", methods=["GET", "POST"])
@guard(Permission.OWN_PROFILE)
def begin() -> ResponseReturnValue:
    """Say that a sign-in was somebody else's: everything else is signed out, and another password is chosen."""
    form, person = FlaskForm(), current_user.person
    named = request.args.get("session", type=int)
    of = load(WebSession, named) if named is not None and 0 < named < 2**63 else None
    if form.validate_on_submit():
        own = db().get_one(Person, person.id)
        alarms.raise_alarm(db(), actor(), now(), own, keep=current_user.row.id, named=of)
        flash(_("Every other device is signed out. Now choose another password."), "success")
        return redirect(url_for("auth.password"), 303)
    return render_template(
        "account_safety/not_me.html",
        form=form,
        named=of,
        sessions=sign_ins.running_sessions(db(), now(), person, idle()),
        here=current_user.row.id,
        two=takes_two(person.role),
        device_words=device_words,
        place_words=place_words,
    )


@bp.get("/alarms")
@guard(Permission.MANAGE_PEOPLE)
def index() -> ResponseReturnValue:
    """All alarms, newest first."""
    page = page_of(db(), alarms.listing(actor()), AccountAlarm.id, request.args.get("after"))
    return render_template("account_safety/alarms.html", page=page)


@bp.get("/alarms/<int:alarm_id>")
@guard(Permission.MANAGE_PEOPLE)
def show(alarm_id: int) -> ResponseReturnValue:
    """One alarm: whose account, from where, and what is to be done."""
    return _page(load(AccountAlarm, alarm_id), FlaskForm(formdata=None))


@bp.post("/alarms/<int:alarm_id>/vouch")
@guard(Permission.CONFIRM_ACCOUNT)
def vouch(alarm_id: int) -> ResponseReturnValue:
    """The first of two has made sure."""
    alarm, form = load(AccountAlarm, alarm_id), FlaskForm(formdata=None)
    with refusing(form):
        alarms.vouch(db(), actor(), now(), alarm)
        flash(_("Noted. Another administrator lifts the alarm."), "success")
        return redirect(url_for(".show", alarm_id=alarm_id))
    return _page(alarm, form), 409


@bp.post("/alarms/<int:alarm_id>/lift")
@guard(Permission.CONFIRM_ACCOUNT)
def lift(alarm_id: int) -> ResponseReturnValue:
    """Lift an alarm."""
    alarm, form = load(AccountAlarm, alarm_id), FlaskForm(formdata=None)
    with refusing(form):
        alarms.lift(db(), actor(), now(), alarm)
        flash(_("Lifted. The account works as before."), "success")
        return redirect(url_for(".show", alarm_id=alarm_id))
    return _page(alarm, form), 409


def _page(alarm: AccountAlarm, form: FlaskForm) -> str:
    others = alarm.person_id != actor().id and alarm.lifted_at is None
    first = takes_two(alarm.person.role) and alarm.vouched_at is None
    return render_template(
        "account_safety/alarm.html",
        alarm=alarm,
        form=form,
        two=takes_two(alarm.person.role),
        vouches=others and first,
        lifts=others and not first and _refused(alarm) is None,
        refused=_refused(alarm) if others and not first else None,
        events=timeline_of(account_history.of_person(db(), alarm.person)),
        device_words=device_words,
        place_words=place_words,
    )


def _refused(alarm: AccountAlarm) -> str | None:
    """Why the reader cannot lift it, if so."""
    try:
        alarms.check_lifting(actor(), alarm)
    except Refusal as refusal:
        return say(refusal)
    return None
