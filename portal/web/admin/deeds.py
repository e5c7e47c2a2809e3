"""What the deeds of the audit log are called. A deed without its word fails the tests."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

DEEDS: dict[str, Any] = {
    "signed_in": _l("Signed in"),
    "session_ended": _l("Signed out"),
    "sessions_ended": _l("Signed out everywhere"),
    "person_created": _l("Opened an account"),
    "person_deactivated": _l("Closed an account"),
    "person_reactivated": _l("Reopened an account"),
    "password_link_issued": _l("Made a link to choose a password"),
    "password_set": _l("Set the password"),
    "phone_revealed": _l("Looked at a phone number"),
}

SUBJECTS: dict[str, Any] = {
    "people": _l("Person"),
    "web_sessions": _l("Session"),
}


def deed(action: str) -> str:
    """The deed in the reader's language."""
    return str(DEEDS.get(action, action))


def subject(kind: str) -> str:
    """What it was done on."""
    return str(SUBJECTS.get(kind, kind))


def facts_in_words(facts: Mapping[str, Any]) -> str:
    """The facts as they were written down, for who investigates: names of columns, no translation."""
    return " · ".join(f"{name}={value}" for name, value in sorted(facts.items()) if value is not None)
