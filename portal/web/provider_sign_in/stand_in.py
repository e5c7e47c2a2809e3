"""The sign-in page of the employer's provider, played by the portal itself; in development only."""

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from ... import crypto
from ...adapters.provider_sign_in.local import Employee, LocalProvider
from ...adapters.provider_sign_in.local_wechat import LocalWeChatSignIn
from ...rules.provider_sign_in.claims import ProviderName
from ..edge import form_page, providers
from ..guard import public
from ..limits import limiter

bp = Blueprint("provider_stand_in", __name__, url_prefix="/dev/provider")

PER_ADDRESS = "60 per minute"


class EmployeeForm(FlaskForm):
    """Somebody whom the stand-in is to know."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=60)])
    mail = StringField(_l("Mail address"), [InputRequired(), Length(max=200), Regexp(r"[^@\s]+@[^@\s]+\.[a-zA-Z]+$")])
    mail_verified = BooleanField(_l("The provider confirmed this address"), default=True)
    second_factor = BooleanField(_l("Signs in with a second factor"))
    active = BooleanField(_l("Works here still"), default=True)


@bp.route("", methods=["GET", "POST"])
@public
@limiter.limit(PER_ADDRESS, methods=["POST"])
def index() -> Response | tuple[str, int]:
    """Who signs in? Whoever is known, or whoever is made known here."""
    provider, form = _stand_in(), EmployeeForm()
    if form.validate_on_submit():
        known = {one.mail.casefold(): one.subject for one in provider.employees()}
        subject = known.get(form.mail.data.casefold()) or crypto.token(9)
        facts = {name: getattr(form, name).data for name in ("mail_verified", "active", "second_factor")}
        provider.keep(Employee(subject, form.name.data, form.mail.data, **facts))
        flash(_("%(name)s is known.", name=form.name.data), "success")
        return redirect(request.full_path)
    return form_page("provider_sign_in/stand_in.html", form, employees=provider.employees())


@bp.post("/as/<key>")
@public
@limiter.limit(PER_ADDRESS)
def choose(key: str) -> Response:
    """Sign in at the stand-in as one of them, and go back with a code."""
    address = _stand_in().sign_in(key, request.query_string.decode(errors="replace"))
    return redirect(address) if address else abort(400)


@bp.get("/wechat/<path:page>")
@public
def wechat(page: str) -> str:  # noqa: ARG001 - the one inside WeChat and the one with the code are the same here
    """Who uses WeChat? Whoever is chosen says yes there."""
    return render_template("provider_sign_in/wechat_stand_in.html", people=_wechat().people())


@bp.post("/wechat/as/<who>")
@public
@limiter.limit(PER_ADDRESS)
def choose_in_wechat(who: str) -> Response:
    """Say yes in WeChat as one of them, and go back with a code."""
    address = _wechat().sign_in(who, request.query_string.decode(errors="replace"))
    return redirect(address) if address else abort(400)


def _wechat() -> LocalWeChatSignIn:
    provider = providers().get(ProviderName.WECHAT)
    if not isinstance(provider, LocalWeChatSignIn):
        abort(404)
    return provider


def _stand_in() -> LocalProvider:
    provider = providers().get(ProviderName.COMPANY)
    if not isinstance(provider, LocalProvider):
        abort(404)
    return provider
