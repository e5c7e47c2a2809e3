"""Why an enrolled face waits for a second person, in words that name nobody."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from ...rules.showings.enrolment import Doubt

DOUBTS: Mapping[str, Any] = {
    Doubt.NOT_LIVE: _l("The photo does not come from the page's own camera."),
    Doubt.UNLIKE_FORMER: _l("The face is not like the one that was enrolled before."),
    Doubt.LIKE_PERSON: _l("The face is very like one that somebody else has enrolled."),
    Doubt.LIKE_CLIENT: _l("The face is very like a client's."),
}
