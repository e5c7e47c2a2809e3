"""A sign-in that was not the owner's: what ends, what rests, and who lifts it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import AccountAlarm, PasswordLink, Person, ResetStanding, Role, WebSession
from portal.services import contacts
from portal.services.account_safety import alarms, factor_resets
from portal.services.accounts import people, sign_in
from portal.services.accounts.sign_in import Proof, SignInTerms
from portal.services.accounts.sign_in_tries import Place
from portal.services.home.figure import counted
from portal.services.second_factors import halves
from tests import factories as make
from tests.factories.second_factors import app_with_codes

LATER = timedelta(minutes=10)
PLACE = Place("192.0.2.1", "x")


@pytest.fixture
def admins(session: Session) -> list[Actor]:
    return [Actor.of(make.person(session, Role.ADMINISTRATOR)) for _ in range(2)]


def code_of(deed: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        deed()
    return refused.value.code


def alarmed(session: Session, now: datetime, person: Person) -> AccountAlarm:
    alarms.raise_alarm(session, Actor.of(person), now, person, keep=0)
    session.flush()
    found = alarms.open_for(session, person)
    assert found is not None
    return found


def chooses_another(session: Session, now: datetime, person: Person) -> None:
    chosen = people.choose_password(session, person, "sunny rivers run deep")
    people.change_password(session, Actor.of(person), now, person, chosen, keep=0)


def test_everything_ends_but_where_it_was_said_and_the_password_opens_nothing(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    cashier = make.person(session, Role.CASHIER)
    opened = [sign_in.open_session(session, now, cashier, address="192.0.2.1", device="x", days=30) for _ in range(2)]
    session.flush()
    here, there = session.scalars(select(WebSession).order_by(WebSession.id)).all()
    people.make_link(session, SYSTEM, now, cashier)
    half = halves.begin(session, now, cashier)
    session.flush()
    alarms.raise_alarm(session, Actor.of(cashier), now + LATER, cashier, keep=here.id, named=there)
    session.flush()
    kept = [sign_in.find_session(session, now + LATER, secret) is not None for secret in opened]
    assert kept == [True, False]
    assert session.scalar(select(PasswordLink.id).where(PasswordLink.ended_at.is_(None))) is None
    assert halves.find(session, now, half.secret) is None
    account = sign_in.Account(contacts.open_phone(session, cashier), None, cashier.password_sealed)
    refused = sign_in.sign_in(session, now + LATER, account, PLACE, proof=Proof(True), terms=SignInTerms(30))
    assert isinstance(refused, Refusal)
    assert refused.code == "password_void"
    assert code_of(lambda: Actor.of(cashier).check_rested(now)) == "account_alarmed"
    chooses_another(session, now + 2 * LATER, cashier)
    account = sign_in.Account(contacts.open_phone(session, cashier), None, cashier.password_sealed)
    again = sign_in.sign_in(session, now + 2 * LATER, account, PLACE, proof=Proof(True), terms=SignInTerms(30))
    assert isinstance(again, str)
    assert Actor.of(cashier).alarmed, "another password does not say who was there"


def test_where_money_hangs_on_it_two_lift_it(session: Session, now: datetime, admins: list[Actor]) -> None:
    one, two = admins
    cashier = make.person(session, Role.CASHIER)
    alarm = alarmed(session, now, cashier)
    assert [counted(session, alarms.to_decide(by)) for by in admins] == [1, 1]
    assert code_of(lambda: alarms.lift(session, two, now, alarm)) == "alarm_password_first"
    chooses_another(session, now + LATER, cashier)
    assert code_of(lambda: alarms.lift(session, two, now, alarm)) == "alarm_by_two"
    alarms.vouch(session, one, now + LATER, alarm)
    assert [counted(session, alarms.to_decide(by)) for by in admins] == [0, 1]
    assert code_of(lambda: alarms.vouch(session, two, now, alarm)) == "proposal_decided"
    assert code_of(lambda: alarms.lift(session, one, now, alarm)) == "own_proposal"
    alarms.lift(session, two, now + LATER, alarm)
    assert (alarm.state, cashier.alarmed_at) == ("lifted", None)
    Actor.of(cashier).check_rested(now)
    assert code_of(lambda: alarms.lift(session, two, now, alarm)) == "proposal_decided"
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE account_alarms SET lifted_at = NULL, lifted_by = NULL"))


def test_of_who_moves_no_money_one_lifts_it_and_the_shell_lifts_any(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    for role, by in ((Role.RECEPTION, admins[0]), (Role.CASHIER, SYSTEM)):
        person = make.person(session, role)
        alarm = alarmed(session, now, person)
        chooses_another(session, now + LATER, person)
        alarms.lift(session, by, now + LATER, alarm)
        assert person.alarmed_at is None


def test_nobody_lifts_his_own(session: Session, now: datetime, admins: list[Actor]) -> None:
    own = session.get_one(Person, admins[0].id)
    alarm = alarmed(session, now, own)
    assert code_of(lambda: alarms.vouch(session, admins[0], now, alarm)) == "own_account"
    assert code_of(lambda: alarms.lift(session, admins[0], now, alarm)) == "own_account"


def test_a_reset_that_waits_is_stopped_by_it(session: Session, now: datetime, admins: list[Actor]) -> None:
    cashier = make.person(session, Role.CASHIER)
    app_with_codes(session, cashier, now)
    reset = factor_resets.propose(session, admins[0], now, cashier, "x")
    factor_resets.confirm(session, admins[1], now, reset)
    alarmed(session, now, cashier)
    assert reset.standing is ResetStanding.CANCELLED


def test_said_again_the_password_that_was_chosen_since_stays_good(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    cashier = make.person(session, Role.CASHIER)
    alarmed(session, now, cashier)
    chooses_another(session, now + LATER, cashier)
    alarms.raise_alarm(session, Actor.of(cashier), now + 2 * LATER, cashier, keep=0)
    assert not cashier.password_is_void


def test_of_two_who_make_sure_at_once_one_is_the_first(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        ids = [make.person(session, Role.ADMINISTRATOR).id for _ in range(2)]
        key = alarmed(session, now, make.person(session, Role.CASHIER)).id
    barrier, outcomes = Barrier(2), []

    def work(by: int) -> None:
        barrier.wait()
        try:
            with database.transaction() as own:
                alarms.vouch(own, Actor.of(own.get_one(Person, by)), now, own.get_one(AccountAlarm, key))
            outcomes.append("first")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [Thread(target=work, args=(by,)) for by in ids]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["first", "proposal_decided"]
