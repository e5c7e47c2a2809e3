"""May this face be taken for this person's, and who may say so?"""

from dataclasses import replace

import pytest

from commissions.refusal import Refusal
from portal.rules.showings.challenge import Turn
from portal.rules.showings.checkin import Policy
from portal.rules.showings.enrolment import Doubt, Evidence, Shots, check_meeting, judge_enrolment

POLICY = Policy()
SAME, SEARCH = POLICY.thresholds.same, POLICY.thresholds.search
TURNED = Turn(in_page=True, similarity=SAME, moved=POLICY.turn_least)
GOOD = Evidence(turn=TURNED, answered=True, age_seconds=1.0)


@pytest.mark.parametrize(
    ("change", "doubts"),
    [
        ({}, ()),
        ({"turn": None}, (Doubt.NOT_LIVE,)),
        ({"former_similarity": SAME}, ()),
        ({"former_similarity": SAME - 0.01}, (Doubt.UNLIKE_FORMER,)),
        ({"person_similarity": SEARCH - 0.01}, ()),
        ({"person_similarity": SEARCH}, (Doubt.LIKE_PERSON,)),
        ({"client_similarity": SEARCH - 0.01}, ()),
        ({"client_similarity": SEARCH}, (Doubt.LIKE_CLIENT,)),
        (
            {"turn": None, "former_similarity": 0.0, "person_similarity": 1.0, "client_similarity": 1.0},
            (Doubt.NOT_LIVE, Doubt.UNLIKE_FORMER, Doubt.LIKE_PERSON, Doubt.LIKE_CLIENT),
        ),
    ],
)
def test_what_is_doubted(change: dict[str, object], doubts: tuple[Doubt, ...]) -> None:
    assert judge_enrolment(replace(GOOD, **change), POLICY) == doubts


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"answered": False}, "capture_over"),
        ({"age_seconds": POLICY.nonce_seconds}, "capture_over"),
        ({"turn": replace(TURNED, moved=0.0)}, "turn_failed"),
    ],
)
def test_what_is_done_again(change: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        judge_enrolment(replace(GOOD, **change), POLICY)
    assert refused.value.code == code


@pytest.mark.parametrize(("by_staff", "waits"), [(True, True), (True, False), (False, True)])
def test_who_meets_the_person_may_stand_for_the_face(by_staff: bool, waits: bool) -> None:
    check_meeting(Shots(TURNED, answered=True, age_seconds=None), SAME, POLICY, by_staff=by_staff, waits=waits)


@pytest.mark.parametrize(
    ("turn", "answered", "similarity", "by_staff", "code"),
    [
        (TURNED, True, 1.0, False, "face_in_use"),
        (None, True, 1.0, True, "face_not_live"),
        (TURNED, False, 1.0, True, "capture_over"),
        (replace(TURNED, moved=0.0), True, 1.0, True, "turn_not_seen"),
        (TURNED, True, SAME - 0.01, True, "face_not_the_same"),
    ],
)
def test_a_face_nobody_may_stand_for(
    turn: Turn | None, answered: bool, similarity: float, by_staff: bool, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        check_meeting(Shots(turn, answered, 1.0), similarity, POLICY, by_staff=by_staff, waits=False)
    assert refused.value.code == code
