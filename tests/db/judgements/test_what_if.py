"""What if for judgements on real history: what the services decided is what the judgement says of it, and what would
change hands is told with its money."""

from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import Development, MilestoneKind, Registration, Role, RunState, Showing, Touch, TouchKind, Verdict
from portal.rules.judgements.judging import History, Outcome
from portal.rules.judgements.profile import Profile
from portal.rules.judgements.protection import Kind
from portal.rules.judgements.what_if import Why
from portal.rules.partners.policy import Policy
from portal.services.deals import deals
from portal.services.judgements import what_if, worker
from portal.services.masked_registrations.numbers import give_number
from portal.services.masked_registrations.registering import register_masked
from portal.services.registrations import judgement_facts
from portal.services.registrations.judgement_facts import Asked
from portal.services.registrations.registrations import register_client
from portal.services.registrations.walk_ins import sign_in_walk_in
from portal.services.showings import check_ins
from tests import factories as make
from tests.factories import friends
from tests.judged import moves_of, tried

DAY = timedelta(days=1)
PHONE = "13912345678"


@pytest.fixture
def development(session: Session) -> Development:
    return make.development(session, policy={"walk_in_days": 12, "lead_days": 9})


def shown(session: Session, touch: Touch, at: datetime) -> Showing:
    """A visit that counts, as a check-in leaves it."""
    showing = make.showing(session, touch=touch, verdict=Verdict.VERIFIED, at=at)
    check_ins.protect(session, at, showing)
    return showing


def everything(session: Session, development: Development, now: datetime) -> judgement_facts.Facts:
    return judgement_facts.load(session, Asked(now - 400 * DAY, development.id))


@pytest.mark.parametrize("seed", range(3))
def test_the_services_decided_what_the_judgement_says(
    session: Session, development: Development, now: datetime, seed: int
) -> None:
    """A random month through the real services, by full numbers and by parts of them; then every answer and every
    protection is judged again."""
    random, at = Random(seed), now
    agencies = [make.agreement(session, development=development).agency for _ in range(2)]
    brokers = [make.broker(session, agency=agency) for agency in agencies]
    reception = Actor.of(make.person(session, Role.RECEPTION))
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    phones = [make.new_phone() for _ in range(2)]
    for _ in range(20):
        at += random.choice((1, 6, 30, 100)) * timedelta(hours=1)
        facts = {"development_id": development.id, "phone": random.choice(phones), "name": "王小明"}
        deed = random.random()
        if deed < 0.2:
            _masked(session, Actor.of(random.choice(brokers)), at, **facts)
        elif deed < 0.55:
            register_client(session, Actor.of(random.choice(brokers)), at, **facts)
        elif deed < 0.65:
            sign_in_walk_in(session, reception, at, **facts)
        elif deed < 0.75:
            deals.open_deal(
                session, manager, at, deals.Subscription(**facts, unit=f"1-{at:%d%H}", price_fen=2_000_000_00, at=at)
            )
        else:
            living = [one for one in session.scalars(select(Touch)) if one.retired_at is None and not one.over_at(at)]
            if living and (one := random.choice(living)).kind is TouchKind.REGISTRATION:
                shown(session, one, at)
    session.flush()
    _judged_alike(session, development, at)


def _masked(session: Session, broker: Actor, at: datetime, *, development_id: int, phone: str, name: str) -> None:
    """By parts of the number, which is given at once and shown some day."""
    parts = f"{phone[:3]}****{phone[-4:]}"
    row = register_masked(session, broker, at, development_id=development_id, mask=parts, name=name)
    if row.at == at and row.touch is not None:
        give_number(session, broker, at, row, phone)


def _outcome(row: Registration) -> tuple[str, str | None]:
    answer = row.mask.answer if row.mask is not None else None
    if row.outcome != "provisional":
        return row.outcome, row.code
    if answer is None:
        return "provisional", None
    return ("accepted", None) if answer.doubt is None else ("provisional", "mask_conflict")


def _judged_alike(session: Session, development: Development, end: datetime) -> None:
    facts, profile = everything(session, development, end), Policy.of(development.policy).profile
    stored = {row.id: row for row in session.scalars(select(Registration))}
    ends: dict[int, object] = {}
    for client in facts.clients:
        history = History(profile)
        for sale in client.sales:
            history.sell(sale.at)
        answers = [history.add(touch) for touch in client.touches]
        history.close(end)
        for judged, row in zip(answers, _rows(stored.values(), client.client_id, client.touches), strict=True):
            if row is not None:
                assert (judged.outcome, judged.code) == _outcome(row)
        kept = [judged.protected_until for judged in answers if judged.outcome is not Outcome.REFUSED]
        touches = select(Touch).where(Touch.client_id == client.client_id).order_by(Touch.at, Touch.id)
        assert kept == [touch.protected_until for touch in session.scalars(touches)]
        ends[client.client_id] = kept
    assert ends


def _rows(stored, client_id, touches):  # type: ignore[no-untyped-def]
    """The registration behind each touch; None for a walk-in."""
    own = {(row.at, row.broker_id): row for row in stored if row.client_id == client_id}
    for touch in touches:
        broker = touch.party.split("/")[0]
        yield None if touch.kind is Kind.WALK_IN else own[touch.at, int(broker)]


