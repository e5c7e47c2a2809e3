"""Enrolling a face: live and like nobody else it is in force; in doubt it waits for a second person (rules 3.2)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import AuditEntry, FaceEnrolment, FaceTemplate, Person, ProposalState, Role, Side
from portal.services.faces import challenges, enrolments, faces
from portal.services.faces.challenges import CameraHolder, Capture
from portal.services.faces.enrolments import Enrolling
from portal.services.faces.faces import Shot
from tests import factories as make
from tests.site import Site, engine, refusal, shot, turned


def filmed(
    site: Site,
    who: CameraHolder,
    taken: Shot,
    subject: FaceEnrolment | None = None,
    *,
    age: float = 5.0,
    wrong: bool = False,
) -> tuple[Capture, str]:
    """What the page's own camera sends: two shots that answer the word, or that turn to the other side."""
    at = site.now - timedelta(seconds=age)
    nonce = challenges.issue_nonce(site.session, who, at, subject)
    side = challenges.tell_side(site.session, who, at, subject, nonce=nonce, straight_sha256=taken.photo.sha256)
    if wrong:
        side = next(one for one in Side if one is not side)
    return Capture(taken, turned(taken, side), in_page=True), nonce


def answered(site: Site, who: CameraHolder, taken: Shot, *, age: float = 5.0, wrong: bool = False) -> Enrolling:
    """An enrolment by the page's own camera."""
    capture, nonce = filmed(site, who, taken, age=age, wrong=wrong)
    return Enrolling(capture, nonce, consent=True, locale="zh_Hans_CN")


def meet(site: Site, who: CameraHolder, row: FaceEnrolment, taken: Shot) -> None:
    """Somebody films the person before him, and stands for his face."""
    enrolments.confirm(site.session, who, site.now, engine(), row, *filmed(site, who, taken, row))


def from_album(taken: Shot) -> Enrolling:
    return Enrolling(Capture(taken), "", consent=True, locale="zh_Hans_CN")


def enrol(site: Site, sent: Enrolling, who: CameraHolder | None = None) -> FaceEnrolment | None:
    return enrolments.enrol(site.session, who or site.holder, site.now, engine(), sent)


def another(site: Site, role: Role = Role.BROKER, **given: object) -> CameraHolder:
    person = make.broker(site.session) if role is Role.BROKER else make.person(site.session, role, **given)
    return CameraHolder(Actor.of(person), make.web_session(site.session, person=person, at=site.now).id)


def reception(site: Site) -> CameraHolder:
    return another(site, Role.RECEPTION)


def principal(site: Site) -> CameraHolder:
    return another(site, Role.PRINCIPAL, agency=site.broker.agency)


def in_force(site: Site, person: Person | None = None) -> FaceTemplate | None:
    return faces.enrolment(site.session, (person or site.broker).id)


def test_a_live_face_like_nobodys_is_in_force_at_once_and_accuses_nobody_yet(site: Site) -> None:
    row = enrol(site, answered(site, site.holder, shot("obama")))
    assert (row.waits, row.open, row.vector_sealed) == (False, True, None)
    assert in_force(site).id == row.template_id
    assert in_force(site).confirmed_at is None


def test_the_same_sending_twice_makes_one(site: Site) -> None:
    sent = answered(site, site.holder, shot("obama"))
    assert enrol(site, sent) is enrol(site, sent)
    assert len(site.session.scalars(select(FaceTemplate)).all()) == 1


DOUBTFUL: list[tuple[str, Callable[[Site], Enrolling], list[str]]] = [
    ("a file", lambda _site: from_album(shot("obama2")), ["not_live"]),
    ("a stranger's", lambda site: answered(site, site.holder, shot("biden")), ["unlike_former"]),
]


@pytest.mark.parametrize(("sent", "doubts"), [one[1:] for one in DOUBTFUL], ids=[one[0] for one in DOUBTFUL])
def test_a_doubtful_face_waits_and_the_former_stays(
    site: Site, sent: Callable[[Site], Enrolling], doubts: list[str]
) -> None:
    former = site.enrol("obama")
    row = enrol(site, sent(site))
    assert (row.doubts, row.template_id) == (doubts, None)
    assert in_force(site) is former
    meet(site, reception(site), row, shot(_shown(doubts)))
    assert (row.state, row.vector_sealed, row.decider.role) == (ProposalState.CONFIRMED, None, Role.RECEPTION)
    assert (in_force(site).id, in_force(site).confirmed_at) == (row.template_id, site.now)
    site.session.refresh(former)
    assert former.erased_at == site.now


