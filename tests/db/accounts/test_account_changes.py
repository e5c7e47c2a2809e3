"""Who changes agencies stays one person: strikes go along, clients and deals stay with whom they were made for."""

from datetime import datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access import scope
from portal.access.actor import Actor
from portal.db import Database
from portal.models import Agency, AuditEntry, Deal, Person, Registration, Role, Showing, Strike, WebSession
from portal.rules.accounts.accounts import MONEY_ROLES
from portal.services import contacts
from portal.services.accounts import account_changes, account_proposals, people
from portal.services.accounts.account_changes import AccountFacts
from tests import factories as make

PHONE = "13900003333"


def invited(session: Session, now: datetime, principal: Person, phone: str = PHONE) -> Person:
    by = Actor.of(principal)
    return people.create_person(session, by, now, role=Role.BROKER, name="林一", phone=phone)


@pytest.mark.parametrize("closed", ["the account", "the agency"])
def test_a_closed_accounts_number_is_invited_by_another_agency(session: Session, now: datetime, closed: str) -> None:
    broker, principal = make.broker(session, phone=PHONE), make.person(session, Role.PRINCIPAL)
    with pytest.raises(Refusal, match="phone_taken"):
        invited(session, now, principal)
    if closed == "the account":
        broker.deactivated_at = now
    else:
        broker.agency.deactivated_at = now
    session.flush()
    again = invited(session, now, principal)
    assert (again.id, again.agency_id, again.name) == (broker.id, principal.agency_id, "林一")
    assert (people.state_of(again), again.password_sealed) == (people.AccountState.INVITED, None)
    with pytest.raises(Refusal, match="phone_taken"):
        invited(session, now, make.person(session, Role.PRINCIPAL))


def test_a_referrers_account_is_not_taken_over(session: Session, now: datetime) -> None:
    make.person(session, Role.REFERRER, phone=PHONE, deactivated_at=now)
    with pytest.raises(Refusal, match="phone_taken"):
        invited(session, now, make.person(session, Role.PRINCIPAL))


@pytest.mark.parametrize("role", [Role.CASHIER, Role.RECEPTION])
def test_a_former_employee_comes_back_as_a_broker(session: Session, now: datetime, role: Role) -> None:
    admins = [Actor.of(make.person(session, Role.ADMINISTRATOR)) for _ in range(2)]
    person, principal = make.person(session, role, phone=PHONE), make.person(session, Role.PRINCIPAL)
    waits = account_proposals.propose_role(session, admins[0], now, person, Role.APPROVER)
    with pytest.raises(Refusal, match="phone_taken"):
        invited(session, now, principal)  # an open account
    people.deactivate_person(session, admins[0], now, person)
    with pytest.raises(Refusal, match="phone_taken"):
        invited(session, now, principal)  # something waits to be done to it
    account_proposals.withdraw(session, admins[0], now, waits)
    with pytest.raises(Refusal, match="phone_taken"):
        facts = {"role": Role.PRINCIPAL, "name": "林一", "phone": PHONE, "agency_id": principal.agency_id}
        people.create_person(session, admins[0], now, **facts)
    again = invited(session, now, principal)
    assert (again.id, again.role, again.agency_id) == (person.id, Role.BROKER, principal.agency_id)
    assert (again.password_sealed, again.rests_until) == (None, None)
    told = session.scalars(select(AuditEntry).where(AuditEntry.action == "person_reinvited")).one()
    assert told.facts["former_role"] == role
    with pytest.raises(Refusal, match="not_staff"):
        account_proposals.propose_role(session, admins[0], now, again, Role.APPROVER)


