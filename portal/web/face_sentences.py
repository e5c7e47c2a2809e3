"""Refusals around one's own face, in words; `messages` holds them with the others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

FACES: Mapping[str, Any] = {
    "turn_failed": _l(
        "The camera did not see your head turn to the side that was asked for. Open the camera and try again, in good light."
    ),
    "face_not_the_same": _l(
        "The face before you is not the enrolled one. Take the photo again; if it stays so, refuse it."
    ),
    "face_not_comparable": _l(
        "This face was enrolled for another kind of comparison. Refuse it and let the person enrol again."
    ),
}