def _shown(doubts: list[str]) -> str:
    """Who stands before the second person."""
    return "biden" if doubts == ["unlike_former"] else "obama3"


def test_a_face_that_another_person_or_a_client_has_waits_and_names_nobody(site: Site) -> None:
    site.enrol("obama")
    site.check_in(shot("obama", "biden"))
    rival = another(site)
    row = enrol(site, answered(site, rival, shot("biden")), rival)
    assert row.doubts == ["like_client"]
    row = enrol(site, answered(site, rival, shot("obama3")), rival)
    assert row.doubts == ["like_person"]
    assert set(row.found) <= {"former", "person", "client"}
    assert in_force(site, row.person) is None


def test_a_face_that_waits_is_compared_with_nothing(site: Site) -> None:
    """The attack: a rival enrols the client's face, and the genuine showing would be rejected."""
    site.enrol("obama")
    rival = another(site)
    assert enrol(site, from_album(shot("biden")), rival).waits
    showing = site.check_in(shot("obama", "biden"))
    assert (showing.verdict, showing.reasons) == ("verified", [])


def test_who_turns_wrongly_or_too_late_tries_again(site: Site) -> None:
    wrong = answered(site, site.holder, shot("obama"), wrong=True)
    with pytest.raises(Refusal) as caught:
        enrol(site, wrong)
    assert (caught.value.code, caught.value.facts["by"]) == ("turn_failed", "other_side")
    late = answered(site, site.holder, shot("obama"), age=61)
    assert refusal(lambda: enrol(site, late)) == "capture_over"
    stolen = replace(answered(site, another(site), shot("obama")))
    assert refusal(lambda: enrol(site, stolen)) == "capture_over"
    assert in_force(site) is None


def test_a_confirmed_face_is_renewed_by_one_like_it(site: Site) -> None:
    site.enrol("obama")
    assert enrol(site, answered(site, site.holder, shot("obama3"))) is None
    assert in_force(site).confirmed_at == site.now


def test_the_second_person_needs_the_first_before_him(site: Site) -> None:
    row = enrol(site, answered(site, site.holder, shot("obama")))
    desk = reception(site)
    assert refusal(lambda: meet(site, site.holder, row, shot("obama3"))) == "own_proposal"
    assert refusal(lambda: meet(site, desk, row, shot("biden"))) == "face_not_the_same"
    assert refusal(lambda: meet(site, desk, row, shot("obama", "biden"))) == "face_several"
    meet(site, desk, row, shot("obama3"))
    assert in_force(site).confirmed_at == site.now
    assert refusal(lambda: meet(site, desk, row, shot("obama3"))) == "proposal_decided"


NOT_MET: list[tuple[str, str, Callable[[Site, CameraHolder, FaceEnrolment], tuple[Capture, str]]]] = [
    ("a file", "face_not_live", lambda _site, _who, _row: (Capture(shot("biden")), "")),
    (
        "a file said to be live",
        "turn_not_seen",
        lambda site, who, row: (
            Capture(shot("biden"), shot("biden"), in_page=True),
            filmed(site, who, shot("biden"), row)[1],
        ),
    ),
    ("the other side", "turn_not_seen", lambda site, who, row: filmed(site, who, shot("biden"), row, wrong=True)),
    ("too late", "capture_over", lambda site, who, row: filmed(site, who, shot("biden"), row, age=61)),
    ("no word", "capture_over", lambda site, who, row: (filmed(site, who, shot("biden"), row)[0], "")),
    ("the word for his own face", "capture_over", lambda site, who, _row: filmed(site, who, shot("biden"))),
    (
        "another's word",
        "capture_over",
        lambda site, _who, row: filmed(site, reception(site), shot("biden"), row),
    ),
]


@pytest.mark.parametrize(("code", "sent"), [one[1:] for one in NOT_MET], ids=[one[0] for one in NOT_MET])
def test_the_second_person_meets_the_first_live(
    site: Site, code: str, sent: Callable[[Site, CameraHolder, FaceEnrolment], tuple[Capture, str]]
) -> None:
    """The attack: a broker enrols a rival's client, and his principal stands for it with pictures out of an album."""
    row = enrol(site, from_album(shot("biden")))
    who = principal(site)
    capture, nonce = sent(site, who, row)
    assert refusal(lambda: enrolments.confirm(site.session, who, site.now, engine(), row, capture, nonce)) == code
    assert (row.waits, row.open, in_force(site)) == (True, True, None)


