"""What somebody sees who joins as a citizen broker: what it brings, a code to the own phone, name and terms.

No page here sets a cookie before there is an account. What the pages say is the same for every number until the number
is shown to be the reader's.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from commissions.refusal import Refusal
from referral.joining import TERMS_VERSION

from ...models import Audience, Development
from ...services.joining import joining
from ...services.joining.joining import Asked, Joined, Terms
from ...services.referral import link_previews
from ...services.referral.scans import campaign_of
from ...services.rewards import promises
from ..edge import abandon, config, db, form_page, now, refusing, send_texts_afterwards, show_refusal
from ..guard import public
from ..language import choose
from ..limits import limiter, network
from ..messages import say
from ..words import reward_plans as plan_words
from .forms import AgainForm, JoinForm, NumberForm

bp = Blueprint("joining", __name__, url_prefix="/join")

KNOWN = frozenset({"joining_already", "joining_is_staff", "joining_is_partner", "joining_closed"})
"""What is known of a number, told to its owner on a page of its own: nothing that is typed again changes it."""

_CLOSED = {"joining_not_open": 404, "joining_full": 429, "joining_too_late": 410}

_SIGN_IN = frozenset({"joining_already", "joining_is_staff", "joining_is_partner"})


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.route("/<int:development_id>", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def begin(development_id: int) -> ResponseReturnValue:
    """What a citizen broker earns here, and the number that a code is sent to."""
    try:
        development = _open(development_id)
    except Refusal as refusal:
        return _closed(refusal)
    form = NumberForm()
    if form.validate_on_submit():
        if form.website.data:
            return redirect(url_for(".begin", development_id=development_id))  # a machine: nothing is sent
        with refusing(form):
            campaign = campaign_of(request.args.get("c"))
            token = joining.ask_code(
                db(), now(), development_id, form.phone.data or "", network=network(), campaign=campaign
            )
            send_texts_afterwards()
            return redirect(url_for(".finish", token=token), 303)
    return _begin_page(development, form)


@bp.route("/code/<token>", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def finish(token: str) -> ResponseReturnValue:
    """The code out of the text, the real name, and the terms; then a password is chosen."""
    try:
        asked = joining.asked_by(db(), now(), token)
        development = _open(asked.development_id)
    except Refusal as refusal:
        return _closed(refusal)
    form = JoinForm()
    if form.validate_on_submit():
        try:
            with db().begin_nested():
                outcome = _joined(asked, form)
        except Refusal as refusal:
            outcome = refusal
        if not isinstance(outcome, Refusal):
            return redirect(way_on(outcome), 303)
        if outcome.code in KNOWN:
            return known_page(outcome)
        show_refusal(form, outcome)
    return _finish_page(development, asked, token, form)


@bp.post("/code/<token>/again")
@public
@limiter.limit("10/minute")
def again(token: str) -> ResponseReturnValue:
    """Another code to the same number."""
    try:
        asked = joining.asked_by(db(), now(), token)
        development = _open(asked.development_id)
    except Refusal as refusal:
        return _closed(refusal)
    form = AgainForm()
    if form.validate_on_submit():
        with refusing(form):
            anew = joining.ask_code(
                db(), now(), asked.development_id, asked.phone, network=network(), campaign=asked.campaign
            )
            send_texts_afterwards()
            return redirect(url_for(".finish", token=anew), 303)
    page = JoinForm(formdata=None)
    page.form_errors.extend(form.form_errors)
    return _finish_page(development, asked, token, page)


@bp.errorhandler(429)
def too_often(_error: HTTPException) -> ResponseReturnValue:
    """Too many forms came from one place."""
    abandon()
    return render_template("errors/429.html"), 429


def _open(development_id: int) -> Development:
    """The development whose page is open. Where no text can go out nobody can show a number, and the page is closed.

    Raises Refusal: those of `joining.open_page`.
    """
    if not config().texts(config().sms_number_template):
        raise Refusal("joining_not_open")
    return joining.open_page(db(), now(), development_id)


def _begin_page(development: Development, form: NumberForm) -> tuple[str, int]:
    return form_page(
        "joining/begin.html",
        form,
        development=development,
        widths=link_previews.WIDTHS,
        front=link_previews.preview_of(db(), development, "zh" if choose() == "zh_Hans_CN" else "en"),
        plan=promises.in_force(db(), Audience.CITIZEN, now(), development.id),
        words=plan_words,
    )


def _finish_page(development: Development, asked: Asked, token: str, form: JoinForm) -> tuple[str, int]:
    return form_page(
        "joining/finish.html",
        form,
        development=development,
        asked=asked,
        token=token,
    )


def _joined(asked: Asked, form: JoinForm) -> Joined | Refusal:
    return joining.join(
        db(),
        now(),
        asked,
        code=form.code.data or "",
        name=form.name.data or "",
        terms=Terms(TERMS_VERSION if form.terms.data else None, choose()),
        address=request.remote_addr or "",
    )


def way_on(joined: Joined) -> str:
    """Where who just joined goes: to choose a password, or to the own poster there, by the password that there is."""
    if joined.link is not None:
        return url_for("auth.welcome", token=joined.link.token)
    return url_for("poster.show", of=joined.referrer.development_id)


def known_page(refusal: Refusal) -> tuple[str, int]:
    """The page for who has an account already."""
    page = render_template("joining/known.html", said=say(refusal), sign_in=refusal.code in _SIGN_IN)
    return page, 409


def _closed(refusal: Refusal) -> tuple[str, int]:
    """The page where nobody can go on, or refusals that no page of ours is about."""
    if refusal.code not in _CLOSED:
        raise refusal
    return render_template("joining/closed.html", said=say(refusal)), _CLOSED[refusal.code]
