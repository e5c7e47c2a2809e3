"""Was the showing real? (rules 3.3)

The engine measures, the services gather, and this module judges: `judge` is a pure function of the
evidence and the policy. Hard evidence rejects; doubt goes to a person; nothing here ever makes a strike.
What was not measured is None and says nothing, with two exceptions that fail closed: the presence of
broker and client must be shown by a face or otherwise, and a face may be used only under consent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

from .challenge import Turn

EARTH_RADIUS_M = 6_371_009.0


class Outcome(StrEnum):
    """What the judgement says of a check-in."""

    VERIFIED = "verified"
    NEEDS_REVIEW = "needs_review"
    REJECTED = "rejected"


class Code(StrEnum):
    """Why a check-in is not simply verified; each is worded for the broker and for the reviewer."""

    NO_FACE = "no_face"
    POOR_QUALITY = "poor_quality"
    BROKER_ABSENT = "broker_absent"
    CLIENT_ABSENT = "client_absent"
    CLIENT_IS_BROKER = "client_is_broker"
    CLIENT_IS_PARTNER = "client_is_partner"
    SEEN_UNDER_OTHER_CLIENT = "seen_under_other_client"
    PHOTO_REUSED = "photo_reused"
    STALE_CAPTURE = "stale_capture"
    FAILED_LIVENESS = "failed_liveness"
    TOO_FAR = "too_far"
    REGISTERED_TOO_LATE = "registered_too_late"
    OUTSIDE_SLOT = "outside_slot"
    CONSENT_MISSING = "consent_missing"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Cosine similarities of one engine. The defaults are SFace's, measured on LFW and ORL.

    same: two faces are one person (1:1); from `doubtful` up to it a person decides.
    search: the least likeness to any of many stored faces (1:N) that a person looks at.
    alarm: likeness to one of many that is hard evidence where the rule knows any.
    copy: likeness to a stored photo that even the same person's new photo rarely has.
    """

    same: float = 0.40
    doubtful: float = 0.30
    search: float = 0.45
    alarm: float = 0.50
    copy: float = 0.85


@dataclass(frozen=True, slots=True)
class Policy:
    """A development's limits. Distances in metres; `copy_bits` of the perceptual hash's 256, where one
    room with the same broker and another client differed by 9 and more, a recompressed copy mostly less.
    `turn_least` is in eye distances; `clock_skew_seconds` is how wrong the clock of a camera may be;
    `opens_hour` and `closes_hour` are Shanghai's, and only word the reason; `slot_leeway_minutes` is how far off its
    booked time a visit may be."""

    thresholds: Thresholds = Thresholds()
    geofence_m: float = 500.0
    lead_minutes: float = 30.0
    nonce_seconds: float = 60.0
    copy_bits: int = 6
    turn_least: float = 0.30
    most_unanswered: int = 5
    clock_skew_seconds: float = 120.0
    opens_hour: int = 0
    closes_hour: int = 24
    slot_leeway_minutes: float = 30.0


