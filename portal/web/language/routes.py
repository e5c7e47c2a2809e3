"""The language switch."""

import unicodedata
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from ...models import Person
from ..edge import database
from ..guard import public
from . import LOCALES

bp = Blueprint("language", __name__)


@bp.get("/language/<locale>")
@public
def switch(locale: str) -> Response:
    """Change the language and go back to the same page; a signed-in person's choice is remembered."""
    if locale not in LOCALES:
        abort(404)
    session["locale"] = locale
    if current_user.is_authenticated:
        with database().transaction() as own:
            own.get_one(Person, current_user.person.id).locale = locale
    return redirect(local(request.args.get("next")) or url_for("home.index"))


def local(address: str | None) -> str | None:
    """The address if it leads nowhere but to a page of ours."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    if any(unicodedata.category(letter) == "Cc" for letter in address):
        return None  # no header holds a line break
    parts = urlsplit(address)
    return None if parts.netloc or parts.scheme else address
