"""The keys of an agency: the list, a new one shown once, revoking."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Agency, ApiKey
from ...rules.partner_api.keys import Mode, scopes_of
from ...services.partner_api import keys
from ...services.partner_api.callers import known_scopes
from ...services.partner_api.keys import NewKey
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.paging import page_of
from ..words.partner_api import SCOPES
from .forms import KeyForm

bp = Blueprint("api_keys", __name__, url_prefix="/api-keys")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as its list shows it."""

    key: ApiKey
    state: str
    scopes: tuple[str, ...]

    @property
    def id(self) -> int:
        return self.key.id


@bp.get("")
@guard(Permission.READ_API_KEYS)
def index() -> ResponseReturnValue:
    """The keys, newest first; staff see those of all agencies."""
    page = page_of(db(), keys.keys_of(actor()), ApiKey.id, request.args.get("after"))
    return render_template(
        "partner_api/keys.html",
        rows=[_shown(row) for row in page.rows],
        next_cursor=page.next_cursor,
        may_make=may(actor(), Permission.MANAGE_API_KEYS),
    )


@bp.get("/<int:key_id>")
@guard(Permission.READ_API_KEYS)
def show(key_id: int) -> ResponseReturnValue:
    """One key: what it may do, when it was used, how it ends."""
    row = _shown(load(ApiKey, key_id))
    may_revoke = may(actor(), Permission.MANAGE_API_KEYS) and row.state not in ("revoked", "ended")
    return render_template("partner_api/key.html", row=row, may_revoke=may_revoke)


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
                NewKey(form.name.data, scopes_of(form.scopes.data or []), Mode(form.mode.data), form.days.data),
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


def _shown(row: ApiKey) -> KeyRow:
    ended = row.expires_at is not None and row.expires_at <= now()
    state = "revoked" if row.revoked_at else "ended" if ended else str(row.mode)
    scopes = known_scopes(row)
    return KeyRow(row, state, tuple(str(words) for scope, words in SCOPES.items() if scope in scopes))