@dataclass(frozen=True, slots=True)
class FaceInFront:
    """A foreground face: its area (any unit, the same for all), its likeness to the broker's enrolled face
    (None if he enrolled none) and the codes of the quality tests it failed."""

    area: float
    broker_similarity: float | None = None
    quality_failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which of the faces is the broker and which the client, as places in the sequence that was given."""

    broker: int | None
    client: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was found out about one check-in. None: not measured."""

    # The picture (or both pictures together). None: the faceless way was chosen.
    faces: tuple[FaceInFront, ...] | None = None
    # Faceless: the broker scanned what stands only at the site; the one-time code on the client's own phone.
    broker_confirmed_without_face: bool = False
    client_confirmed_without_face: bool = False
    site_code: bool | None = None
    """whether the rotating code at reception was scanned: for the reviewer, the rule does not look"""
    # Purposes for which no consent is on record (see `portal.rules.privacy.consent`).
    missing_consents: tuple[str, ...] | None = None

    # Who the client's face resembles.
    client_broker_similarity: float | None = None
    client_partner_similarity: float | None = None
    client_unconfirmed_similarity: float | None = None
    """to a broker or colleague whose face nobody has confirmed yet: it may be anybody's, so it accuses nobody"""
    other_client_similarity: float | None = None
    other_client_count: int = 0
    other_clients: tuple[int, ...] = ()
    """whom the face resembles among the other clients, by their ids: for the reviewer, the rule does not look"""
    first_visit_similarity: float | None = None

    # Whether the picture was made now and here.
    photo_seen_before: bool | None = None
    photo_distance_bits: int | None = None
    photo_copy_similarity: float | None = None
    nonce_answered: bool | None = None
    nonce_age_seconds: float | None = None
    # How far the file's own date lies outside the time from the nonce to the arrival, in seconds.
    camera_date_off_seconds: float | None = None
    # None: nobody was asked to turn, since reception looked on.
    turn: Turn | None = None
    distance_m: float | None = None
    minutes_since_registration: float | None = None
    inside_slot: bool | None = None
    """whether the site is open"""
    booking_off_minutes: int | None = None
    """by how many minutes the visit misses the time that was booked for it"""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks against the check-in, facts to word it with, and whether it is hard evidence."""

    code: Code
    facts: Mapping[str, object] = field(default_factory=dict)
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome and every reason that applies, in the order of the rule's list."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()


def judge(evidence: Evidence, policy: Policy = Policy()) -> Verdict:
    """Hard evidence rejects, any doubt goes to a person, verified is what nothing speaks against."""
    reasons = (
        *_picture(evidence, policy.thresholds),
        *_presence(evidence, policy.thresholds),
        *_likeness(evidence, policy.thresholds),
        *_reuse(evidence, policy),
        *_capture(evidence, policy),
        *_circumstances(evidence, policy),
        *_consent(evidence),
    )
    if any(reason.hard for reason in reasons):
        return Verdict(Outcome.REJECTED, reasons)
    return Verdict(Outcome.NEEDS_REVIEW if reasons else Outcome.VERIFIED, reasons)


def assign(faces: Sequence[FaceInFront], thresholds: Thresholds = Thresholds()) -> Assignment:
    """Tell broker and client apart. The broker is the face most like his enrolled one, if at all like it; the
    client is the largest of the others, even one that is the broker's again (`judge` sees to that).

    A face that is barely like the broker's is still taken for his, so that a poor picture of him alone does
    not pass for the client. Where the broker enrolled no face, nobody in the picture is taken for him.
    """
    broker = max(range(len(faces)), key=lambda place: _likeness_to_broker(faces[place]), default=None)
    if broker is not None and _likeness_to_broker(faces[broker]) < thresholds.doubtful:
        broker = None
    others = [place for place in range(len(faces)) if place != broker]
    return Assignment(broker, max(others, key=lambda place: faces[place].area, default=None))


def distance_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Metres between two places given in degrees, along the great circle (haversine)."""
    phi, other_phi = radians(latitude), radians(other_latitude)
    half_north = sin((other_phi - phi) / 2)
    half_east = sin(radians(other_longitude - longitude) / 2)
    chord = half_north**2 + cos(phi) * cos(other_phi) * half_east**2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, chord)))


def _likeness_to_broker(face: FaceInFront) -> float:
    return -1.0 if face.broker_similarity is None else face.broker_similarity


def _picture(evidence: Evidence, thresholds: Thresholds) -> Iterator[Reason]:
    if evidence.faces is None:
        return
    if not evidence.faces:
        yield Reason(Code.NO_FACE)
    tests = {test for face in _who_matter(evidence.faces, thresholds) for test in face.quality_failures}
    if tests:
        yield Reason(Code.POOR_QUALITY, {"tests": sorted(tests)})


def _who_matter(faces: Sequence[FaceInFront], thresholds: Thresholds) -> Sequence[FaceInFront]:
    """Broker and client. As long as the broker is not found, any face may be a poor picture of him."""
    assignment = assign(faces, thresholds)
    if assignment.broker is None:
        return faces
    return [faces[place] for place in (assignment.broker, assignment.client) if place is not None]


def _presence(evidence: Evidence, thresholds: Thresholds) -> Iterator[Reason]:
    """Broker and client must each be shown to be there. A client whose face is not that of the first visit is
    not the client who is meant, so that is `client_absent` too, with the likeness as its fact."""
    faces = evidence.faces or ()
    assignment = assign(faces, thresholds)
    best = max((_likeness_to_broker(face) for face in faces), default=-1.0)
    if best < thresholds.same and not evidence.broker_confirmed_without_face:
        measured = any(face.broker_similarity is not None for face in faces)
        facts = {"similarity": best, "threshold": thresholds.same} if measured else {}
        yield Reason(Code.BROKER_ABSENT, facts)
    first_visit = evidence.first_visit_similarity
    if assignment.client is None and not evidence.client_confirmed_without_face:
        yield Reason(Code.CLIENT_ABSENT)
    elif first_visit is not None and first_visit < thresholds.same:
        yield Reason(Code.CLIENT_ABSENT, {"first_visit_similarity": first_visit, "threshold": thresholds.same})


