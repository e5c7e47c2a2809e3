"""Who flask-login sees: a running session with its person, loaded again with every request."""

from flask import g, request
from flask import session as cookie
from flask_login import UserMixin, login_user
from sqlalchemy.exc import DBAPIError

from ...models import Person, WebSession
from ...outages import outage_of
from ...services.accounts import sign_in
from ..edge import database, db, idle, now
from . import known_devices

_KEPT = ("locale",)
"""What of a visitor's cookie outlives the sign-in."""

ASKS_BY_ITSELF = {"notifications.bell"}
"""What an open page asks for again and again: that is no use of a session, which ends where nobody uses it."""


class SignedIn(UserMixin):
    """The session and the person behind a request."""

    def __init__(self, row: WebSession, secret: str) -> None:
        self.row = row
        self.person: Person = row.person
        self._secret = secret

    def get_id(self) -> str:
        return self._secret


def enter(secret: str) -> None:
    """Hand a freshly opened session to the browser.

    Whatever its cookie held before is thrown away, the form token too: nobody can have prepared it (fixation).
    """
    db().flush()
    row = sign_in.find_session(db(), now(), secret, idle())
    assert row is not None  # it has just been opened
    kept = {name: cookie[name] for name in _KEPT if name in cookie}
    cookie.clear()
    cookie.update(kept)
    g.pop("csrf_token", None)  # a page that this very request draws has a token of the new cookie
    cookie.permanent = True  # a phone closes its browser all the time; the database says when the session ends
    login_user(SignedIn(row, secret))
    g.pop("actor", None)  # whoever asked before this moment was somebody else
    known_devices.remember(row.person)


def load_signed_in(secret: str) -> SignedIn | None:
    """The signed-in person of a cookie, or None where the session ended or the person left."""
    row = sign_in.find_session(db(), now(), secret, idle())
    if row is None:
        return None
    if request.endpoint not in ASKS_BY_ITSELF and not sign_in.seen_lately(row, now(), idle()):
        if db().get_bind() is database().engine:
            sign_in.note_seen(db(), now(), row.id)
        else:
            _note_seen(row.id)
    return SignedIn(row, secret)


def _note_seen(row_id: int) -> None:
    """What is read does not wait for what is written: on a full disk, or while the database only reads, it is noted
    another time."""
    try:
        with database().transaction() as own:
            sign_in.note_seen(own, now(), row_id)
    except DBAPIError as error:
        if outage_of(error) is None:
            raise


def session_before() -> tuple[WebSession, sign_in.Ended] | None:
    """The sign-in that this browser had and that has ended, and why; None where it never had one."""
    secret = cookie.get("_user_id")
    return sign_in.session_before(db(), now(), str(secret), idle()) if secret else None
