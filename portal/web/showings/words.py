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
from ...rules.checkin import Code
from ..components import number, reader_locale
from ..quality_words import advice_of


@dataclass(frozen=True, slots=True)
class Words:
    """What is the matter, and what its broker can do."""

    said: Any
    advice: Any


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the evidence beside its limit. `fits`: it does not speak against the showing."""

    label: str
    value: str
    limit: str
    fits: bool


_RECEPTION = Words(
    _l("Reception has not seen the client yet."), _l("Go to the reception desk together and show them this page.")
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
        _l("The movement that was asked for was not seen."), _l("Take the photos again, live and without a picture.")
    ),
    Code.TOO_FAR: Words(
        _l("The device was %(distance)s from the site; at most %(most)s is expected."),
        _l("Check in at the site. If the position was wrong, reception can confirm that you are there."),
    ),
    Code.REGISTERED_TOO_LATE: Words(
        _l("The check-in came %(minutes)s minutes after the registration; at least %(least)s are asked for."),
        _l("Register clients before you set out. Reception will look at this one."),
    ),
    Code.OUTSIDE_SLOT: Words(_l("The visit was outside its appointment."), _l("Make an appointment for the visit.")),
    Code.CONSENT_MISSING: Words(
        _l("A consent to today's words is missing."), _l("Read the present words and enrol your face again.")
    ),
}

_ANOTHER_CLIENT = _l("The client does not look like the client of the first visit.")


def explained(showing: Showing) -> list[Words]:
    """Every reason of a showing, in its order, worded with its own figures."""
    return [_explained(Code(reason["code"]), reason["facts"], showing.way) for reason in showing.reasons]


def _explained(code: Code, facts: Mapping[str, Any], way: Way) -> Words:
    if way is Way.RECEPTION and code is Code.CLIENT_ABSENT:
        return _RECEPTION
    if way is Way.RECEPTION and code is Code.BROKER_ABSENT:
        return Words(_("The device did not show that it is at the site."), _RECEPTION.advice)
    words = _WORDS[code]
    said = _ANOTHER_CLIENT if "first_visit_similarity" in facts else words.said
    advice = advice_of(facts["tests"]) if code is Code.POOR_QUALITY else words.advice
    return Words(str(said) % _shown(code, facts), advice)


def _shown(code: Code, facts: Mapping[str, Any]) -> dict[str, str]:
    """The facts of a sentence, as a reader reads them."""
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
    limits = policy.get("thresholds", {})
    broker = max((face["broker_similarity"] for face in found.get("faces") or ()), default=None)
    listed = (
        _likeness(_("Broker and his enrolled face"), broker, limits.get("same"), wanted=True),
        _likeness(_("Client and broker"), found.get("client_broker_similarity"), limits.get("doubtful")),
        _likeness(_("Client and first visit"), found.get("first_visit_similarity"), limits.get("same"), wanted=True),
        _likeness(
            _("Client and the most similar broker"), found.get("client_partner_similarity"), limits.get("search")
        ),
        _likeness(
            _("Client and the most similar other client"), found.get("other_client_similarity"), limits.get("search")
        ),
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


def _likeness(label: str, value: float | None, limit: float | None, *, wanted: bool = False) -> Measure | None:
    """A likeness from 0 (strangers) to 1 (the same picture); it is either wanted or should stay below."""
    if value is None or limit is None:
        return None
    words = _("the same person from %(limit)s") if wanted else _("another person below %(limit)s")
    return Measure(label, _decimal(value), words % {"limit": _decimal(limit)}, (value >= limit) is wanted)


def _photo_distance(bits: int | None, limit: int | None) -> Measure | None:
    if bits is None or limit is None:
        return None
    words = _("a copy up to %(limit)s of 256", limit=limit)
    return Measure(_("Difference to the most similar earlier photo"), number(bits), words, bits > limit)


def _distance(metres: float | None, limit: float | None) -> Measure | None:
    if metres is None or limit is None:
        return None
    words = _("at most %(limit)s", limit=distance(limit))
    return Measure(_("Distance from the site"), distance(metres), words, metres <= limit)


def _minutes(minutes: float | None, limit: float | None) -> Measure | None:
    if minutes is None or limit is None:
        return None
    words = _("at least %(limit)s minutes", limit=_whole(limit))
    return Measure(_("Minutes since the registration"), _whole(minutes), words, minutes >= limit)


def _decimal(value: float) -> str:
    return format_decimal(round(value, 2), "0.00", locale=reader_locale())


def _whole(value: float) -> str:
    return number(int(value))
