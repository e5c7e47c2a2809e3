"""The cookie by which an account knows a browser again: signed, and good for the sign-in's lock-out alone.

Whoever holds it still needs the password. It is made anew with every sign-in, so that nobody can have prepared one that
becomes known for another's account; a browser that several people use keeps a mark of each.
"""

from typing import Any

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from ... import crypto
from ...models import Person
from ...services.accounts.sign_in_tries import KnownDevice, mark_of
from ..edge import config, db

_DAYS = 180
_PEOPLE = 8
"""As many accounts as one browser is known for: the tablet of a reception has its shifts."""


def presented() -> KnownDevice | None:
    """What the request's cookie says, if it is ours and no older than half a year."""
    try:
        held: dict[str, Any] = _serializer().loads(request.cookies.get(_name(), ""), max_age=_DAYS * 86400)
        return KnownDevice(str(held["id"]), {str(key): str(mark) for key, mark in held["marks"].items()})
    except (BadData, LookupError, AttributeError, TypeError):
        return None


def remember(person: Person) -> None:
    """Let the answer's cookie say that this person signed in here."""
    before = presented()
    marks = {key: mark for key, mark in (before.marks if before else {}).items() if key != str(person.id)}
    kept = dict([*marks.items(), (str(person.id), mark_of(db(), person))][-_PEOPLE:])
    held = _serializer().dumps({"id": crypto.token(12), "marks": kept})

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            _name(), held, max_age=_DAYS * 86400, secure=config().production, httponly=True, samesite="Lax"
        )
        return response


def _name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}_device"


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(crypto.derived_key(config().secret_key.encode(), "known device"), salt="known device")
