"""May this face be taken for this person's from now on? (rules 3.2)

A face that is enrolled live and resembles nobody else is in force at once. Doubt waits for a second person, who meets
the enrolled one; until then the face stands for nobody and accuses nobody.
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
class Evidence:
    """What was found out about an enrolment; None: not measured.

    `turn`: what the two shots show; None where no camera of the page took them. `age_seconds`: from the server's word
    to the arrival. The likenesses are the highest to the person's own former face, to another person's, to a client's.
    """

    turn: Turn | None
    answered: bool
    age_seconds: float | None
    former_similarity: float | None = None
    person_similarity: float | None = None
    client_similarity: float | None = None


def judge_enrolment(evidence: Evidence, policy: Policy) -> tuple[Doubt, ...]:
    """The doubts about an enrolment, in their order; none: it is in force at once.

    Raises Refusal `capture_over` for a word that is spent or too old, and `turn_failed` with `by` for a head that did
    not turn as it was asked to: both are done again, and nobody else is troubled.
    """
    if evidence.turn is not None:
        age = evidence.age_seconds
        if not evidence.answered or (age is not None and age >= policy.nonce_seconds):
            raise Refusal("capture_over")
        failed = failed_turn(evidence.turn, policy)
        if failed is not None:
            raise Refusal("turn_failed", **failed)
    return tuple(_doubts(evidence, policy))


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
