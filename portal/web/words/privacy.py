"""What was erased, and why, in words."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...models import Erased, Erasure, Why

KINDS = {
    Erased.PHOTO: _l("Photo"),
    Erased.TEMPLATE: _l("Face template"),
    Erased.APPEAL_PICTURE: _l("Picture of an appeal"),
    Erased.FILE: _l("File that belonged to nothing"),
}

REASONS = {
    Why.TIME_OVER: _l("Its time was over"),
    Why.CONSENT_WITHDRAWN: _l("The consent was withdrawn"),
    Why.ENROLLED_AGAIN: _l("The face was enrolled again"),
    Why.ON_REQUEST: _l("On the person's request"),
    Why.NOBODYS: _l("A crash had left it behind"),
}


def by_words(row: Erasure) -> str:
    """By whose hand it went: a person of ours, the client by the own link, or the daily sweep."""
    if row.person is not None:
        return row.person.name
    return _("The client") if row.why is Why.CONSENT_WITHDRAWN else _("The system")
