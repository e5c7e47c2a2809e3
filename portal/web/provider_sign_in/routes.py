"""To a provider and back: signing in by it, and tying the own account to the one there."""

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
from ...adapters.provider_sign_in.provider import Provider, ProviderFailed, Question
from ...adapters.provider_sign_in.wechat import SNAPSHOT
from ...models import Person
from ...rules.provider_sign_in.claims import Claims, ProviderName
from ...services.provider_sign_in import ties
from ...services.second_factors.halves import HalfSecret
from ..auth.proving import place_here
from ..auth.second import hold
from ..auth.signed_in import enter
from ..edge import actor, config, database, db, load, now, providers, tell_afterwards
from ..guard import guard, public
from ..language.routes import local
from ..limits import limiter
from ..messages import say
from ..words.providers import called, name_of

bp = Blueprint("provider_sign_in", __name__)

_ASKED = "provider_question"
_BY = "<any(company, wecom, wechat):by>-sign-in"
_TO_TIE = {"wechat_account_unknown", "company_account_unknown", "company_mail_unconfirmed"}
"""Who reads one of these signs in by the password, and then ties the two on his page."""

PER_ADDRESS = "30 per minute"


@bp.get(f"/{_BY}")
@public
@limiter.limit(PER_ADDRESS)
def begin(by: str) -> Response:
    """Go to a provider's sign-in, and afterwards to where one wanted to go."""
    onward = local(request.args.get("next")) or url_for("home.index")
    if current_user.is_authenticated:
        return redirect(onward)
    provider = _provider(by)
    try:
        return redirect(_ask(provider, {"next": onward}))
    except ProviderFailed as failure:
        return _not_begun(provider, failure, "auth.sign_in")


@bp.post(f"/me/{_BY}")
@guard(Permission.OWN_PROFILE)
def tie(by: str) -> ResponseReturnValue:
    """Tie the own account to the one at a provider: it is signed in to there, while one is signed in here.

    The way there is a link: our pages let no form lead to another site, nor its answer (`form-action`).
    """
    provider = _provider(by)
    try:
        address = _ask(provider, {"tie": current_user.person.id})
    except ProviderFailed as failure:
        return _not_begun(provider, failure, "auth.profile")
    return render_template("provider_sign_in/onward.html", address=address, name=name_of(provider))


@bp.post(f"/me/{_BY}/part")
@guard(Permission.OWN_PROFILE)
def part(by: str) -> Response:
    """Let the account at a provider open this one no longer."""
    which = ProviderName(by)
    ties.part(db(), actor(), now(), db().get_one(Person, current_user.person.id), which)
    flash(_("%(name)s does not open this account any more.", name=called(which)), "success")
    return redirect(url_for("auth.profile"))


@bp.post(f"/admin/people/<int:person_id>/{_BY}/part")
@guard(Permission.MANAGE_PEOPLE)
def part_for(person_id: int, by: str) -> Response:
    """Let somebody's account at a provider open his account here no longer."""
    person, which = load(Person, person_id), ProviderName(by)
    ties.part(db(), actor(), now(), person, which)
    flash(
        _("%(name)s does not open the account of %(person)s any more.", name=called(which), person=person.name),
        "success",
    )
    return redirect(url_for("admin.person", person_id=person_id))


@bp.get(f"/{_BY}/back")
@public
@limiter.limit(PER_ADDRESS)
def back(by: str) -> ResponseReturnValue:
    """The reader comes back from a provider, with the answer to the question that this browser keeps.

    Each provider has an address of its own, so that none can hand us another one's answer.
    """
    provider, asked, said = _provider(by), cookie.pop(_ASKED, None), request.args
    if not _answers(asked, by, said.get("state", "")):
        return _failed(Refusal("provider_question_over"), by)
    if "code" not in said:
        return _failed(Refusal("provider_said_no"), by, asked)
    try:
        question = Question(asked["state"], asked["nonce"], asked["verifier"], _back_address(by), asked["inside"])
        claims = provider.claims(question, said["code"])
    except ProviderFailed as failure:
        return _failed(_why(provider, failure), by, asked)
    if "tie" in asked:
        return _tied(provider, claims, asked)
    return _entered(provider, claims, asked)


def _answers(asked: object, by: str, state: str) -> bool:
    """Whether this is the answer to what this browser asked of this provider."""
    if not isinstance(asked, Mapping) or asked["by"] != by:
        return False
    return secrets.compare_digest(str(asked["state"]).encode(), state.encode())


def _entered(provider: Provider, claims: Claims, asked: Mapping[str, str]) -> ResponseReturnValue:
    with database().transaction() as own:
        days = config().session_days
        outcome = ties.enter(own, now(), provider.issuer, claims, place_here(), days=days)
    tell_afterwards()
    if isinstance(outcome, Refusal):
        return _failed(outcome, asked["by"], asked)
    if isinstance(outcome, HalfSecret):
        hold(outcome)
        return redirect(url_for("second_factor.ask", next=asked["next"]))
    enter(outcome)
    return redirect(asked["next"])


def _tied(provider: Provider, claims: Claims, asked: Mapping[str, object]) -> ResponseReturnValue:
    """Only for the one who asked: somebody else may have signed in here meanwhile."""
    by = provider.issuer.provider
    if not current_user.is_authenticated or current_user.person.id != asked["tie"]:
        return _failed(Refusal("provider_question_over"), by)
    try:
        with database().transaction() as own:
            ties.tie(own, actor(), now(), provider.issuer, claims)
    except Refusal as refusal:
        return _failed(refusal, by, asked)
    tell_afterwards()
    flash(_("From now on %(name)s opens this account, too.", name=name_of(provider)), "success")
    return redirect(url_for("auth.profile"))


def _ask(provider: Provider, kept: Mapping[str, object]) -> str:
    """Where the reader answers a new question, which the browser keeps. Raises ProviderFailed."""
    by, inside = provider.issuer.provider, provider.is_inside(request.user_agent.string)
    secret = secrets.token_hex(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    question = Question(*secret, _back_address(by), inside)
    address = provider.address(question)
    told = {name: value for name, value in asdict(question).items() if name != "back"}
    cookie[_ASKED] = {**told, **kept, "by": by.value}
    return address


def _not_begun(provider: Provider, failure: ProviderFailed, endpoint: str) -> Response:
    flash(say(_why(provider, failure)), "danger")
    return redirect(url_for(endpoint))


def _why(provider: Provider, failure: ProviderFailed) -> Refusal:
    if failure.code == SNAPSHOT:
        return Refusal("wechat_snapshot")
    return Refusal("provider_failed", name=name_of(provider), why=failure.code)


def _failed(refusal: Refusal, by: str, asked: Mapping[str, object] | None = None) -> tuple[str, int]:
    """What went wrong, and the way to ask again: what was asked can be asked anew with one press."""
    onward = url_for("auth.profile") if refusal.code in _TO_TIE else (asked or {}).get("next")
    again = {"by": by, "tie": "tie" in (asked or {}), "next": onward}
    name = called(ProviderName(by))
    return render_template("provider_sign_in/failed.html", why=say(refusal), again=again, name=name), 422


def _provider(by: str) -> Provider:
    provider = providers().get(ProviderName(by))
    if provider is None:
        abort(404)
    return provider


def _back_address(by: str) -> str:
    return urljoin(config().base_url, url_for("provider_sign_in.back", by=by))