def test_of_two_agencies_that_invite_at_once_one_has_the_broker(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        make.broker(session, phone=PHONE, deactivated_at=now)
        principals = [make.person(session, Role.PRINCIPAL).id for _ in range(2)]
    together, ends = Barrier(2), []

    def invite(principal_id: int) -> None:
        together.wait()
        try:
            with database.transaction() as own:
                invited(own, now, own.get_one(Person, principal_id))
            ends.append("invited")
        except Refusal as refusal:
            ends.append(refusal.code)

    threads = [Thread(target=invite, args=(one,)) for one in principals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["invited", "phone_taken"]


def test_who_moves_leaves_clients_behind_and_takes_strikes_along(session: Session, now: datetime) -> None:
    broker, other = make.broker(session), make.agency(session)
    touch = make.touch(session, person=broker)
    make.registration(session, touch=touch)
    make.strike(session, showing=make.showing(session, touch=touch))
    make.deal(session, touch=touch)
    make.web_session(session, person=broker, at=now)
    before = broker.agency_id
    facts = AccountFacts(broker.name, agency_id=other.id)
    account_changes.change_account(
        session, Actor.of(make.person(session, Role.ADMINISTRATOR)), now, broker, facts, reason="跳槽"
    )
    session.flush()
    mine = Actor.of(broker)
    for model in (Registration, Showing, Deal):
        assert session.scalars(scope.visible(mine, model)).all() == []
        row = session.scalars(select(model)).one()
        assert row.agency_id == before
    assert len(session.scalars(scope.visible(mine, Strike)).all()) == 1
    assert session.scalars(select(WebSession.ended_at)).all() == [now]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "person_transferred")).one()
    assert entry.facts == {"before": before, "after": other.id, "role": "broker", "reason": "跳槽"}


CHANGES = {
    "a name": (Role.RECEPTION, {"name": "林二"}, "person_renamed"),
    "a broker's phone": (Role.BROKER, {"phone": "13900004444"}, "person_phone_changed"),
    "a broker becomes principal": (Role.BROKER, {"role": Role.PRINCIPAL}, "person_transferred"),
}


@pytest.mark.parametrize(("role", "given", "action"), CHANGES.values(), ids=CHANGES)
def test_each_change_is_written_down(
    session: Session, now: datetime, role: Role, given: dict[str, object], action: str
) -> None:
    person, admin = make.person(session, role), Actor.of(make.person(session, Role.ADMINISTRATOR))
    facts = AccountFacts(**{"name": person.name} | given)
    account_changes.change_account(session, admin, now, person, facts, reason="更正")
    assert session.scalars(select(AuditEntry.action)).all() == [action]
    with pytest.raises(Refusal, match="nothing_to_change"):
        account_changes.change_account(session, admin, now, person, facts, reason="更正")
    if "phone" in given:
        assert contacts.open_phone(session, person).masked == "139****4444"


REFUSED = {
    "without a reason": (Role.BROKER, {"name": "林二"}, " ", "account_reason_needed"),
    "a number that another has": (Role.BROKER, {"phone": PHONE}, "更正", "phone_taken"),
    "a broker made finance": (Role.BROKER, {"role": Role.FINANCE}, "更正", "role_not_yours_to_give"),
    "a principal's number": (Role.PRINCIPAL, {"phone": "13900004444"}, "更正", "phone_by_two"),
    "reception's number": (Role.RECEPTION, {"phone": "13900004444"}, "更正", "phone_by_two"),
    "an agency that is closed": (Role.BROKER, {"agency_id": 0}, "更正", "agency_needed"),
    **{role: (Role(role), {"name": "林二"}, "更正", "second_administrator_needed") for role in sorted(MONEY_ROLES)},
}


@pytest.mark.parametrize(("role", "given", "reason", "code"), REFUSED.values(), ids=REFUSED)
def test_what_one_administrator_may_not_change(
    session: Session, now: datetime, role: Role, given: dict[str, object], reason: str, code: str
) -> None:
    make.broker(session, phone=PHONE)
    closed: Agency = make.agency(session, deactivated_at=now)
    given = {name: closed.id if name == "agency_id" else value for name, value in given.items()}
    person, admin = make.person(session, role), Actor.of(make.person(session, Role.ADMINISTRATOR))
    with pytest.raises(Refusal, match=code):
        account_changes.change_account(
            session, admin, now, person, AccountFacts(**{"name": person.name} | given), reason=reason
        )
