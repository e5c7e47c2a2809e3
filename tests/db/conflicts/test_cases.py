"""Conflicts over clients: opened by an objection, by a doubt or by a rule; decided once, by nobody who has part."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.payout import Check
from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.models import (
    ConflictCase,
    Deal,
    Event,
    MilestoneKind,
    Outcome,
    Payout,
    Role,
    Touch,
    TouchKind,
    Verdict,
    Way,
)
from portal.rules.conflicts.conflict import Cause, Kin
from portal.rules.conflicts.conflict import Outcome as Decided
from portal.services.conflicts import cases, deciding, evidence, finding, objections, waiting
from portal.services.conflicts.cases import ALL, CaseState
from portal.services.conflicts.deciding import Choice
from portal.services.conflicts.evidence import What
from portal.services.deals import deals
from portal.services.payouts import holds
from portal.services.privacy import retention_sweep
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.db.money import Staff, requested
from tests.rivals import NAME, UNIT, Rivals, decided, doubted, objected, picture, rivals, waiting_for
from tests.site import refusal

WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
KEEP, MOVE, SPLIT, REJECT = Decided


def told(session: Session, kind: str) -> list[tuple[int | None, int | None]]:
    rows = session.execute(select(Event.person_id, Event.agency_id).where(Event.kind == kind).order_by(Event.id))
    return [(row.person_id, row.agency_id) for row in rows]


# Opened


def test_a_refused_broker_objects_once_within_seven_days(two: Rivals, files: FolderFiles) -> None:
    assert two.second.code == "protected_by_other"
    assert refusal(lambda: objected(two, files, two.now + WEEK)) == "objection_too_late"
    assert refusal(lambda: objected(two, files, words="  ")) == "objection_words_needed"
    shots = objections.kept_pictures
    case = objected(two, files, pictures=[picture()])
    (made,) = case.objections
    assert (case.cause, case.look, case.due_at) == (Cause.OBJECTION, 1, two.now + timedelta(hours=48))
    assert [party.holds for party in case.parties] == [True, False]
    assert len(shots(made)) == 1
    seen = objections.picture_for(two.session, two.claimant, two.now, files, made.pictures[0])
    assert seen.startswith(b"\xff\xd8")
    assert refusal(lambda: objected(two, files)) == "already_objected"
    assert told(two.session, "conflict_opened") == [(None, None)]
    assert told(two.session, "conflict_concerns") == [(one.id, one.agency_id) for one in two.brokers]


def test_who_was_refused_for_another_reason_or_holds_the_client_has_nothing_to_object_to(two: Rivals) -> None:
    frozen = make.broker(two.session, agency=two.pairs[1].agency)
    make.freeze(two.session, broker=frozen, starts_at=two.now - HOUR, ends_at=two.now + HOUR)
    given = {"development_id": two.first.development_id, "phone": make.new_phone(), "name": NAME}
    other = register_client(two.session, Actor.of(frozen), two.now, **given)
    for row in (other, two.first):
        found = objections.refusal_of(two.session, two.now, row)
        assert found is not None
        assert found.code == "nothing_to_object"
    assert refusal(lambda: objections.object_to(two.session, two.claimant, two.now, None, two.first, words="x")) == (
        "not_your_registration"
    )


def test_a_broker_whose_protection_had_ended_objects_to_whose_the_deal_became(
    session: Session, now: datetime, files: FolderFiles
) -> None:
    two = rivals(session, now - timedelta(days=8))
    session.execute(Touch.__table__.update().values(retired_at=now - HOUR))  # the first one's seven days are over
    later = register_client(
        session, two.claimant, now, development_id=two.first.development_id, phone=two.phone, name=NAME
    )
    assert later.outcome is Outcome.ACCEPTED
    deal = two.buys(now)
    assert deal.owner_id == two.claimant.id
    made = objections.object_to(session, two.holder, now + HOUR, files, two.first, words="我一直在跟进这个客户。")
    assert made.case.deal_id == deal.id
    assert objections.objects_from(session, two.holder, now, deal) is None  # he has
    assert objections.case_of(session, deal) is made.case


def test_a_doubt_opens_a_case_that_its_manager_does_not_decide(two: Rivals) -> None:
    manager = two.manager()
    assert refusal(lambda: doubted(two, manager, words=" ")) == "doubt_reason_needed"
    case = doubted(two, manager)
    assert refusal(lambda: doubted(two, manager)) == "conflict_open_already"
    choice = Choice(KEEP, "已核实")
    assert refusal(lambda: deciding.decide(two.session, manager, two.now, case, choice)) == "conflict_has_part"
    assert waiting_for(two.session, manager, two.now) == []
    another = two.manager()
    assert waiting_for(two.session, another, two.now) == [case.id]
    deciding.decide(two.session, another, two.now, case, choice)
    assert waiting_for(two.session, another, two.now) == []


def test_rules_open_what_they_find_once(session: Session, now: datetime) -> None:
    two = rivals(session, now - timedelta(days=1))
    walked = make.touch(
        session, kind=TouchKind.WALK_IN, person=make.person(session, Role.RECEPTION), agency=None, at=now - 3 * HOUR
    )
    walked.protected_until = walked.retired_at = now - 2 * HOUR
    make.registration(
        session,
        touch=make.touch(
            session,
            development=walked.development,
            client=walked.client,
            at=now - HOUR,
            protected_until=now + WEEK,
        ),
    )
    before = two.buys(now - 3 * HOUR)
    deals.record_milestone(session, two.manager(), now, before, kind=MilestoneKind.CANCELLED, at=now, note="退房")
    again = rivals(session, now - timedelta(days=1))
    again.first.touch.development_id = before.development_id
    session.flush()
    sale = deals.Subscription(before.development_id, again.phone, NAME, UNIT, 2_000_000_00, now)
    deals.open_deal(session, two.manager(), now, sale)
    seen = {
        "reasons": [{"code": "seen_under_other_client", "facts": {}}],
        "evidence": {"found": {"other_clients": [again.first.client_id]}},
    }
    make.showing(session, touch=two.first.touch, at=now, verdict=Verdict.NEEDS_REVIEW, **seen)
    assert waiting.sweep_due(session, now)["conflicts_found"] == 3
    assert finding.open_found(session, now) == {"conflicts_found": 0}
    found = session.scalars(select(ConflictCase).order_by(ConflictCase.id)).all()
    assert {case.cause for case in found} == {Cause.WALK_IN, Cause.SAME_FACE, Cause.SAME_HOME}
    assert all(case.opened_by is None for case in found)
    (home,) = [case for case in found if case.cause is Cause.SAME_HOME]
    owners = {two.brokers[0].id, again.brokers[0].id}
    assert {party.person_id for party in home.parties} == owners, "who lost the sale reads how it ends"


KIN = {
    "another broker's client": (True, {}, 1),
    "nobody said so": (True, {"kin": None}, 0),
    "one's own client": (False, {}, 0),
    "a number that nobody registered": (True, {"kin_phone": "13800138999"}, 0),
    "whose protection is over": (True, {"days": 8}, 0),
}


@pytest.mark.parametrize("case", KIN)
def test_a_buyer_who_is_kin_of_a_client_opens_a_case(session: Session, now: datetime, case: str) -> None:
    rival, given, opened = KIN[case]
    two = rivals(session, now)
    broker = two.brokers[1 if rival else 0]
    spouse = make.new_phone()
    here = {"development_id": two.first.development_id, "name": "林女士"}
    registered = register_client(session, Actor.of(broker), now, phone=spouse, **here)
    at = now + timedelta(days=given.get("days", 1))
    two.first.touch.protected_until = at + WEEK
    said = {"kin": Kin.SPOUSE, "kin_phone": spouse} | {key: one for key, one in given.items() if key != "days"}
    sale = deals.Subscription(two.first.development_id, two.phone, NAME, UNIT, 2_000_000_00, at, **said)
    deal = deals.open_deal(session, two.manager(), at, sale)
    assert finding.open_found(session, at) == {"conflicts_found": opened}
    assert finding.open_found(session, at) == {"conflicts_found": 0}
    found = session.scalars(select(ConflictCase)).all()
    assert [(one.cause, one.deal_id, one.other_client_id) for one in found] == [
        (Cause.KIN, deal.id, registered.client_id)
    ] * opened
    for one in found:
        assert {party.person_id for party in one.parties} == {broker.id for broker in two.brokers}
        moved = decided(two, one, MOVE, registered)
        assert (moved.to_registration_id, deal.owner_id) == (registered.id, broker.id)


def test_kin_without_a_phone_is_asked_for(session: Session, now: datetime) -> None:
    two = rivals(session, now)
    for phone, code in (("", "kin_phone_needed"), ("138", "invalid_phone")):
        sale = deals.Subscription(
            two.first.development_id, two.phone, NAME, UNIT, 2_000_000_00, now, kin=Kin.PARENT, kin_phone=phone
        )
        assert refusal(lambda sale=sale: deals.open_deal(session, two.manager(), now, sale)) == code


# What hangs on it


def test_while_it_is_open_the_payment_of_the_deal_is_held(session: Session, now: datetime, files: FolderFiles) -> None:
    payout = requested(session, Staff.hired(session), now)
    deal = session.scalars(select(Deal).where(Deal.agency_id == payout.agency_id)).one()
    assert Check.CONFLICTS_DECIDED not in _held(session, now, payout)
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    case = cases.open_doubt(session, manager, now, words="客户是自己来的", registration=None, deal=deal)
    assert _held(session, now, payout)[Check.CONFLICTS_DECIDED].code == "open_conflict"
    held = holds.condition(now, Check.CONFLICTS_DECIDED)
    assert session.scalars(select(Payout.id).where(held)).all() == [payout.id]
    another = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    deciding.decide(session, another, now, case, Choice(KEEP, "已核实"))
    assert Check.CONFLICTS_DECIDED not in _held(session, now, payout)
    assert session.scalars(select(Payout.id).where(held)).all() == []


def test_a_case_of_a_client_holds_the_deal_that_is_opened_meanwhile(two: Rivals, files: FolderFiles) -> None:
    case = objected(two, files)
    assert cases.deal_of(two.session, case) is None
    deal = two.buys(two.now + HOUR)
    assert cases.deal_of(two.session, case) is deal


def test_the_case_shows_all_that_happened_and_what_the_rule_says(two: Rivals, files: FolderFiles) -> None:
    make.showing(two.session, touch=two.first.touch, at=two.now, way=Way.CODE)
    two.buys()
    case = objected(two, files)
    decided(two, case, REJECT)
    found = [one.what for one in evidence.time_line(two.session, case)]
    assert set(found) == {
        *(What.REGISTERED, What.REFUSED, What.SHOWN, What.MILESTONE, What.GIVEN),
        *(What.OPENED, What.OBJECTED, What.DECIDED),
    }
    assert all(one.receipt for one in evidence.time_line(two.session, case) if one.what is What.REGISTERED)
    answers = evidence.rule_answers(two.session, two.now, case)
    assert [(one.party.person_id, one.judged.owner) for one in answers] == [
        (two.holder.id, True),
        (two.claimant.id, False),
    ]


# The list


def test_the_queue_shows_what_waits_and_what_is_late(two: Rivals, files: FolderFiles) -> None:
    case, manager = objected(two, files), two.manager()
    late = two.now + timedelta(hours=48)

    def ids(state: str, at: datetime, actor: Actor = manager) -> list[int]:
        return [row.id for row in two.session.scalars(cases.cases(actor, at, state=state))]

    assert (ids(CaseState.LATE, two.now), ids(CaseState.LATE, late)) == ([], [case.id])
    assert cases.state_of(two.session, case, late) is CaseState.LATE
    assert waiting.sweep_due(two.session, late.replace(hour=4))["late_conflicts_told"] in (0, 1)
    decided(two, case, KEEP)
    assert (ids(CaseState.OPEN, late), ids(CaseState.DECIDED, late), ids(ALL, late)) == ([], [case.id], [case.id])
    outsider = Actor.of(make.broker(two.session))
    assert ids(ALL, late, two.holder) == ids(ALL, late, two.claimant) == [case.id]
    assert ids(ALL, late, outsider) == []


def test_pictures_of_objections_end_some_days_after_the_decision(two: Rivals, files: FolderFiles) -> None:
    case = objected(two, files, pictures=[picture()])
    decided(two, case, KEEP)
    over = two.now + timedelta(days=30)
    assert retention_sweep.sweep(two.session, over - HOUR, files)["objection_pictures_erased"] == 0
    assert retention_sweep.sweep(two.session, over, files)["objection_pictures_erased"] == 1
    assert objections.kept_pictures(case.objections[0]) == []


def _held(session: Session, now: datetime, payout: Payout) -> holds.Holds:
    return holds.found(session, now, [payout])[payout.id]
