"""Clients' files: opened once, seen by whom the client concerns, and in the stage that the facts say."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.clock import day_start, local_day
from portal.models import CareFile, CareLoss, LoanStepKind, MilestoneKind, Role, TouchKind
from portal.rules.care.plan import Channel, Stage
from portal.services import contacts
from portal.services.care import files, scope
from portal.services.care.stages import stage_of
from portal.services.loans import loans
from tests import care_world, loans_world
from tests import factories as make

DAY = timedelta(days=1)


def seen(session: Session, who: Any) -> list[int]:
    stmt = scope.care_files(session, Actor.of(who)).order_by(CareFile.id)
    return [file.id for file in session.scalars(stmt)]


def test_a_file_is_opened_once_for_a_client_and_a_development(session: Session, now: datetime) -> None:
    reception = Actor.of(make.person(session, Role.RECEPTION))
    touch = make.touch(session, kind=TouchKind.WALK_IN, person=make.person(session, Role.RECEPTION), agency=None)
    first = files.open_for_touch(session, reception, now, touch)
    phone = contacts.open_phone(session, touch.client).e164
    again = files.open_by_hand(session, reception, now, touch.development_id, name="王先生", phone=phone)
    assert again is first
    assert files.name_of(session, first) == "王小明"
    elsewhere = files.open_by_hand(session, reception, now, make.development(session).id, name="王先生", phone=phone)
    assert elsewhere.client_id == first.client_id
    assert elsewhere is not first


def test_who_sees_a_file(session: Session, now: datetime) -> None:
    one, other = care_world.consultant(session), care_world.consultant(session)
    broker, stranger = make.broker(session), make.broker(session)
    touch = make.touch(session, person=broker)
    file = care_world.care_file(session, development=touch.development, client=touch.client, carer=one)
    nobodys = care_world.care_file(session)
    assert seen(session, make.person(session, Role.CHANNEL_MANAGER)) == [file.id, nobodys.id]
    assert seen(session, one) == seen(session, broker) == [file.id]
    for who in (other, stranger, *(make.person(session, role) for role in Role if role not in _CARERS)):
        assert seen(session, who) == [], who.role
    care_world.assignment(session, file=file, carer=other)
    assert (seen(session, one), seen(session, other)) == ([], [file.id])
    touch.retired_at = now
    session.flush()
    assert seen(session, broker) == []


_CARERS = (Role.CHANNEL_MANAGER, Role.CONSULTANT, Role.BROKER)


STAGES: dict[str, tuple[str, Stage, int]] = {
    "opened by hand": ("", Stage.NOT_VISITED, 0),
    "registered before": ("touch", Stage.NOT_VISITED, 0),
    "came by himself": ("walk_in", Stage.VISITED, -9),
    "shown by a broker": ("touch showing", Stage.VISITED, -5),
    "a visit written down": ("visit", Stage.VISITED, 1),
    "subscribed": ("touch showing subscribed", Stage.SUBSCRIBED, 3),
    "signed": ("subscribed signed", Stage.SIGNED, 4),
    "paid by the bank, as the loan says": ("subscribed signed paid", Stage.LOAN_RELEASED, -2),
    "given up": ("touch lost", Stage.LOST, 2),
    "given up, then bought": ("touch lost subscribed", Stage.SUBSCRIBED, 3),
    "given up by the other side": ("touch lost_by_agency", Stage.NOT_VISITED, 0),
}


@pytest.mark.parametrize(("facts", "stage", "since"), STAGES.values(), ids=STAGES)
def test_a_stage_follows_from_the_facts(session: Session, now: datetime, facts: str, stage: Stage, since: int) -> None:
    carer, place, client = care_world.consultant(session), make.development(session), make.client(session)
    file = care_world.care_file(session, development=place, client=client, carer=carer, at=now)
    touch = deal = None
    for fact in facts.split():
        if fact in ("touch", "walk_in"):
            kind = {"kind": TouchKind.WALK_IN, "person": carer, "agency": None} if fact == "walk_in" else {}
            touch = make.touch(session, development=place, client=client, at=now - 9 * DAY, **kind)
        elif fact == "showing":
            make.showing(session, touch=touch, at=now - 5 * DAY)
        elif fact == "visit":
            care_world.contact(session, file=file, by=carer, at=now + DAY, channel=Channel.VISIT)
        elif fact.startswith("lost"):
            side = make.agency(session).id if fact == "lost_by_agency" else None
            loss = {"file_id": file.id, "by_id": carer.id, "agency_id": side, "at": now + 2 * DAY, "reason": "price"}
            session.add(CareLoss(**loss))
        elif fact == "paid":
            keeper, on_day = Actor.of(carer), local_day(now) - 2 * DAY
            loan = loans.begin(session, keeper, now, deal, loans_world.ICBC)
            loans.record_step(session, keeper, now, loan, kind=LoanStepKind.RELEASED, on_day=on_day)
        else:
            deal = deal or make.deal(session, development=place, client=client, touch=touch)
            at = now + {"subscribed": 3, "signed": 4}[fact] * DAY
            make.milestone(session, deal=deal, kind=MilestoneKind(fact), at=at)
    session.flush()
    found = stage_of(session, session.scalars(select(CareFile)).all())[file.id]
    at = now + since * DAY
    assert (found.stage, found.since) == (stage, day_start(local_day(at)) if stage is Stage.LOAN_RELEASED else at)
