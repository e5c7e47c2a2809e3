"""Sign-in, sign-out, and a person's own account."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user, login_user, logout_user

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...services import sign_in as sign_ins
from ..edge import actor, config, db, now
from ..guard import guard, public
from ..language.routes import local
from ..messages import say
from .forms import SignInForm
from .signed_in import SignedIn

bp = Blueprint("auth", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in():
    """Sign in by phone and password; then on to where one wanted to go."""
    if current_user.is_authenticated:
        return redirect(url_for("home.index"))
    form = SignInForm()
    if form.validate_on_submit():
        outcome = sign_ins.sign_in(
            db(),
            now(),
            phone=form.phone.data,
            password=form.password.data,
            address=request.remote_addr or "",
            device=request.user_agent.string,
            days=config().session_days,
        )
        if not isinstance(outcome, Refusal):
            db().flush()
            row = sign_ins.find_session(db(), now(), outcome)
            login_user(SignedIn(row, outcome))
            return redirect(local(request.args.get("next")) or url_for("home.index"))
        form.form_errors.append(say(outcome))
    return render_template("auth/sign_in.html", form=form), 422 if form.is_submitted() else 200


@bp.post("/sign-out")
@guard(Permission.OWN_PROFILE)
def sign_out():
    """End this session."""
    sign_ins.end_session(db(), actor(), now(), current_user.row)
    logout_user()
    return redirect(url_for("auth.sign_in"))


@bp.get("/me")
@guard(Permission.OWN_PROFILE)
def profile():
    """The person's own account."""
    return render_template("auth/profile.html")