def test_what_would_change_hands_is_told_with_its_money(
    session: Session, development: Development, now: datetime
) -> None:
    version = make.plan_version(session)
    pair = make.agreement(session, development=development, plan_name=version.name)
    rival = make.agreement(session, development=development)
    first, second = make.broker(session, agency=pair.agency), make.broker(session, agency=rival.agency)
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    facts = {"development_id": development.id, "phone": PHONE, "name": "王小明"}
    register_client(session, Actor.of(first), now, **facts)
    refused = register_client(session, Actor.of(second), now + 5 * DAY, **facts)
    assert refused.code == "protected_by_other"
    sold = now + 6 * DAY
    deal = deals.open_deal(
        session, manager, sold, deals.Subscription(**facts, unit="1-1", price_fen=2_000_000_00, at=sold)
    )
    deals.record_milestone(session, manager, sold, deal, kind=MilestoneKind.SIGNED, at=sold)
    session.flush()
    asked = Asked(now - DAY, None)
    same = tried(session, manager, sold, Policy.of(development.policy).profile, asked)
    assert (same.whole, same.done, same.clients, same.clients_moved, same.deals_moved) == (2, 2, 1, 0, 0)
    answer = tried(session, manager, sold, Profile(showing_days=3), asked)
    by_deal, by_client = moves_of(session, answer)
    assert (by_deal.deal_id, by_deal.why, by_deal.moved_fen) == (deal.id, Why.ENDED, 3_600_000)
    assert by_client.deal_id is None
    assert (by_deal.before_agency_id, by_deal.after_agency_id) == (pair.agency_id, rival.agency_id)
    assert (answer.clients_moved, answer.deals_moved, answer.moved_fen) == (1, 1, 3_600_000)
    told = {
        row.agency_id: (row.clients_lost, row.clients_gained, row.lost_fen, row.gained_fen)
        for row in what_if.shifts(session, answer)
    }
    assert told == {pair.agency_id: (1, 0, 3_600_000, 0), rival.agency_id: (0, 1, 0, 3_600_000)}


def test_between_brokers_of_one_agency_no_money_moves(
    session: Session, development: Development, now: datetime
) -> None:
    agency = make.agreement(session, development=development).agency
    one, other = (make.broker(session, agency=agency) for _ in range(2))
    facts = {"development_id": development.id, "phone": PHONE, "name": "王小明"}
    register_client(session, Actor.of(one), now, **facts)
    register_client(session, Actor.of(other), now + 5 * DAY, **facts)
    session.flush()
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    answer = tried(session, manager, now + 6 * DAY, Profile(showing_days=3), Asked(now, development.id))
    assert [move.why for move in moves_of(session, answer)] == [Why.ENDED]
    assert (what_if.shifts(session, answer), answer.moved_fen) == ([], 0)


def test_friends_and_their_visits_are_touches_too(session: Session, development: Development, now: datetime) -> None:
    referrer = make.referrer(session, development=development)
    lead = friends.accepted_lead(session, referrer, now)
    session.flush()
    (client,) = everything(session, development, now).clients
    assert [touch.kind for touch in client.touches] == [Kind.LEAD]
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    answer = tried(session, manager, now + 10 * DAY, Profile(developer_days=30), Asked(now, None))
    (move,) = moves_of(session, answer)
    assert (move.before_kind, move.after_person_id, move.why) == (None, referrer.person_id, Why.KEPT)
    assert lead.touch is not None


def test_a_client_of_the_days_asked_about_has_the_whole_history(
    session: Session, development: Development, now: datetime
) -> None:
    broker = make.broker(session, agency=make.agreement(session, development=development).agency)
    facts = {"development_id": development.id, "name": "王小明"}
    for phone, days in ((PHONE, (0, 100)), (make.new_phone(), (0,))):
        for day in days:
            register_client(session, Actor.of(broker), now + day * DAY, phone=phone, **facts)
    session.flush()
    asked = Asked(now + 50 * DAY, development.id)
    assert judgement_facts.count(session, asked) == 2
    (client,) = judgement_facts.load(session, asked).clients
    assert [touch.at for touch in client.touches] == [now, now + 100 * DAY]
    elsewhere = make.development(session)
    assert judgement_facts.load(session, Asked(now, elsewhere.id)).clients == []


def test_a_run_goes_on_where_it_stood_and_two_store_nothing_twice(
    session: Session, development: Development, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "STEP", 1)
    one, other = (make.broker(session, agency=make.agreement(session, development=development).agency) for _ in "ab")
    phones = [make.new_phone() for _ in range(3)]
    for phone in phones:
        for broker, days in ((one, 0), (other, 5)):
            facts = {"development_id": development.id, "phone": phone, "name": "王小明"}
            register_client(session, Actor.of(broker), now + days * DAY, **facts)
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    asked = Asked(now - DAY, development.id)
    whole = tried(session, manager, now + 6 * DAY, Profile(showing_days=3), asked)
    halted = what_if.ask(session, manager, now + 6 * DAY, Profile(showing_days=3), months=3, asked=asked)
    session.flush()
    first = worker._step(session, halted)
    worker._store(session, now, halted, first)
    stale = SimpleNamespace(id=halted.id, cursor_development=0, cursor_client=0)
    worker._store(session, now, stale, first)  # another one, who had read it as it stood before
    session.refresh(halted)
    assert (halted.done, halted.clients, halted.state) == (2, 1, RunState.RUNNING)
    while halted.state is RunState.RUNNING:
        worker._store(session, now, halted, worker._step(session, halted))
        session.refresh(halted)
    told = [
        [(move.client_id, move.why, move.after_person_id) for move in moves_of(session, run)] for run in (whole, halted)
    ]
    assert told[0] == told[1]
    assert len(told[0]) == 3


def test_nothing_to_look_at_is_said(session: Session, now: datetime) -> None:
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    with pytest.raises(Refusal, match="what_if_no_touches"):
        what_if.ask(session, manager, now, Profile(), months=3, asked=Asked(now, None))
