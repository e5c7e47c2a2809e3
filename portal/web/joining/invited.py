"""What an invited homeowner sees: who invites, what it brings, yes or no. The link is the proof of the phone."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from commissions.refusal import Refusal
from referral.joining import TERMS_VERSION

from ...models import Audience, Invitation
from ...services.joining import invitations
from ...services.joining.joining import Terms
from ...services.referral import link_previews
from ...services.rewards import promises
from ..edge import db, form_page, now, show_refusal
from ..forms.public import PublicForm
from ..guard import public
from ..language import choose
from ..limits import limiter
from ..messages import say
from ..words import reward_plans as plan_words
from .invitation_forms import AnswerForm
from .routes import KNOWN, known_page, way_on

bp = Blueprint("invited", __name__, url_prefix="/invited")


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.route("/<token>", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def show(token: str) -> ResponseReturnValue:
    """The invitation, and joining by it; then a password is chosen."""
    try:
        invitation = invitations.find(db(), now(), token)
    except Refusal as refusal:
        return _over(refusal)
    form = AnswerForm(name=invitations.name_of(db(), invitation))
    if form.validate_on_submit():
        terms = Terms(TERMS_VERSION if form.terms.data else None, choose())
        try:
            with db().begin_nested():
                joined = invitations.accept(
                    db(), now(), token, name=form.name.data or "", terms=terms, address=request.remote_addr or ""
                )
            return redirect(way_on(joined), 303)
        except Refusal as refusal:
            if refusal.code in KNOWN:
                return known_page(refusal)
            show_refusal(form, refusal)
    return _page(invitation, token, form)


@bp.post("/<token>/no")
@public
@limiter.limit("10/minute")
def decline(token: str) -> ResponseReturnValue:
    """No, thank you: nobody texts about it again."""
    if PublicForm().validate_on_submit():
        try:
            invitations.decline(db(), now(), token, address=request.remote_addr or "")
        except Refusal as refusal:
            return _over(refusal)
        return render_template("joining/declined.html")
    return redirect(url_for(".show", token=token))


def _page(invitation: Invitation, token: str, form: AnswerForm) -> tuple[str, int]:
    return form_page(
        "joining/invited.html",
        form,
        invitation=invitation,
        development=invitation.development,
        plan=promises.in_force(db(), Audience.HOMEOWNER, now(), invitation.development_id),
        words=plan_words,
        front=link_previews.preview_of(db(), invitation.development, "zh" if choose() == "zh_Hans_CN" else "en"),
        widths=link_previews.WIDTHS,
        token=token,
    )


def _over(refusal: Refusal) -> tuple[str, int]:
    if refusal.code != "invitation_over":
        raise refusal
    return render_template("joining/closed.html", said=say(refusal)), 410
