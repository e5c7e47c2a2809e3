"""Lost second factors are taken away by two, when a day has gone by where money hangs on it, and once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import AuditEntry, Event, FactorReset, LostFactorNote, Person, ProposalState, ResetStanding, Role
from portal.services.account_safety import factor_resets
from portal.services.accounts import history, sign_in
from portal.services.accounts.sign_in_tries import Place
from portal.services.home.figure import counted
from portal.services.second_factors import factors, proving
from tests import factories as make
from tests.factories.second_factors import app_with_codes

DAY = timedelta(hours=24)


@pytest.fixture
def admins(session: Session) -> list[Actor]:
    return [Actor.of(make.person(session, Role.ADMINISTRATOR)) for _ in range(3)]


@pytest.fixture
def cashier(session: Session, now: datetime) -> Person:
    person = make.person(session, Role.CASHIER)
    app_with_codes(session, person, now)
    factors.issue_recovery_codes(session, Actor.of(person), now, person)
    return person


def code_of(deed: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        deed()
    return refused.value.code


def confirmed(session: Session, admins: list[Actor], now: datetime, person: Person) -> FactorReset:
    reset = factor_resets.propose(session, admins[0], now, person, "当面核对过身份证")
    factor_resets.confirm(session, admins[1], now, reset)
    return reset


def test_a_cashiers_factors_go_a_day_after_the_second_yes_and_once(
    session: Session, now: datetime, admins: list[Actor], cashier: Person
) -> None:
    secret = sign_in.open_session(session, now, cashier, address="192.0.2.1", device="x", days=30)
    reset = confirmed(session, admins, now, cashier)
    assert (reset.standing, reset.due_at) == (ResetStanding.WAITS, now + DAY)
    assert factor_resets.carry_out_due(session, now + DAY - timedelta(seconds=1)) == {"factor_resets_done": 0}
    assert proving.enrolled(session, cashier.id)
    assert factor_resets.carry_out_due(session, now + DAY) == {"factor_resets_done": 1}
    assert not proving.enrolled(session, cashier.id)
    assert factors.recovery_codes_left(session, cashier.id) == 0
    assert sign_in.find_session(session, now + DAY, secret) is None
    assert factor_resets.carry_out_due(session, now + DAY) == {"factor_resets_done": 0}
    assert reset.standing is ResetStanding.DONE
    told = session.scalars(select(Event.kind).where(Event.subject_kind == "factor_resets").order_by(Event.id)).all()
    assert told == ["factor_reset_proposed", "factor_reset_confirmed", "factor_reset_done"]
    (event,) = [one for one in history.of_person(session, cashier) if one.action == "factors_reset"]
    assert event.by is not None
    assert event.proposed_by is not None
    assert (event.by.id, event.proposed_by.id) == (admins[1].id, admins[0].id)


def test_of_who_moves_no_money_they_go_at_once(session: Session, now: datetime, admins: list[Actor]) -> None:
    reception = make.person(session, Role.RECEPTION)
    app_with_codes(session, reception, now)
    reset = confirmed(session, admins, now, reception)
    assert reset.standing is ResetStanding.DONE
    assert not proving.enrolled(session, reception.id)


def test_a_brokers_principal_is_the_second(session: Session, now: datetime) -> None:
    """Where there is one administrator alone."""
    broker = make.broker(session)
    one = Actor.of(make.person(session, Role.ADMINISTRATOR))
    app_with_codes(session, broker, now)
    assert code_of(lambda: factor_resets.propose(session, one, now, broker, "x")) == "no_second_for_reset"
    principal = make.person(session, Role.PRINCIPAL, agency=broker.agency)
    stranger = make.person(session, Role.PRINCIPAL, agency=make.agency(session))
    reset = factor_resets.propose(session, one, now, broker, "x")
    assert counted(session, factor_resets.to_decide(Actor.of(principal))) == 1
    assert counted(session, factor_resets.to_decide(Actor.of(stranger))) == 0
    assert code_of(lambda: factor_resets.confirm(session, Actor.of(stranger), now, reset)) == "not_your_broker"
    factor_resets.confirm(session, Actor.of(principal), now, reset)
    assert reset.standing is ResetStanding.DONE


@pytest.mark.parametrize("who", ["owner", "proposer", "decider", "a third"])
def test_until_then_its_owner_and_both_deciders_stop_it(
    session: Session, now: datetime, admins: list[Actor], cashier: Person, who: str
) -> None:
    reset = confirmed(session, admins, now, cashier)
    by = {"owner": Actor.of(cashier), "proposer": admins[0], "decider": admins[1], "a third": admins[2]}[who]
    if who == "a third":
        assert code_of(lambda: factor_resets.cancel(session, by, now, reset)) == "not_your_reset"
        return
    factor_resets.cancel(session, by, now, reset)
    assert reset.standing is ResetStanding.CANCELLED
    assert factor_resets.carry_out_due(session, now + DAY) == {"factor_resets_done": 0}
    assert proving.enrolled(session, cashier.id)
    assert code_of(lambda: factor_resets.cancel(session, by, now, reset)) == "reset_over"
    assert factor_resets.may_propose(session, admins[2], cashier), "who lost them all the same asks anew"


def test_nobody_decides_alone_nor_about_himself(
    session: Session, now: datetime, admins: list[Actor], cashier: Person
) -> None:
    reset = factor_resets.propose(session, admins[0], now, cashier, "x")
    assert code_of(lambda: factor_resets.propose(session, admins[1], now, cashier, "x")) == "reset_waits"
    assert code_of(lambda: factor_resets.confirm(session, admins[0], now, reset)) == "own_proposal"
    assert code_of(lambda: factor_resets.confirm(session, Actor.of(cashier), now, reset)) == "own_account"
    assert [counted(session, factor_resets.to_decide(one)) for one in admins] == [0, 1, 1]
    factor_resets.refuse(session, Actor.of(cashier), now, reset, "没有丢")
    assert (reset.state, reset.reason) == (ProposalState.REFUSED, "没有丢")
    again = factor_resets.propose(session, admins[0], now, cashier, "x")
    factor_resets.withdraw(session, admins[0], now, again)
    own = session.get_one(Person, admins[1].id)
    app_with_codes(session, own, now)
    assert code_of(lambda: factor_resets.propose(session, admins[1], now, own, "x")) == "own_account"
    assert code_of(lambda: factor_resets.propose(session, admins[0], now, own, " ")) == "reset_note_needed"


def test_the_sign_in_finds_what_is_due_before_the_sweep_does(
    session: Session, now: datetime, admins: list[Actor], cashier: Person
) -> None:
    confirmed(session, admins, now, cashier)
    other = make.person(session, Role.CASHIER)
    assert factor_resets.carry_out_due(session, now + DAY, other.phone_index) == {"factor_resets_done": 0}
    assert factor_resets.carry_out_due(session, now + DAY, cashier.phone_index) == {"factor_resets_done": 1}
    place = Place("192.0.2.1", "x")
    assert isinstance(sign_in.admit(session, now + DAY, cashier, place, days=30), str), "the password alone"


def test_who_lost_everything_says_so_once_and_is_off_the_list_when_somebody_proposes(
    session: Session, now: datetime, admins: list[Actor], cashier: Person
) -> None:
    for _ in range(2):
        factor_resets.ask(session, Actor.of(cashier), now, cashier)
    (note,) = factor_resets.open_notes(session, admins[0])
    assert [counted(session, factor_resets.to_decide(one)) for one in (*admins, Actor.of(cashier))] == [1, 1, 1, 0]
    kinds = session.scalars(select(Event.kind).order_by(Event.id)).all()
    assert [kind for kind in kinds if kind.startswith("factor_")][-2:] == ["factor_loss_said", "factor_reset_asked"]
    reset = factor_resets.propose(session, admins[0], now, cashier, "x")
    session.refresh(note)
    assert (note.closed_by, factor_resets.open_notes(session, admins[0])) == (admins[0].id, [])
    factor_resets.withdraw(session, admins[0], now, reset)
    factor_resets.ask(session, Actor.of(cashier), now, cashier)
    (note,) = factor_resets.open_notes(session, admins[0])
    factor_resets.close_note(session, admins[1], now, note)
    assert code_of(lambda: factor_resets.close_note(session, admins[1], now, note)) == "proposal_decided"
    assert session.scalar(select(func.count(LostFactorNote.id))) == 2


ODD = {
    "another text": "UPDATE factor_resets SET note = 'y'",
    "another person": "UPDATE factor_resets SET person_id = proposed_by",
    "an earlier time": "UPDATE factor_resets SET due_at = decided_at",
    "done before its time": "UPDATE factor_resets SET done_at = decided_at",
    "back to proposed": "UPDATE factor_resets SET state = 'proposed', decided_by = NULL, due_at = NULL",
    "stopped by nobody": "UPDATE factor_resets SET cancelled_at = due_at",
}


@pytest.mark.parametrize("statement", ODD.values(), ids=ODD)
def test_the_database_lets_nobody_shorten_the_day(
    session: Session, now: datetime, admins: list[Actor], cashier: Person, statement: str
) -> None:
    confirmed(session, admins, now, cashier)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))


def test_what_ended_stays_as_it_ended(session: Session, now: datetime, admins: list[Actor], cashier: Person) -> None:
    reset = confirmed(session, admins, now, cashier)
    factor_resets.cancel(session, admins[0], now, reset)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE factor_resets SET cancelled_at = NULL, cancelled_by = NULL"))


RACES = {
    "two confirm": ("confirm", "confirm"),
    "one confirms, one sends back": ("confirm", "refuse"),
    "the sweep and the owner who stops it": ("carry_out", "cancel"),
    "the sweep and the sign-in": ("carry_out", "carry_out"),
}


@pytest.mark.parametrize("deeds", RACES.values(), ids=RACES)
def test_of_two_at_once_one_decides(database: Database, now: datetime, deeds: tuple[str, str]) -> None:
    with database.transaction() as session:
        people = [make.person(session, Role.ADMINISTRATOR) for _ in range(3)]
        owner = make.person(session, Role.CASHIER)
        app_with_codes(session, owner, now)
        reset = factor_resets.propose(session, Actor.of(people[0]), now, owner, "x")
        if "confirm" not in deeds:
            factor_resets.confirm(session, Actor.of(people[1]), now, reset)
        key, ids = reset.id, [one.id for one in people]
    barrier, won, later = Barrier(2), [], now + DAY

    def work(deed: str, by: int) -> None:
        barrier.wait()
        try:
            with database.transaction() as own:
                actor, row = Actor.of(own.get_one(Person, by)), own.get_one(FactorReset, key)
                won.append((deed, _do(own, deed, actor, row, now, later)))
        except Refusal as refusal:
            won.append((deed, refusal.code))

    threads = [Thread(target=work, args=one) for one in zip(deeds, ids[1:], strict=True)]
    if "cancel" in deeds:
        threads[1] = Thread(target=work, args=("cancel", ids[0]))
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(str(outcome) for _deed, outcome in won).count("True") == 1
    with database.reading() as own:
        row = own.get_one(FactorReset, key)
        resets = own.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.action == "factors_reset"))
        assert resets == (1 if row.standing is ResetStanding.DONE else 0)


def _do(session: Session, deed: str, actor: Actor, row: FactorReset, now: datetime, later: datetime) -> object:
    if deed == "carry_out":
        return factor_resets.carry_out_due(session, later)["factor_resets_done"] == 1
    if deed == "cancel":
        factor_resets.cancel(session, actor, later, row)
    elif deed == "refuse":
        factor_resets.refuse(session, actor, now, row, "不是本人")
    else:
        factor_resets.confirm(session, actor, now, row)
    return True
