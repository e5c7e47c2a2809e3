"""A showing's reasons in words: what speaks against it, and what to do now.

Codes are the rule's (`rules.checkin`), failed tests the engine's quality gate's. Both are worded here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...models import Showing, Way
from ...rules.showings.checkin import Code
from ..components import number
from .photo_quality import advice_of


@dataclass(frozen=True, slots=True)
class Words:
    """What is the matter, and what its broker can do."""

    said: Any
    advice: Any


_RECEPTION = Words(
    _l("Reception has not seen the client yet."), _l("Go to the reception desk together and show them this page.")
)

_NO_POSITION = Words(
    _l("The code was right, but the code at reception was not scanned."),
    _l("Reception will look at it. Next time scan the code on the tablet at the desk: a position alone shows nothing."),
)

_WORDS: dict[Code, Words] = {
    Code.NO_FACE: Words(_l("No face is in the photo."), _l("Take another photo with both faces in the frame.")),
    Code.POOR_QUALITY: Words(_l("The photo is not good enough to compare the faces."), ""),
    Code.BROKER_ABSENT: Words(
        _l("The broker was not recognised in the photo."),
        _l("Look into the camera without a mask or sunglasses. If it happens often, enrol your face again."),
    ),
    Code.CLIENT_ABSENT: Words(
        _l("Only one person is in front of the camera."), _l("Take one photo with you and the client side by side.")
    ),
    Code.CLIENT_IS_BROKER: Words(
        _l("Both faces in the photo look like the same person, the broker."),
        _l("The client must be in the photo. If this is a mistake, ask reception to look."),
    ),
    Code.CLIENT_IS_PARTNER: Words(
        _l("The client looks like somebody who works as a broker or for us."),
        _l("If this is a mistake, ask reception to look at the photo with you."),
    ),
    Code.SEEN_UNDER_OTHER_CLIENT: Words(
        _l("The client looks like somebody who was here under another name."),
        _l("Reception will look at it. A likeness alone accuses nobody."),
    ),
    Code.PHOTO_REUSED: Words(
        _l("This photo, or one that looks the same, was sent before."), _l("Take a new photo at the site.")
    ),
    Code.STALE_CAPTURE: Words(
        _l("The photo was not taken and sent within %(seconds)s seconds of opening the camera."),
        _l("Start again: open the camera, take the photo and send it at once."),
    ),
    Code.FAILED_LIVENESS: Words(
        _l("The turn of the head that was asked for was not seen."),
        _l("Take the photos again, and turn your head about half way."),
    ),
    Code.TOO_FAR: Words(
        _l("The device was %(distance)s from the site; at most %(most)s is expected."),
        _l("Check in at the site. If the position was wrong, reception can confirm that you are there."),
    ),
    Code.REGISTERED_TOO_LATE: Words(
        _l("The check-in came %(minutes)s minutes after the registration; at least %(least)s are asked for."),
        _l("Register clients before you set out. Reception will look at this one."),
    ),
    Code.OUTSIDE_SLOT: Words(
        _l("The visit was outside the opening hours, %(opens)s:00 to %(closes)s:00."),
        _l("Reception will look at it. Come while the site is open."),
    ),
    Code.CONSENT_MISSING: Words(
        _l("A consent to today's words is missing."), _l("Read the present words and enrol your face again.")
    ),
}

_MORE_EXACTLY: dict[tuple[Code, Any], Words] = {
    (Code.STALE_CAPTURE, "camera_date"): Words(
        _l("By its own date, the photo was taken at another time."),
        _l("Take it with the camera of this page, at the site. If the phone's clock is wrong, set it."),
    ),
    (Code.FAILED_LIVENESS, "not_in_page"): Words(
        _l("The photo was not taken by the camera of this page."),
        _l("Reception will look at it. Next time allow this page to use the camera."),
    ),
    (Code.FAILED_LIVENESS, "nobody"): Words(
        _l("No face was found in the second photo."), _l("Turn only half way, so that both eyes can still be seen.")
    ),
    (Code.FAILED_LIVENESS, "another_person"): Words(
        _l("In the second photo the same face was not recognised."),
        _l("The one who looked straight turns the head, only half way."),
    ),
    (Code.FAILED_LIVENESS, "other_side"): Words(
        _l("The head turned to the other side."), _l("Follow the arrow. Left is your own left.")
    ),
    (Code.FAILED_LIVENESS, "many_tries"): Words(
        _l("The photos were begun very often before they were sent."), _l("Reception will look at it.")
    ),
    (Code.OUTSIDE_SLOT, "booking"): Words(
        _l("The visit was %(minutes)s minutes off the time that was booked for it; %(least)s are usual."),
        _l("Reception will look at it. Next time move the booking before you come."),
    ),
    (Code.PHOTO_REUSED, "near_copy"): Words(
        _l("The client's picture is very much like an earlier one."),
        _l("Reception will compare the two. It can happen with a genuine photo."),
    ),
}
"""The same reasons, where more is known of them: by the fact that names how it was found."""

_ANOTHER_CLIENT = _l("The client does not look like the client of the first visit.")


def said_of(code: Code) -> str:
    """What a code says of a showing, without the figures of a case; the code itself where it has no words."""
    words = _WORDS.get(code)
    return str(words.said) if words else code.value


_WAYS = {Way.FACE: _l("With a photo"), Way.RECEPTION: _l("At reception"), Way.CODE: _l("By a code")}


def way_word(showing: Showing) -> str:
    """How presence was proved, in a word."""
    return str(_WAYS[showing.way])


def explained(showing: Showing) -> list[Words]:
    """Every reason of a showing, in its order, worded with its own figures."""
    return [_explained(Code(reason["code"]), reason["facts"], showing.way) for reason in showing.reasons]


def _explained(code: Code, facts: Mapping[str, Any], way: Way) -> Words:
    if way is Way.RECEPTION and code is Code.CLIENT_ABSENT:
        return _RECEPTION
    if way is Way.RECEPTION and code is Code.BROKER_ABSENT:
        return Words(_("The code at reception was not scanned."), _RECEPTION.advice)
    if way is Way.CODE and code is Code.BROKER_ABSENT:
        return _NO_POSITION
    words = _MORE_EXACTLY.get((code, facts.get("by"))) or _WORDS[code]
    said = _ANOTHER_CLIENT if "first_visit_similarity" in facts else words.said
    advice = advice_of(facts["tests"]) if code is Code.POOR_QUALITY else words.advice
    return Words(str(said) % _shown(code, facts), advice)


def _shown(code: Code, facts: Mapping[str, Any]) -> dict[str, str]:
    """The facts of a sentence, as a reader reads them."""
    if code is Code.OUTSIDE_SLOT and facts.get("by") == "booking":
        return {"minutes": whole(facts["minutes"]), "least": whole(facts["threshold"])}
    if code is Code.OUTSIDE_SLOT:
        return {"opens": whole(facts.get("opens", 0)), "closes": whole(facts.get("closes", 24))}
    if code is Code.STALE_CAPTURE:
        return {"seconds": whole(facts["threshold"])}
    if code is Code.TOO_FAR:
        return {"distance": distance(facts["distance_m"]), "most": distance(facts["threshold"])}
    if code is Code.REGISTERED_TOO_LATE:
        return {"minutes": whole(facts["minutes"]), "least": whole(facts["threshold"])}
    return {}


def distance(metres: float) -> str:
    """A distance as people say it: 812 m, 12.4 km."""
    if metres < 1000:
        return _("%(metres)s m", metres=whole(metres))
    return _("%(kilometres)s km", kilometres=number(round(Decimal(metres) / 1000, 1)))


def whole(value: float) -> str:
    """A figure without what stands behind its point."""
    return number(int(value))
