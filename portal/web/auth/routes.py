"""Sign-in, sign-out, the first password, and a person's own account."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import Person, WebSession
from ...rules.provider_sign_in.claims import ProviderName
from ...services import contacts
from ...services.account_safety import factor_resets
from ...services.accounts import history as account_history
from ...services.accounts import links, passwords, people
from ...services.accounts import sign_in as sign_ins
from ...services.accounts.passwords import NewPassword
from ...services.accounts.sign_in import Proof
from ...services.provider_sign_in import ties
from ...services.second_factors.halves import HalfSecret
from ..edge import (
    actor,
    config,
    database,
    db,
    form_page,
    idle,
    load,
    now,
    providers,
    refusing,
    send_texts_afterwards,
    show_refusal,
    without_transaction,
)
from ..guard import guard, public
from ..language.routes import local
from ..limits import limiter
from ..messages import say
from ..words.accounts import timeline_of
from ..words.devices import device_words, on_phone, place_words
from ..words.providers import doors_here, doors_of
from . import known_devices, resuming
from .arriving import onward, tell_what_was_done
from .forms import ChangePasswordForm, ChoosePasswordForm, ForgottenForm, SignInForm
from .proving import place_here, proven
from .second import enter_half
from .signed_in import enter, session_before
from .words import ended_words, idle_words

bp = Blueprint("auth", __name__)

PER_ADDRESS = "30 per minute"
"""A whole agency may sit behind one address; the lock-out in the database is what stops guessing."""

PER_ADDRESS_ASKED = "10 per minute; 60 per hour"
"""Links by text, from whole agencies behind one address."""


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit(PER_ADDRESS, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Sign in by phone and password; then on to where one wanted to go."""
    address = local(request.args.get("next")) or url_for("home.index")
    if current_user.is_authenticated:
        return onward(address)
    form = SignInForm()
    if form.validate_on_submit():
        outcome = _tried(form)
        if isinstance(outcome, HalfSecret):
            return enter_half(outcome)
        if not isinstance(outcome, Refusal):
            enter(outcome)
            tell_what_was_done()
            return onward(address)
        show_refusal(form, outcome)
    return _door(form)


def turned_away() -> ResponseReturnValue:
    """Whoever is not signed in is asked to: the page opens afterwards, and a form that was sent is kept until then."""
    if request.method == "GET":
        return redirect(url_for("auth.sign_in", next=request.full_path))
    before = session_before()
    resume = resuming.kept(before[0].person_id) if before else None
    if resume is None:
        return redirect(url_for("auth.sign_in", next=resuming.page()))
    return _door(SignInForm(formdata=None), resume, url_for("auth.sign_in", next=resuming.page()))[0], 401


def _door(form: SignInForm, resume: str | None = None, action: str = "") -> tuple[str, int]:
    before = session_before()
    return form_page(
        "auth/sign_in.html",
        form,
        action=action,
        ended=ended_words(*before) if before else None,
        doors=doors_here(),
        resume=resume or request.form.get(resuming.FIELD),
    )


@bp.post("/sign-out")
@guard(Permission.OWN_PROFILE)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    sign_ins.end_session(db(), actor(), now(), current_user.row)
    logout_user()
    return redirect(url_for("auth.sign_in"))


@bp.route("/forgotten", methods=["GET", "POST"])
@public
@limiter.limit(PER_ADDRESS_ASKED, methods=["POST"])
def forgotten() -> ResponseReturnValue:
    """Ask for a link to choose another password; the answer is the same for every number."""
    form = ForgottenForm()
    if form.validate_on_submit() and _texts_links():
        with refusing(form):
            if links.ask(db(), now(), form.phone.data, address=place_here().address):
                send_texts_afterwards()
            return redirect(url_for(".forgotten", asked="yes"), 303)
    return form_page("auth/forgotten.html", form, asked="asked" in request.args, by_text=_texts_links())


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@public
@limiter.limit(PER_ADDRESS, methods=["POST"])
def welcome(token: str) -> ResponseReturnValue:
    """Choose the first password, or another one, by a link; then one is signed in."""
    person = people.person_of_link(db(), now(), token)
    form = ChoosePasswordForm()
    if form.validate_on_submit() and (chosen := _chosen(form, person)) is not None:
        with refusing(form):
            place, by_shell = place_here(), people.is_link_of_the_shell(db(), now(), token)
            person = people.use_link(db(), now(), token, chosen, address=place.address)
            if _by_company_alone() and not by_shell:
                refusal = sign_ins.refuse_all_but_company(db(), now(), person, place)
                if refusal is not None:
                    flash(say(refusal), "info")
                    return redirect(url_for("auth.sign_in"), 303)
            admitted = sign_ins.admit(db(), now(), person, place, days=config().session_days)
            if isinstance(admitted, HalfSecret):
                flash(_("Your password is set."), "success")
                return enter_half(admitted)
            enter(admitted)
            flash(_("Your password is set, and you are signed in."), "success")
            return redirect(url_for("home.index"))
    return form_page("auth/welcome.html", form, person=person, phone=_masked(person))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """Where one is signed in: here, and elsewhere; and when a sign-in ends by itself."""

    running: list[WebSession]
    here: int
    idle: str


