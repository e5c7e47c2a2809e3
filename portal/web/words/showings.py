"""A showing's reasons and measures in words: what speaks against it, what to do now, and how near it was.

Codes are the rule's (`rules.checkin`), failed tests the engine's quality gate's. Both are worded here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...models import Showing, Way
from ...rules.showings.checkin import Code
from ..components import number, reader_locale
from ..showings.review_pictures import Scale, scale_of
from .photo_quality import advice_of


@dataclass(frozen=True, slots=True)
class Words:
    """What is the matter, and what its broker can do."""

    said: Any
    advice: Any


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the evidence beside its limit. `fits`: it does not speak against the showing.

    `scale` is the figure with its limits as a picture.
    """

    label: str
    value: str
    limit: str
    fits: bool
    scale: Scale


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
    if code is Code.OUTSIDE_SLOT:
        return {"opens": _whole(facts.get("opens", 0)), "closes": _whole(facts.get("closes", 24))}
    if code is Code.STALE_CAPTURE:
        return {"seconds": _whole(facts["threshold"])}
    if code is Code.TOO_FAR:
        return {"distance": distance(facts["distance_m"]), "most": distance(facts["threshold"])}
    if code is Code.REGISTERED_TOO_LATE:
        return {"minutes": _whole(facts["minutes"]), "least": _whole(facts["threshold"])}
    return {}


def measures(showing: Showing) -> list[Measure]:
    """What was measured and what it was held against, for a person who has to decide."""
    found, policy = showing.evidence["found"], showing.evidence["policy"]
    limit = policy.get("thresholds", {}).get
    broker = max((face["broker_similarity"] for face in found.get("faces") or ()), default=None)
    first, partner = found.get("first_visit_similarity"), found.get("client_partner_similarity")
    other, copied = found.get("other_client_similarity"), found.get("photo_copy_similarity")
    one, many = (limit("doubtful"), limit("same")), (limit("search"), limit("alarm"))
    listed = (
        _likeness(_("Broker and his enrolled face"), broker, *one[::-1], wanted=True),
        _likeness(_("Client and broker"), found.get("client_broker_similarity"), *one),
        _likeness(_("Client and first visit"), first, *one[::-1], wanted=True),
        _likeness(_("Client and the most similar broker"), partner, *many),
        _likeness(_("Client and the most similar other client"), other, *many),
        _likeness(_("Client and the most similar stored photo"), copied, limit("copy"), None),
        _turn(found.get("turn"), policy.get("turn_least")),
        _photo_distance(found.get("photo_distance_bits"), policy.get("copy_bits")),
        _distance(found.get("distance_m"), policy.get("geofence_m")),
        _minutes(found.get("minutes_since_registration"), policy.get("lead_minutes")),
    )
    return [measure for measure in listed if measure is not None]


def distance(metres: float) -> str:
    """A distance as people say it: 812 m, 12.4 km."""
    if metres < 1000:
        return _("%(metres)s m", metres=_whole(metres))
    return _("%(kilometres)s km", kilometres=number(round(Decimal(metres) / 1000, 1)))


def _likeness(
    label: str, value: float | None, limit: float | None, other: float | None, *, wanted: bool = False
) -> Measure | None:
    """A likeness from 0 (strangers) to 1 (the same picture); it is either wanted or should stay below. `other` is the
    second threshold of its kind, for the picture."""
    if value is None or limit is None:
        return None
    limits = [(one, _decimal(one)) for one in (limit, other) if one is not None]
    words = _("the same person from %(limit)s") if wanted else _("another person below %(limit)s")
    return Measure(
        label,
        _decimal(value),
        words % {"limit": _decimal(limit)},
        (value >= limit) is wanted,
        scale_of(value, limits, 1.0),
    )


def _turn(turn: Mapping[str, Any] | None, least: float | None) -> Measure | None:
    """How far the nose went to the side that was asked for, in eye distances."""
    if turn is None or turn["moved"] is None or least is None:
        return None
    words, moved = _("at least %(limit)s", limit=_decimal(least)), turn["moved"]
    scale = scale_of(moved, [(least, _decimal(least))], 2 * least)
    return Measure(_("Turn of the broker's head"), _decimal(moved), words, moved >= least, scale)


def _photo_distance(bits: int | None, limit: int | None) -> Measure | None:
    if bits is None or limit is None:
        return None
    words = _("a copy up to %(limit)s of 256", limit=limit)
    return Measure(
        _("Difference to the most similar earlier photo"), number(bits), words, bits > limit, _up_to(bits, limit)
    )


def _distance(metres: float | None, limit: float | None) -> Measure | None:
    if metres is None or limit is None:
        return None
    words = _("at most %(limit)s", limit=distance(limit))
    return Measure(_("Distance from the site"), distance(metres), words, metres <= limit, _up_to(metres, limit))


def _minutes(minutes: float | None, limit: float | None) -> Measure | None:
    if minutes is None or limit is None:
        return None
    words = _("at least %(limit)s minutes", limit=_whole(limit))
    return Measure(
        _("Minutes since the registration"), _whole(minutes), words, minutes >= limit, _up_to(minutes, limit)
    )


def _up_to(value: float, limit: float) -> Scale:
    """A bar that ends at twice the limit."""
    return scale_of(value, [(limit, _whole(limit))], 2 * limit or 1)


def _decimal(value: float) -> str:
    return format_decimal(round(value, 2), "0.00", locale=reader_locale())


def _whole(value: float) -> str:
    return number(int(value))