@pytest.mark.parametrize(("confirmed_by", "verdict"), [("principal", "needs_review"), ("reception", "rejected")])
def test_only_the_developers_people_make_a_face_hard_evidence(site: Site, confirmed_by: str, verdict: str) -> None:
    """A principal lets his broker check in; a client like that broker's face goes to a person all the same."""
    site.enrol("obama")
    colleague = another(site)
    row = enrol(site, from_album(shot("biden")), colleague)
    second = reception(site)
    if confirmed_by == "principal":
        second = another(site, Role.PRINCIPAL, agency=row.person.agency)
    meet(site, second, row, shot("biden"))
    showing = site.check_in(shot("obama", "biden"))
    assert (showing.verdict, [reason["code"] for reason in showing.reasons]) == (verdict, ["client_is_partner"])


def test_what_a_principal_stood_for_waits_for_the_developers_people(site: Site) -> None:
    row = enrol(site, from_album(shot("obama")))
    head, desk = principal(site), reception(site)
    meet(site, head, row, shot("obama2"))
    assert (row.state, in_force(site).id, in_force(site).confirmed_at) == ("confirmed", row.template_id, None)
    again = site.session.scalars(enrolments.listing(desk.actor, waiting=False)).one()
    assert (again.waits, again.template_id) == (False, row.template_id)
    assert enrolments.earlier(site.session, again) is row
    assert refusal(lambda: meet(site, head, again, shot("obama3"))) == "face_in_use"
    meet(site, desk, again, shot("obama3"))
    assert in_force(site).confirmed_at == site.now


@pytest.mark.parametrize("waits", [True, False])
def test_a_refused_face_is_erased_and_its_owner_reads_why(site: Site, waits: bool) -> None:
    row = enrol(site, from_album(shot("obama")) if waits else answered(site, site.holder, shot("obama")))
    desk = reception(site).actor
    assert refusal(lambda: enrolments.refuse(site.session, desk, site.now, row, reason=" ")) == "proposal_reason_needed"
    enrolments.refuse(site.session, desk, site.now, row, reason="不是本人")
    assert (row.state, row.reason, row.vector_sealed, in_force(site)) == ("refused", "不是本人", None, None)
    assert enrolments.latest(site.session, site.broker.id) is row


def test_withdrawing_erases_what_waits_too(site: Site) -> None:
    site.enrol("obama")
    row = enrol(site, from_album(shot("biden")))
    enrolments.withdraw(site.session, site.actor, site.now)
    assert (row.state, row.vector_sealed, in_force(site)) == ("withdrawn", None, None)


def test_what_nobody_confirms_is_erased_after_a_month_or_with_the_account(site: Site) -> None:
    kept = enrol(site, answered(site, site.holder, shot("obama")))
    waiting = [enrol(site, from_album(shot(name)), another(site)) for name in ("biden", "astronaut")]
    waiting[1].person.deactivated_at = site.now
    assert enrolments.erase_old(site.session, site.now) == 1
    assert enrolments.erase_old(site.session, site.now + enrolments.WAITS_AT_MOST) == 1
    assert [row.vector_sealed for row in waiting] == [None, None]
    assert kept.open, "it is in force; that nobody confirmed it erases nothing"


def test_who_may_confirm_sees_the_others(site: Site) -> None:
    row, rival = enrol(site, from_album(shot("obama"))), another(site)
    enrol(site, from_album(shot("biden")), rival)
    head = principal(site).actor

    def seen(actor: Actor) -> int:
        return len(site.session.scalars(enrolments.listing(actor, waiting=True)).all())

    assert [seen(one) for one in (reception(site).actor, head, site.actor)] == [2, 1, 0]
    assert site.session.scalars(enrolments.listing(head)).one() is row


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE face_enrolments SET doubts = '[]'",
        "UPDATE face_enrolments SET state = 'confirmed', decided_by = proposed_by, decided_at = proposed_at,"
        " vector_sealed = NULL",
        "DELETE FROM face_enrolments",
    ],
)
def test_the_database_keeps_the_second_person(site: Site, session: Session, wrong: str) -> None:
    enrol(site, from_album(shot("obama")))
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(wrong))


def test_every_step_is_written_down(site: Site) -> None:
    row = enrol(site, from_album(shot("obama")))
    meet(site, reception(site), row, shot("obama2"))
    deeds = site.session.scalars(select(AuditEntry.action)).all()
    assert {"face_waits", "face_confirmed", "consent_given"} <= set(deeds)
