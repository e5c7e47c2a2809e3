"""The judgement of a check-in (rules 3.3), as a table and as properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.showings.challenge import Side, Turn, moved
from portal.rules.showings.checkin import (
    Assignment,
    Code,
    Evidence,
    FaceInFront,
    Outcome,
    Policy,
    Thresholds,
    assign,
    distance_m,
    judge,
)

BROKER = FaceInFront(area=4.0, broker_similarity=0.72)
CLIENT = FaceInFront(area=3.0, broker_similarity=0.08)

GENUINE = Evidence(
    faces=(BROKER, CLIENT),
    missing_consents=(),
    client_broker_similarity=0.08,
    client_partner_similarity=0.31,
    other_client_similarity=0.28,
    first_visit_similarity=0.68,
    photo_seen_before=False,
    photo_distance_bits=90,
    photo_copy_similarity=0.66,
    nonce_answered=True,
    nonce_age_seconds=8.0,
    turn=Turn(in_page=True, similarity=0.8, moved=0.4),
    distance_m=35.0,
    minutes_since_registration=240.0,
    inside_slot=True,
)
FACELESS = Evidence(broker_confirmed_without_face=True, client_confirmed_without_face=True)

REVIEW, REJECTED, VERIFIED = Outcome.NEEDS_REVIEW, Outcome.REJECTED, Outcome.VERIFIED


def test_nothing_speaks_against_a_genuine_showing() -> None:
    assert judge(GENUINE) == judge(FACELESS)
    assert judge(GENUINE).outcome == "verified"
    assert judge(GENUINE).reasons == ()


# One change to a genuine showing → outcome, codes.
TABLE = {
    "nobody in the picture": ({"faces": ()}, REVIEW, "no_face broker_absent client_absent"),
    "the client blurred": (
        {"faces": (BROKER, replace(CLIENT, quality_failures=("blurred",)))},
        REVIEW,
        "poor_quality",
    ),
    "a bystander blurred": (
        {"faces": (BROKER, CLIENT, FaceInFront(2.0, 0.05, ("blurred",)))},
        VERIFIED,
        "",
    ),
    "only the broker": ({"faces": (BROKER,)}, REVIEW, "client_absent"),
    "only the client": ({"faces": (CLIENT,)}, REVIEW, "broker_absent"),
    "the broker at the limit": ({"faces": (replace(BROKER, broker_similarity=0.40), CLIENT)}, VERIFIED, ""),
    "the broker doubtful": (
        {"faces": (replace(BROKER, broker_similarity=0.39), CLIENT)},
        REVIEW,
        "broker_absent",
    ),
    "the broker enrolled no face": ({"faces": (replace(CLIENT, broker_similarity=None),)}, REVIEW, "broker_absent"),
    "the broker confirmed otherwise": (
        {"faces": (replace(CLIENT, broker_similarity=None),), "broker_confirmed_without_face": True},
        VERIFIED,
        "",
    ),
    "the client confirmed by code": ({"faces": (BROKER,), "client_confirmed_without_face": True}, VERIFIED, ""),
    "faceless, nobody confirmed": ({"faces": None}, REVIEW, "broker_absent client_absent"),
    "another person than at the first visit": ({"first_visit_similarity": 0.39}, REVIEW, "client_absent"),
    "the broker again as client": ({"client_broker_similarity": 0.40}, REJECTED, "client_is_broker"),
    "the client rather like the broker": ({"client_broker_similarity": 0.30}, REVIEW, "client_is_broker"),
    "the client hardly like the broker": ({"client_broker_similarity": 0.29}, VERIFIED, ""),
    "a colleague as client": ({"client_partner_similarity": 0.50}, REJECTED, "client_is_partner"),
    "the client rather like a colleague": ({"client_partner_similarity": 0.45}, REVIEW, "client_is_partner"),
    "an enrolment nobody confirmed, like the client": (
        {"client_unconfirmed_similarity": 0.45},
        REVIEW,
        "client_is_partner",
    ),
    "surely like it, but nobody has confirmed whose it is": (
        {"client_unconfirmed_similarity": 0.95},
        REVIEW,
        "client_is_partner",
    ),
    "hardly like it": ({"client_unconfirmed_similarity": 0.44}, VERIFIED, ""),
    "seen under another name": (
        {"other_client_similarity": 0.45, "other_client_count": 2},
        REVIEW,
        "seen_under_other_client",
    ),
    "surely seen, but a machine accuses nobody": (
        {"other_client_similarity": 0.95},
        REVIEW,
        "seen_under_other_client",
    ),
    "the same file": ({"photo_seen_before": True, "photo_distance_bits": 0}, REJECTED, "photo_reused"),
    "the same picture": ({"photo_distance_bits": 6}, REJECTED, "photo_reused"),
    "another picture": ({"photo_distance_bits": 7}, VERIFIED, ""),
    "a face too much like a stored one": ({"photo_copy_similarity": 0.85}, REVIEW, "photo_reused"),
    "nonce unknown or used": ({"nonce_answered": False}, REJECTED, "stale_capture"),
    "nonce at its last moment": ({"nonce_age_seconds": 59.9}, VERIFIED, ""),
    "nonce at its expiry": ({"nonce_age_seconds": 60.0}, REJECTED, "stale_capture"),
    "turned just enough": ({"turn": Turn(True, 0.4, 0.30)}, VERIFIED, ""),
    "a flat print": ({"turn": Turn(True, 0.9, 0.29)}, REVIEW, "failed_liveness"),
    "turned the other way": ({"turn": Turn(True, 0.8, -0.40)}, REVIEW, "failed_liveness"),
    "somebody else turned": ({"turn": Turn(True, 0.39, 0.40)}, REVIEW, "failed_liveness"),
    "nobody in the second shot": ({"turn": Turn(True)}, REVIEW, "failed_liveness"),
    "not by the page's camera": ({"turn": Turn(False, 0.8, 0.40)}, REVIEW, "failed_liveness"),
    "a few sides let go": ({"turn": Turn(True, 0.8, 0.40, unanswered=5)}, VERIFIED, ""),
    "sides let go until one suits": ({"turn": Turn(True, 0.8, 0.40, unanswered=6)}, REVIEW, "failed_liveness"),
    "reception looked on": ({"turn": None}, VERIFIED, ""),
    "a camera's clock a little wrong": ({"camera_date_off_seconds": 120.0}, VERIFIED, ""),
    "a picture out of an album": ({"camera_date_off_seconds": 120.1}, REJECTED, "stale_capture"),
    "at the fence": ({"distance_m": 500.0}, VERIFIED, ""),
    "beyond the fence": ({"distance_m": 500.1}, REVIEW, "too_far"),
    "no position": ({"distance_m": None}, VERIFIED, ""),
    "registered just in time": ({"minutes_since_registration": 30.0}, VERIFIED, ""),
    "registered too late": ({"minutes_since_registration": 29.9}, REVIEW, "registered_too_late"),
    "outside the slot": ({"inside_slot": False}, REVIEW, "outside_slot"),
    "half an hour off the booked time": ({"booking_off_minutes": 30}, VERIFIED, ""),
    "more than half an hour off it": ({"booking_off_minutes": 31}, REVIEW, "outside_slot"),
    "closed, and off the booked time": ({"inside_slot": False, "booking_off_minutes": 99}, REVIEW, "outside_slot"),
    "consent missing": ({"missing_consents": ("face_client",)}, REVIEW, "consent_missing"),
    "consent unknown": ({"missing_consents": None}, REVIEW, "consent_missing"),
    "all that applies is said": (
        {"distance_m": 900.0, "nonce_age_seconds": 61.0, "inside_slot": False},
        REJECTED,
        "stale_capture too_far outside_slot",
    ),
}


@pytest.mark.parametrize(("change", "outcome", "codes"), TABLE.values(), ids=TABLE)
def test_judgement(change: dict[str, object], outcome: Outcome, codes: str) -> None:
    verdict = judge(replace(GENUINE, **change))
    assert (verdict.outcome, " ".join(reason.code for reason in verdict.reasons)) == (outcome, codes)


def test_every_reason_of_the_rule_is_in_the_table() -> None:
    told = {code for _, _, codes in TABLE.values() for code in codes.split()}
    assert told == set(Code)


def test_a_reason_carries_what_a_sentence_needs() -> None:
    far, poor = (
        judge(replace(GENUINE, distance_m=812.0)).reasons[0],
        judge(replace(GENUINE, faces=(replace(BROKER, quality_failures=("too_dark", "blurred")), CLIENT))).reasons[0],
    )
    assert far.facts == {"distance_m": 812.0, "threshold": 500.0}
    assert poor.facts == {"tests": ["blurred", "too_dark"]}


def test_the_policy_is_the_developments() -> None:
    strict = Policy(thresholds=Thresholds(same=0.8), geofence_m=30.0, lead_minutes=300.0, nonce_seconds=5.0)
    codes = {reason.code for reason in judge(GENUINE, strict).reasons}
    assert codes == {"broker_absent", "client_absent", "too_far", "registered_too_late", "stale_capture"}


# ---- who is who ----


@pytest.mark.parametrize(
    ("faces", "expected"),
    [
        ((), Assignment(None, None)),
        ((BROKER,), Assignment(0, None)),
        ((CLIENT,), Assignment(None, 0)),
        ((BROKER, CLIENT), Assignment(0, 1)),
        ((CLIENT, BROKER), Assignment(1, 0)),
        ((FaceInFront(9.0, 0.1), FaceInFront(1.0, 0.5), FaceInFront(2.0, 0.2)), Assignment(1, 0)),
        ((FaceInFront(4.0, 0.35),), Assignment(0, None)),
        ((BROKER, replace(BROKER, broker_similarity=0.9)), Assignment(1, 0)),
        ((FaceInFront(1.0), FaceInFront(2.0)), Assignment(None, 1)),
    ],
    ids=["nobody", "broker", "client", "both", "other order", "most alike is the broker", "a poor picture of him",
         "the broker twice", "no face enrolled"],
)  # fmt: skip
def test_who_is_who(faces: tuple[FaceInFront, ...], expected: Assignment) -> None:
    assert assign(faces) == expected


# ---- properties ----

likenesses = st.none() | st.floats(-1, 1)
flags = st.none() | st.booleans()
face = st.builds(
    FaceInFront,
    area=st.floats(1, 100),
    broker_similarity=likenesses,
    quality_failures=st.lists(st.sampled_from(["blurred", "too_dark", "turned"]), max_size=2, unique=True).map(tuple),
)
evidence = st.builds(
    Evidence,
    faces=st.none() | st.lists(face, max_size=3).map(tuple),
    broker_confirmed_without_face=st.booleans(),
    client_confirmed_without_face=st.booleans(),
    missing_consents=st.none() | st.just(()) | st.just(("face_client",)),
    client_broker_similarity=likenesses,
    client_partner_similarity=likenesses,
    other_client_similarity=likenesses,
    first_visit_similarity=likenesses,
    photo_seen_before=flags,
    photo_distance_bits=st.none() | st.integers(0, 256),
    photo_copy_similarity=likenesses,
    nonce_answered=flags,
    nonce_age_seconds=st.none() | st.floats(0, 600),
    camera_date_off_seconds=st.none() | st.floats(0, 1e6),
    turn=st.none() | st.builds(Turn, st.booleans(), likenesses, st.none() | st.floats(-2, 2), st.integers(0, 9)),
    distance_m=st.none() | st.floats(0, 1e6),
    minutes_since_registration=st.none() | st.floats(0, 1e5),
    inside_slot=flags,
)
HARD = (
    {"photo_seen_before": True},
    {"photo_distance_bits": 0},
    {"client_broker_similarity": 1.0},
    {"client_partner_similarity": 1.0},
    {"nonce_answered": False},
    {"camera_date_off_seconds": 1e6},
)
ADVERSE = (
    *HARD,
    {"other_client_similarity": 1.0},
    {"photo_copy_similarity": 1.0},
    {"first_visit_similarity": -1.0},
    {"turn": Turn(in_page=False)},
    {"distance_m": 1e6},
    {"minutes_since_registration": 0.0},
    {"inside_slot": False},
    {"missing_consents": ("face_client",)},
)
SEVERITY = {VERIFIED: 0, REVIEW: 1, REJECTED: 2}


@given(evidence)
def test_verified_is_what_nothing_speaks_against(given_evidence: Evidence) -> None:
    verdict = judge(given_evidence)
    assert (verdict.outcome == VERIFIED) == (not verdict.reasons)
    assert (verdict.outcome == REJECTED) == any(reason.hard for reason in verdict.reasons)


@given(evidence, st.sampled_from(ADVERSE))
def test_more_against_it_never_makes_it_better(given_evidence: Evidence, adverse: dict[str, object]) -> None:
    before, after = judge(given_evidence), judge(replace(given_evidence, **adverse))
    assert SEVERITY[after.outcome] >= SEVERITY[before.outcome]


@given(evidence, st.sampled_from(HARD))
def test_hard_evidence_rejects_whatever_else_there_is(given_evidence: Evidence, hard: dict[str, object]) -> None:
    assert judge(replace(given_evidence, **hard)).outcome == REJECTED


@given(evidence)
def test_a_reason_is_given_once(given_evidence: Evidence) -> None:
    codes = [reason.code for reason in judge(given_evidence).reasons]
    assert len(codes) == len(set(codes))


@given(st.lists(face, max_size=5))
def test_broker_and_client_are_never_one_face(faces: list[FaceInFront]) -> None:
    found = assign(faces)
    assert found.broker is None or found.broker != found.client
    assert (found.client is None) == (len(faces) <= (found.broker is not None))


# ---- distance ----

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        ((31.2304, 121.4737), (31.2304, 121.4737), 0),
        ((0.0, 0.0), (0.0, 1.0), 111_195),
        ((31.2304, 121.4737), (39.9042, 116.4074), 1_067_300),
        ((0.0, 179.9995), (0.0, -179.9995), 111.2),
        ((90.0, 0.0), (-90.0, 0.0), 20_015_115),
    ],
    ids=["here", "a degree", "Shanghai to Beijing", "across the date line", "pole to pole"],
)
def test_distance(a: tuple[float, float], b: tuple[float, float], metres: float) -> None:
    assert distance_m(*a, *b) == pytest.approx(metres, rel=2e-3)


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_the_same_both_ways(a: float, b: float, c: float, d: float) -> None:
    assert 0 <= distance_m(a, b, c, d) == pytest.approx(distance_m(c, d, a, b), abs=1e-3)


# ---- the challenge ----


@pytest.mark.parametrize(
    ("side", "straight", "turned", "way"),
    [
        (Side.LEFT, 0.1, 0.5, 0.4),
        (Side.RIGHT, 0.1, 0.5, -0.4),
        (Side.RIGHT, 0.0, -0.4, 0.4),
        (Side.LEFT, 0.2, 0.2, 0.0),
    ],
)
def test_his_own_left_is_the_pictures_right(side: Side, straight: float, turned: float, way: float) -> None:
    assert moved(side, straight, turned) == pytest.approx(way)


@given(st.sampled_from(Side), st.floats(-1, 1), st.floats(-1, 1))
def test_a_mirrored_camera_sees_the_other_side(side: Side, straight: float, turned: float) -> None:
    assert moved(side, straight, turned) == -moved(side, -straight, -turned)
