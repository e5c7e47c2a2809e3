"""To the employer's provider and back: signing in by it, and tying the own account to it."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from urllib.parse import urljoin

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...adapters.company_sign_in.provider import Provider, ProviderFailed, Question
from ...models import Person
from ...rules.company_sign_in.claims import Claims
from ...services.company_sign_in import identities
from ...services.second_factors.halves import HalfSecret
from ..auth.proving import place_here
from ..auth.second import hold
from ..auth.signed_in import enter
from ..edge import actor, company_provider, config, database, db, load, now, tell_afterwards
from ..guard import guard, public
from ..language.routes import local
from ..limits import limiter
from ..messages import say

bp = Blueprint("company_sign_in", __name__)

_ASKED = "company_question"
PER_ADDRESS = "30 per minute"


@bp.get("/company-sign-in")
@public
@limiter.limit(PER_ADDRESS)
def begin() -> Response:
    """Go to the employer's sign-in, and afterwards to where one wanted to go."""
    onward = local(request.args.get("next")) or url_for("home.index")
    if current_user.is_authenticated:
        return redirect(onward)
    try:
        return redirect(_ask({"next": onward}))
    except ProviderFailed as failure:
        return _not_begun(failure, "auth.sign_in")


@bp.post("/me/company-sign-in")
@guard(Permission.OWN_PROFILE)
def tie() -> ResponseReturnValue:
    """Tie the own account to the one at the employer: it is signed in to there, while one is signed in here.

    The way there is a link: our pages let no form lead to another site, nor its answer (`form-action`).
    """
    try:
        address = _ask({"tie": current_user.person.id})
    except ProviderFailed as failure:
        return _not_begun(failure, "auth.profile")
    return render_template("company_sign_in/onward.html", address=address)


@bp.post("/me/company-sign-in/part")
@guard(Permission.OWN_PROFILE)
def part() -> Response:
    """Let the account at the employer open this one no longer."""
    identities.part(db(), actor(), now(), db().get_one(Person, current_user.person.id))
    flash(_("Your company account does not open this one any more."), "success")
    return redirect(url_for("auth.profile"))


@bp.post("/admin/people/<int:person_id>/company-sign-in/part")
@guard(Permission.MANAGE_PEOPLE)
def part_for(person_id: int) -> Response:
    """Let somebody's account at the employer open his account here no longer."""
    person = load(Person, person_id)
    identities.part(db(), actor(), now(), person)
    flash(_("The company account of %(name)s does not open this one any more.", name=person.name), "success")
    return redirect(url_for("admin.person", person_id=person_id))


@bp.get("/company-sign-in/back")
@public
@limiter.limit(PER_ADDRESS)
def back() -> Response | tuple[str, int]:
    """The reader comes back from the employer's provider, with the answer to the question that this browser keeps."""
    asked, said = cookie.pop(_ASKED, None), request.args
    if not isinstance(asked, Mapping) or not secrets.compare_digest(
        str(asked["state"]).encode(), said.get("state", "").encode()
    ):
        return _failed(Refusal("company_question_over"))
    if "code" not in said:
        return _failed(Refusal("company_said_no"))
    provider = _provider()
    try:
        question = Question(asked["state"], asked["nonce"], asked["verifier"], _back_address())
        claims = provider.claims(question, said["code"])
    except ProviderFailed as failure:
        return _failed(Refusal("company_provider_failed", why=failure.code))
    if "tie" in asked:
        return _tied(provider, claims, asked["tie"])
    return _entered(provider, claims, asked["next"])


def _entered(provider: Provider, claims: Claims, onward: str) -> Response | tuple[str, int]:
    with database().transaction() as own:
        days = config().session_days
        outcome = identities.enter(own, now(), provider.issuer, claims, place_here(), days=days)
    tell_afterwards()
    if isinstance(outcome, Refusal):
        return _failed(outcome)
    if isinstance(outcome, HalfSecret):
        hold(outcome)
        return redirect(url_for("second_factor.ask", next=onward))
    enter(outcome)
    return redirect(onward)


def _tied(provider: Provider, claims: Claims, person_id: int) -> Response | tuple[str, int]:
    """Only for the one who asked: somebody else may have signed in here meanwhile."""
    if not current_user.is_authenticated or current_user.person.id != person_id:
        return _failed(Refusal("company_question_over"))
    try:
        with database().transaction() as own:
            identities.tie(own, actor(), now(), provider.issuer, claims)
    except Refusal as refusal:
        return _failed(refusal)
    tell_afterwards()
    flash(_("From now on your company account opens this one, too."), "success")
    return redirect(url_for("auth.profile"))


def _ask(kept: Mapping[str, object]) -> str:
    """Where the reader answers a new question, which the browser keeps. Raises ProviderFailed."""
    question = Question(secrets.token_hex(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), _back_address())
    address = _provider().address(question)
    secret = {name: value for name, value in asdict(question).items() if name != "back"}
    cookie[_ASKED] = {**secret, **kept}
    return address


def _not_begun(failure: ProviderFailed, endpoint: str) -> Response:
    flash(say(Refusal("company_provider_failed", why=failure.code)), "danger")
    return redirect(url_for(endpoint))


def _failed(refusal: Refusal) -> tuple[str, int]:
    return render_template("company_sign_in/failed.html", why=say(refusal)), 422


def _provider() -> Provider:
    provider = company_provider()
    if provider is None:
        abort(404)
    return provider


def _back_address() -> str:
    return urljoin(config().base_url, url_for("company_sign_in.back"))
