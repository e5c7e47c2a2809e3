"""Lost second factors: who says so, and what two people decide on it."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...models import FactorReset, LostFactorNote, Person, ProposalState, ResetStanding
from ...rules.account_safety.factor_resets import WAITING_ROLES
from ...services import timekeeping
from ...services.account_safety import factor_resets
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.paging import page_of
from ..messages import say
from .forms import ProposeResetForm, RefuseResetForm

bp = Blueprint("factor_resets", __name__, url_prefix="/factor-resets")


@bp.get("/")
@guard(Permission.READ_FACTOR_RESETS)
def index() -> ResponseReturnValue:
    """Who says to have lost every factor, and all resets, newest first."""
    stmt = factor_resets.listing(actor(), chosen(ResetStanding, request.args.get("state")))
    return render_template(
        "account_safety/factor_resets.html",
        page=page_of(db(), stmt, FactorReset.id, request.args.get("after")),
        notes=factor_resets.open_notes(db(), actor()),
        administers=may(actor(), Permission.MANAGE_PEOPLE),
    )


@bp.route("/of/<int:person_id>", methods=["GET", "POST"])
@guard(Permission.MANAGE_PEOPLE)
def propose(person_id: int) -> ResponseReturnValue:
    """Propose to take all second factors of a person away."""
    person, form = load(Person, person_id), ProposeResetForm()
    if form.validate_on_submit():
        with refusing(form):
            reset = factor_resets.propose(db(), actor(), now(), person, form.note.data)
            flash(_("Proposed. It is done when a second person confirms it."), "success")
            return redirect(url_for(".show", reset_id=reset.id))
    waits = person.role in WAITING_ROLES
    return form_page("account_safety/propose_reset.html", form, person=person, waits=waits)


@bp.post("/notes/<int:note_id>/close")
@guard(Permission.MANAGE_PEOPLE)
def close_note(note_id: int) -> ResponseReturnValue:
    """Say that no reset is needed."""
    try:
        with db().begin_nested():
            factor_resets.close_note(db(), actor(), now(), load(LostFactorNote, note_id))
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        flash(_("It is off the list. Nothing was done to the account."), "success")
    return redirect(url_for(".index"))


@bp.get("/<int:reset_id>")
@guard(Permission.OWN_PROFILE)
def show(reset_id: int) -> ResponseReturnValue:
    """One reset: whose, why, who decides, and when it is done."""
    return _page(load(FactorReset, reset_id), RefuseResetForm())


@bp.post("/<int:reset_id>/confirm")
@guard(Permission.CONFIRM_FACTOR_RESET)
def confirm(reset_id: int) -> ResponseReturnValue:
    """Confirm what another person proposed."""
    reset, form = load(FactorReset, reset_id), RefuseResetForm(formdata=None)
    with refusing(form):
        factor_resets.confirm(db(), actor(), now(), reset)
        done = reset.standing is ResetStanding.DONE
        flash(
            _("Confirmed, and done.")
            if done
            else _("Confirmed. It is done when its time has come; until then it can be stopped."),
            "success",
        )
        return redirect(url_for(".show", reset_id=reset_id))
    return _page(reset, form), 409


@bp.post("/<int:reset_id>/refuse")
@guard(Permission.OWN_PROFILE)
def refuse(reset_id: int) -> ResponseReturnValue:
    """Send it back, with a reason; whose factors they are may do so, too."""
    reset, form = load(FactorReset, reset_id), RefuseResetForm()
    if form.validate_on_submit():
        with refusing(form):
            factor_resets.refuse(db(), actor(), now(), reset, form.reason.data)
            flash(_("Sent back. The second factors stay as they are."), "success")
            return redirect(url_for(".show", reset_id=reset_id))
    return _page(reset, form), 422


@bp.post("/<int:reset_id>/withdraw")
@guard(Permission.MANAGE_PEOPLE)
def withdraw(reset_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    reset, form = load(FactorReset, reset_id), RefuseResetForm(formdata=None)
    with refusing(form):
        factor_resets.withdraw(db(), actor(), now(), reset)
        flash(_("Withdrawn. Nothing was done to the account."), "success")
        return redirect(url_for(".show", reset_id=reset_id))
    return _page(reset, form), 409


@bp.post("/<int:reset_id>/stop")
@guard(Permission.OWN_PROFILE)
def stop(reset_id: int) -> ResponseReturnValue:
    """Stop a confirmed reset before its time."""
    reset, form = load(FactorReset, reset_id), RefuseResetForm(formdata=None)
    with refusing(form):
        factor_resets.cancel(db(), actor(), now(), reset)
        flash(_("Stopped. The second factors stay as they are."), "success")
        return redirect(url_for(".show", reset_id=reset_id))
    return _page(reset, form), 409


@dataclass(frozen=True, slots=True, kw_only=True)
class MayDo:
    """What the reader may do with this reset."""

    decide: bool
    refuse: bool
    withdraw: bool
    stop: bool
    list: bool


def _page(reset: FactorReset, form: RefuseResetForm) -> str:
    proposed, mine = reset.open, reset.proposed_by == actor().id
    own = reset.person_id == actor().id
    decides = proposed and not mine and may(actor(), Permission.CONFIRM_FACTOR_RESET)
    return render_template(
        "account_safety/factor_reset.html",
        reset=reset,
        form=form,
        own=own,
        may=MayDo(
            decide=decides and not own,
            refuse=proposed and not mine and (own or decides),
            withdraw=proposed and mine,
            stop=reset.standing is ResetStanding.WAITS and factor_resets.may_stop(actor(), reset),
            list=may(actor(), Permission.READ_FACTOR_RESETS),
        ),
        hand_refused=_hand_refused(reset) if decides and not own else None,
        waits=reset.person.role in WAITING_ROLES,
        withdrawn=reset.state is ProposalState.WITHDRAWN,
    )


def _hand_refused(reset: FactorReset) -> str | None:
    """Why the reader cannot confirm it, if so; sending it back he may all the same."""
    try:
        factor_resets.check_hand(actor(), reset)
        actor().check_rested(timekeeping.trusted(db(), now()))
    except Refusal as refusal:
        return say(refusal)
    return None
