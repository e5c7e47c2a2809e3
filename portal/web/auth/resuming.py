"""What somebody was sending when the sign-in had ended: it stays in the sign-in page, and goes out when the same person
is back and says so.

It is signed and names its person, so that nobody can lay a form before another who signs in. Files and passwords are
not kept.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer

from ... import crypto
from ..edge import config
from ..language.routes import local

FIELD = "resume"
_MINUTES = 60
_MOST = 200_000
"""Letters of all fields together: more is no form that somebody typed."""

_OF_THE_FORM = {"csrf_token", FIELD}
_SHOWN, _SHOWN_LETTERS = 8, 60


@dataclass(frozen=True, slots=True)
class Unsent:
    """A form that was filled in and did not go through: whose, from which page, whereto, and what was typed."""

    person_id: int
    action: str
    page: str
    fields: list[list[str]]
    files: bool

    @property
    def values(self) -> list[str]:
        """What a reader knows it again by: the first things that were typed."""
        typed = [value.strip() for _name, value in self.fields if value.strip()]
        return [one if len(one) <= _SHOWN_LETTERS else f"{one[:_SHOWN_LETTERS]}…" for one in typed[:_SHOWN]]


def kept(person_id: int) -> str | None:
    """The request's form of this person, to lie in the sign-in page; None where nothing was filled in."""
    fields = [[name, value] for name, value in request.form.items(multi=True) if name not in _OF_THE_FORM]
    files = any(one.filename for one in request.files.values())
    if not (fields or files) or sum(len(name) + len(value) for name, value in fields) > _MOST:
        return None
    held = {"person_id": person_id, "action": request.full_path, "page": page(), "fields": fields, "files": files}
    return _serializer().dumps(held)


def page() -> str:
    """The page that the request was sent from, where it is one of ours."""
    sent_from = urlsplit(request.referrer or "")
    if sent_from.netloc != request.host:
        return "/"
    return local(f"{sent_from.path}?{sent_from.query}" if sent_from.query else sent_from.path) or "/"


def unsent(person_id: int) -> Unsent | None:
    """What lay in the sign-in page that was just sent, if it was this person's."""
    try:
        held: dict[str, Any] = _serializer().loads(request.form.get(FIELD, ""), max_age=_MINUTES * 60)
    except BadData:
        return None
    found = Unsent(**held)
    return found if found.person_id == person_id else None


def _serializer() -> URLSafeTimedSerializer:
    key = crypto.derived_key(config().secret_key.encode(), "unsent form")
    return URLSafeTimedSerializer(key, salt="unsent form")
