"""The tests of the quality gate as advice for a better photo, at a refusal and at a showing alike."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l

_ADVICE: dict[str, Any] = {
    "too_uncertain": _l("Show the whole face, without a mask or sunglasses."),
    "blurred": _l("Hold still and wipe the lens."),
    "too_dark": _l("Find more light on the face."),
    "too_bright": _l("Step out of the glaring light."),
    "flat": _l("Find light from the side or the front, not from behind."),
    "too_small": _l("Come closer to the camera."),
    "turned": _l("Look straight into the camera."),
}


def advice_of(tests: Iterable[str]) -> str:
    """What helps against the tests that a face failed, in one line."""
    return " ".join(str(_ADVICE[test]) for test in tests)
