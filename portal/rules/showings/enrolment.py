"""May this face be taken for this person's from now on? (rules 3.2)

A face that is enrolled live and resembles nobody else is in force at once. Doubt waits for a second person, who meets
the enrolled one; until then the face stands for nobody and accuses nobody. It is hard evidence against a client once
somebody of the developer's has met its owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from commissions.refusal import Refusal

from .challenge import Turn
from .checkin import Policy, failed_turn


class Doubt(StrEnum):
    """Why an enrolment waits for a second person."""

    NOT_LIVE = "not_live"
    UNLIKE_FORMER = "unlike_former"
    LIKE_PERSON = "like_person"
    LIKE_CLIENT = "like_client"


@dataclass(frozen=True, slots=True)
class Shots:
    """How two shots answered the challenge; None: not measured.

    `turn`: what they show; None where no camera of the page took them. `age_seconds`: from the server's word to the
    arrival.
    """

    turn: Turn | None
    answered: bool
    age_seconds: float | None


@dataclass(frozen=True, slots=True)
class Evidence(Shots):
    """What was found out about an enrolment: the shots, and the highest likeness to the person's own former face, to
    another person's, to a client's."""

    former_similarity: float | None = None
    person_similarity: float | None = None
    client_similarity: float | None = None


def judge_enrolment(evidence: Evidence, policy: Policy) -> tuple[Doubt, ...]:
    """The doubts about an enrolment, in their order; none: it is in force at once.

    Raises Refusal `capture_over` for a word that is spent or too old, and `turn_failed` with `by` for a head that did
    not turn as it was asked to: both are done again, and nobody else is troubled.
    """
    if evidence.turn is not None and (failed := _failed(evidence, evidence.turn, policy)) is not None:
        raise Refusal("turn_failed", **failed)
    return tuple(_doubts(evidence, policy))


def check_meeting(shots: Shots, similarity: float, policy: Policy, *, by_staff: bool, waits: bool) -> None:
    """Whether the second person may stand for a face: who is filmed before him, now, has it.

    The principal of an agency only lets a face that `waits` be used. That it is hard evidence takes somebody of the
    developer's (`by_staff`), who gains nothing by a rival's client being taken for a colleague.
    Raises Refusal: face_in_use, face_not_live, capture_over, turn_not_seen with `by`, face_not_the_same.
    """
    if not (by_staff or waits):
        raise Refusal("face_in_use")
    if shots.turn is None:
        raise Refusal("face_not_live", field="photo")
    if (failed := _failed(shots, shots.turn, policy)) is not None:
        raise Refusal("turn_not_seen", **failed)
    if similarity < policy.thresholds.same:
        raise Refusal("face_not_the_same", field="photo")


def _failed(shots: Shots, turn: Turn, policy: Policy) -> dict[str, object] | None:
    """Why the turn was not what was asked for, or None. Raises Refusal `capture_over`."""
    age = shots.age_seconds
    if not shots.answered or (age is not None and age >= policy.nonce_seconds):
        raise Refusal("capture_over")
    return failed_turn(turn, policy)


def _doubts(evidence: Evidence, policy: Policy) -> Iterator[Doubt]:
    limits = policy.thresholds
    if evidence.turn is None:
        yield Doubt.NOT_LIVE
    if evidence.former_similarity is not None and evidence.former_similarity < limits.same:
        yield Doubt.UNLIKE_FORMER
    if evidence.person_similarity is not None and evidence.person_similarity >= limits.search:
        yield Doubt.LIKE_PERSON
    if evidence.client_similarity is not None and evidence.client_similarity >= limits.search:
        yield Doubt.LIKE_CLIENT
