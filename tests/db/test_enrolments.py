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
from portal.services.faces.challenges import Capture, Holder
from portal.services.faces.enrolments import Enrolling
from portal.services.faces.faces import Shot
from tests import factories as make
from tests.site import Site, engine, refusal, shot, turned


def answered(site: Site, who: Holder, taken: Shot, *, age: float = 5.0, wrong: bool = False) -> Enrolling:
    """What the page's own camera sends: two shots that answer the word, or that turn to the other side."""
    nonce = challenges.issue_nonce(site.session, who, site.now - timedelta(seconds=age), None)
    side = challenges.tell_side(
        site.session, who, site.now - timedelta(seconds=age), None, nonce=nonce, straight_sha256=taken.photo.sha256
    )
    if wrong:
        side = next(one for one in Side if one is not side)
    return Enrolling(Capture(taken, turned(taken, side), in_page=True), nonce, consent=True, locale="zh_Hans_CN")


def from_album(taken: Shot) -> Enrolling:
    return Enrolling(Capture(taken), "", consent=True, locale="zh_Hans_CN")


def enrol(site: Site, sent: Enrolling, who: Holder | None = None) -> FaceEnrolment | None:
    return enrolments.enrol(site.session, who or site.holder, site.now, engine(), sent)


def another(site: Site, role: Role = Role.BROKER) -> Holder:
    person = make.broker(site.session) if role is Role.BROKER else make.person(site.session, role)
    return Holder(Actor.of(person), make.web_session(site.session, person=person, at=site.now).id)


def reception(site: Site) -> Actor:
    return Actor.of(make.person(site.session, Role.RECEPTION))


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
    enrolments.confirm(site.session, reception(site), site.now, engine(), row, shot(_shown(doubts)))
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

    def confirm(actor: Actor, seen: Shot) -> None:
        enrolments.confirm(site.session, actor, site.now, engine(), row, seen)

    assert refusal(lambda: confirm(site.actor, shot("obama3"))) == "own_proposal"
    assert refusal(lambda: confirm(desk, shot("biden"))) == "face_not_the_same"
    assert refusal(lambda: confirm(desk, shot("obama", "biden"))) == "face_several"
    confirm(desk, shot("obama3"))
    assert in_force(site).confirmed_at == site.now
    assert refusal(lambda: confirm(desk, shot("obama3"))) == "proposal_decided"


@pytest.mark.parametrize("waits", [True, False])
def test_a_refused_face_is_erased_and_its_owner_reads_why(site: Site, waits: bool) -> None:
    row = enrol(site, from_album(shot("obama")) if waits else answered(site, site.holder, shot("obama")))
    desk = reception(site)
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
    principal = Actor.of(make.person(site.session, Role.PRINCIPAL, agency=site.broker.agency))

    def seen(actor: Actor) -> int:
        return len(site.session.scalars(enrolments.listing(actor, waiting=True)).all())

    assert [seen(one) for one in (reception(site), principal, site.actor)] == [2, 1, 0]
    assert site.session.scalars(enrolments.listing(principal)).one() is row


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
    enrolments.confirm(site.session, reception(site), site.now, engine(), row, shot("obama2"))
    deeds = site.session.scalars(select(AuditEntry.action)).all()
    assert {"face_waits", "face_confirmed", "consent_given"} <= set(deeds)
