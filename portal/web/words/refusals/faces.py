"""Refusals around one's own face, and around erasing all of a person's data, in words; `messages` holds them with the
others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

FACES: Mapping[str, Any] = {
    "photo_no_face": _l("No face is to be seen. Find light, hold the camera at eye level, and take it once more."),
    "photo_one_face": _l("Only one face is to be seen. Stand side by side, and take it once more."),
    "photo_poor": _l("The faces cannot be compared like this. %(tests)s Take it once more."),
    "turn_failed": _l(
        "The camera did not see your head turn to the side that was asked for. Open the camera and try again, in good light."
    ),
    "turn_not_seen": _l(
        "The camera did not see the person's head turn to the side that was asked for. Open the camera and try again, in good light."
    ),
    "face_not_live": _l(
        "The person is filmed by this page's own camera, now; a photo from elsewhere proves nothing. Open this page on a device whose camera it may use."
    ),
    "face_in_use": _l(
        "This face is in use already. What is missing is somebody of the developer's who meets the person: reception or a channel manager."
    ),
    "face_not_the_same": _l(
        "The face before you is not the enrolled one. Take the photo again; if it stays so, refuse it."
    ),
    "face_not_comparable": _l(
        "This face was enrolled for another kind of comparison. Refuse it and let the person enrol again."
    ),
    "erasure_account_open": _l(
        "This account is still open, so its data is needed. Have it closed first; then its owner may ask for erasure."
    ),
    "erasure_answered": _l("This request was answered already. See below how."),
    "erasure_done_already": _l("Nothing is left of this person that could be erased."),
    "erasure_not_shown": _l(
        "Nothing shows yet that the number is the person's: type the code of the text, or say that you have seen papers."
    ),
    "erasure_proposed_already": _l("An answer is proposed already and waits for another person."),
    "erasure_too_late": _l("This page is over an hour old. Begin again."),
    "erasure_words_needed": _l("Say why nothing is erased; the person reads your words."),
}
