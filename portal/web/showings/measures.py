"""What was measured at a showing beside what it was held against, for a person who has to decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _

from ...models import Showing
from ..components import number, reader_locale
from ..words.showings import distance, whole
from .review_pictures import Scale, scale_of


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
    words = _("at least %(limit)s minutes", limit=whole(limit))
    return Measure(_("Minutes since the registration"), whole(minutes), words, minutes >= limit, _up_to(minutes, limit))


def _up_to(value: float, limit: float) -> Scale:
    """A bar that ends at twice the limit."""
    return scale_of(value, [(limit, whole(limit))], 2 * limit or 1)


def _decimal(value: float) -> str:
    return format_decimal(round(value, 2), "0.00", locale=reader_locale())
