"""The keys of an agency: the list, a new one shown once, the version of its answers, revoking."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import local_day
from ...models import Agency, ApiKey
from ...rules.partner_api.keys import Mode, scopes_of
from ...rules.partner_api.networks import networks_of
from ...rules.partner_api.versions import open_versions, standing
from ...services.partner_api import calls, keys
from ...services.partner_api.callers import known_scopes
from ...services.partner_api.calls import Asked, By
from ...services.partner_api.keys import NewKey
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.paging import page_of
from ..words.partner_api import SCOPES, VERSION_SAYS
from . import calls as calls_page
from .forms import KeyForm, VersionForm

bp = Blueprint("api_keys", __name__, url_prefix="/api-keys")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as its list shows it."""

    key: ApiKey
    state: str
    scopes: tuple[str, ...]
    calls: int = 0
    """Of the last thirty days."""

    @property
    def id(self) -> int:
        return self.key.id


@bp.get("")
@guard(Permission.READ_API_KEYS)
def index() -> ResponseReturnValue:
    """The keys, newest first; staff see those of all agencies."""
    page = page_of(db(), keys.keys_of(actor()), ApiKey.id, request.args.get("after"))
    called = calls.of_keys(db(), [row.id for row in page.rows], _since())
    return render_template(
        "partner_api/keys.html",
        rows=[_shown(row, called.get(row.id, 0)) for row in page.rows],
        next_cursor=page.next_cursor,
        may_make=may(actor(), Permission.MANAGE_API_KEYS),
    )


@bp.get("/<int:key_id>")
@guard(Permission.READ_API_KEYS)
def show(key_id: int) -> ResponseReturnValue:
    """One key: what it may do, when it was used, how it ends."""
    return _page(load(ApiKey, key_id), None)


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_API_KEYS)
def new() -> ResponseReturnValue:
    """Make a key; it is shown on the page that answers, and never again."""
    form = KeyForm()
    if form.validate_on_submit():
        with refusing(form):
            row, text = keys.make(
                db(),
                actor(),
                now(),
                db().get_one(Agency, actor().agency_id),
                _new_key(form),
            )
            return render_template("partner_api/made_key.html", row=row, text=text)
    return form_page("partner_api/new_key.html", form)


@bp.post("/<int:key_id>/revoke")
@guard(Permission.MANAGE_API_KEYS)
def revoke(key_id: int) -> ResponseReturnValue:
    """The key opens nothing any more."""
    row = load(ApiKey, key_id)
    keys.revoke(db(), actor(), now(), row)
    flash(_("The key %(name)s is revoked. Whoever holds it is refused from now on.", name=row.name), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:key_id>/version")
@guard(Permission.MANAGE_API_KEYS)
def version(key_id: int) -> ResponseReturnValue:
    """Choose in which version the key is answered."""
    row, form = load(ApiKey, key_id), VersionForm()
    form.version.choices = _choices()
    if form.validate_on_submit():
        with refusing(form):
            keys.choose_version(db(), actor(), now(), row, form.version.data)
            flash(
                _("%(name)s is answered in version %(version)s from now on.", name=row.name, version=row.version),
                "success",
            )
            return redirect(url_for(".show", key_id=row.id), 303)
    return _page(row, form)


def _new_key(form: KeyForm) -> NewKey:
    """Raises Refusal: those of `scopes_of` and of `networks_of`."""
    bound = networks_of([form.networks.data or ""])
    return NewKey(form.name.data, scopes_of(form.scopes.data or []), Mode(form.mode.data), form.days.data, bound)


def _page(row: ApiKey, form: VersionForm | None) -> ResponseReturnValue:
    shown = _shown(row)
    may_change = may(actor(), Permission.MANAGE_API_KEYS) and shown.state not in ("revoked", "ended")
    if form is None:
        form = VersionForm(formdata=None, version=row.version)
        form.version.choices = _choices()
    return form_page(
        "partner_api/key.html",
        form,
        row=shown,
        may_change=may_change,
        standing=standing(row.version),
        operations=calls.sums(db(), actor(), Asked(_since(), key=row.id), By.OPERATION),
        by_day=calls.sums(db(), actor(), Asked(_since(), key=row.id), By.DAY),
        says=VERSION_SAYS,
    )


def _choices() -> list[SelectChoice]:
    """The versions that are answered, with what each brought."""
    known = [one.version for one in open_versions(now())]
    return [SelectChoice(one, _("%(name)s: %(value)s", name=one, value=VERSION_SAYS[one])) for one in known]


def _since() -> date:
    """The first day of which calls are shown beside a key."""
    return local_day(now()) - timedelta(days=calls_page.DAYS[0] - 1)


def _shown(row: ApiKey, called: int = 0) -> KeyRow:
    ended = row.expires_at is not None and row.expires_at <= now()
    state = "revoked" if row.revoked_at else "ended" if ended else str(row.mode)
    scopes = known_scopes(row)
    return KeyRow(row, state, tuple(str(words) for scope, words in SCOPES.items() if scope in scopes), called)