@bp.get("/me")
@guard(Permission.OWN_PROFILE)
def profile() -> ResponseReturnValue:
    """The person's own account."""
    person = current_user.person
    return render_template(
        "auth/profile.html",
        person=person,
        phone=_masked(person),
        sign_ins=SignIns(
            running=sign_ins.running_sessions(db(), now(), person, idle()),
            here=current_user.row.id,
            idle=idle_words(person.role),
        ),
        events=timeline_of(account_history.of_person(db(), person)),
        device_words=device_words,
        place_words=place_words,
        on_phone=on_phone,
        doors=doors_of(person, ties.ties_of(db(), person)),
        factor_reset=factor_resets.open_for(db(), person),
    )


@bp.route("/me/password", methods=["GET", "POST"])
@guard(Permission.OWN_PROFILE)
def password() -> ResponseReturnValue:
    """Change the password; the other devices are signed out."""
    form, person = ChangePasswordForm(), current_user.person
    if form.validate_on_submit() and proven(form) and (chosen := _chosen(form, person)) is not None:
        with refusing(form):
            own = db().get_one(Person, person.id)
            people.change_password(db(), actor(), now(), own, chosen, keep=current_user.row.id)
            known_devices.remember(own)
            flash(_("Your password is changed. Your other devices are signed out."), "success")
            return redirect(url_for("auth.profile"))
    return form_page("auth/password.html", form, void=person.password_is_void)


@bp.post("/me/sessions/<int:session_id>/end")
@guard(Permission.OWN_PROFILE)
def end_session(session_id: int) -> Response:
    """Sign out one of the own devices."""
    sign_ins.end_session(db(), actor(), now(), load(WebSession, session_id))
    flash(_("That device is signed out."), "success")
    return redirect(url_for("auth.profile"))


@bp.post("/me/sessions/end-others")
@guard(Permission.OWN_PROFILE)
def end_other_sessions() -> Response:
    """Sign out every device but this one."""
    people.end_sessions(db(), actor(), now(), current_user.person, but=current_user.row.id)
    flash(_("Your other devices are signed out."), "success")
    return redirect(url_for("auth.profile"))


def _tried(form: SignInForm) -> str | HalfSecret | Refusal:
    """The secret of the session that was opened, or why none was. Nobody who writes waits for the password."""
    place = place_here()
    try:
        with database().reading() as own:
            account = sign_ins.look_up(own, now(), place, phone=form.phone.data)
        matched = passwords.matches(account.hashed, form.password.data)
        proof = Proof(matched, passwords.renewed(account.hashed, form.password.data) if matched else None)
    except Refusal as refusal:
        return refusal
    factor_resets.carry_out_due(db(), now(), contacts.phone_index(db(), account.phone))
    terms = sign_ins.SignInTerms(config().session_days, company_only=_by_company_alone())
    return sign_ins.sign_in(db(), now(), account, place, proof=proof, terms=terms)


def _by_company_alone() -> bool:
    """Whether whom an account at the employer opens comes in by that alone."""
    return bool(config().oidc_only) and ProviderName.COMPANY in providers()


def _chosen(form: ChoosePasswordForm, person: Person) -> NewPassword | None:
    """The password that was chosen, ready to be set; or None, with the reason in the form."""
    house = (config().brand_name, config().brand_name_zh)
    with without_transaction(form), database().reading() as own:  # which asks the database nothing
        return people.choose_password(own, person, form.password.data, house=house)
    return None


def _masked(person: Person) -> str:
    return contacts.open_phone(db(), person).masked


def _texts_links() -> bool:
    return config().texts(config().sms_password_template)