def _likeness(evidence: Evidence, thresholds: Thresholds) -> Iterator[Reason]:
    """Whom the client resembles. One against one is sure from `same`; one against many is sure only from `alarm`, and
    only where a second person has confirmed whose face it is (rules 3.2). A likeness to another client never accuses:
    it asks a person to look."""
    broker = evidence.client_broker_similarity
    if broker is not None and broker >= thresholds.doubtful:
        hard = broker >= thresholds.same
        yield Reason(Code.CLIENT_IS_BROKER, {"similarity": broker, "threshold": thresholds.same}, hard)
    partner = evidence.client_partner_similarity
    if partner is not None and partner >= thresholds.search:
        hard = partner >= thresholds.alarm
        yield Reason(Code.CLIENT_IS_PARTNER, {"similarity": partner, "threshold": thresholds.alarm}, hard)
    unconfirmed = evidence.client_unconfirmed_similarity
    if unconfirmed is not None and unconfirmed >= thresholds.search:
        yield Reason(
            Code.CLIENT_IS_PARTNER,
            {"by": "unconfirmed", "similarity": unconfirmed, "threshold": thresholds.search},
        )
    other = evidence.other_client_similarity
    if other is not None and other >= thresholds.search:
        facts = {"similarity": other, "threshold": thresholds.search, "count": evidence.other_client_count}
        yield Reason(Code.SEEN_UNDER_OTHER_CLIENT, facts)


def _reuse(evidence: Evidence, policy: Policy) -> Iterator[Reason]:
    """The same file, or the same picture recompressed, is proof. A face all too like a stored photo's is not:
    one genuine photo in a hundred is, so a person compares the two."""
    bits, likeness = evidence.photo_distance_bits, evidence.photo_copy_similarity
    if evidence.photo_seen_before:
        yield Reason(Code.PHOTO_REUSED, {"by": "exact"}, hard=True)
    elif bits is not None and bits <= policy.copy_bits:
        facts = {"by": "perceptual", "bits": bits, "threshold": policy.copy_bits}
        yield Reason(Code.PHOTO_REUSED, facts, hard=True)
    elif likeness is not None and likeness >= policy.thresholds.copy:
        facts = {"by": "near_copy", "similarity": likeness, "threshold": policy.thresholds.copy}
        yield Reason(Code.PHOTO_REUSED, facts)


def _capture(evidence: Evidence, policy: Policy) -> Iterator[Reason]:
    """The capture must answer the server's nonce while it lives; the instant of expiry is already expired. A file
    that was taken at another time by its own date is no answer either."""
    age, off = evidence.nonce_age_seconds, evidence.camera_date_off_seconds
    expired = age is not None and age >= policy.nonce_seconds
    if evidence.nonce_answered is False or expired:
        facts = {"by": "nonce", "age_seconds": age, "threshold": policy.nonce_seconds}
        yield Reason(Code.STALE_CAPTURE, facts, hard=True)
    elif off is not None and off > policy.clock_skew_seconds:
        facts = {"by": "camera_date", "off_seconds": off, "threshold": policy.clock_skew_seconds}
        yield Reason(Code.STALE_CAPTURE, facts, hard=True)
    if evidence.turn is not None and (failed := failed_turn(evidence.turn, policy)) is not None:
        yield Reason(Code.FAILED_LIVENESS, failed)


def failed_turn(turn: Turn, policy: Policy) -> dict[str, object] | None:
    """Why the challenge was not met (`by`), with its figures, or None.

    It is a doubt, never a proof: cameras and hands fail too.
    """
    if not turn.in_page:
        return {"by": "not_in_page"}
    if turn.moved is None or turn.similarity is None:
        return {"by": "nobody"}
    if turn.similarity < policy.thresholds.same:
        return {"by": "another_person", "similarity": turn.similarity, "threshold": policy.thresholds.same}
    if turn.moved < policy.turn_least:
        by = "other_side" if turn.moved <= -policy.turn_least else "not_turned"
        return {"by": by, "moved": turn.moved, "threshold": policy.turn_least}
    if turn.unanswered > policy.most_unanswered:
        return {"by": "many_tries", "unanswered": turn.unanswered, "threshold": policy.most_unanswered}
    return None


def _circumstances(evidence: Evidence, policy: Policy) -> Iterator[Reason]:
    away, lead = evidence.distance_m, evidence.minutes_since_registration
    if away is not None and away > policy.geofence_m:
        yield Reason(Code.TOO_FAR, {"distance_m": away, "threshold": policy.geofence_m})
    if lead is not None and lead < policy.lead_minutes:
        yield Reason(Code.REGISTERED_TOO_LATE, {"minutes": lead, "threshold": policy.lead_minutes})
    if evidence.inside_slot is False:
        yield Reason(Code.OUTSIDE_SLOT, {"opens": policy.opens_hour, "closes": policy.closes_hour})
    elif evidence.booking_off_minutes is not None and evidence.booking_off_minutes > policy.slot_leeway_minutes:
        facts = {"by": "booking", "minutes": evidence.booking_off_minutes, "threshold": policy.slot_leeway_minutes}
        yield Reason(Code.OUTSIDE_SLOT, facts)


def _consent(evidence: Evidence) -> Iterator[Reason]:
    """Faces without consent on record are never verified, and silence about it is no consent."""
    if evidence.missing_consents or (evidence.faces and evidence.missing_consents is None):
        yield Reason(Code.CONSENT_MISSING, {"purposes": list(evidence.missing_consents or ())})
