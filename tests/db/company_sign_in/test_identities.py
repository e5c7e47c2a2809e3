"""Ties between accounts at the employer and accounts here: one each way, also where several tie at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import AuditEntry, CompanyIdentity, Event, NoticeSettings, Person, Role, TiedBy, WebSession
from portal.rules.company_sign_in.claims import Claims
from portal.services.accounts import people, sign_in
from portal.services.accounts.sign_in_tries import Place
from portal.services.company_sign_in import identities, scim
from portal.services.notifications import addresses
from tests import factories as make

ISSUER = "https://login.example"
LIN = Claims("e-17", "Lin@Example.com", mail_verified=True)
HERE = Place("192.0.2.7", "a browser")


def member(session: Session, now: datetime, role: Role = Role.RECEPTION, mail: str = "lin@example.com") -> Person:
    """A member of the staff whose mail address is confirmed."""
    person = make.person(session, role)
    row = addresses.settings_of(session, person.id)
    row.mail_sealed = addresses.seal_address(session, person.id, mail)
    row.mail_index, row.mail_confirmed_at = addresses.address_index(session, mail), now
    session.add(row)
    session.flush()
    return person


def enter(session: Session, now: datetime, claims: Claims = LIN) -> str | Refusal:
    return identities.enter(session, now, ISSUER, claims, HERE, days=14)


def code_of(outcome: str | Refusal) -> str:
    assert isinstance(outcome, Refusal)
    return outcome.code


def events(session: Session) -> list[str]:
    return list(session.scalars(select(Event.kind).order_by(Event.id)))


def test_who_confirmed_the_same_address_is_tied_and_let_in(session: Session, now: datetime) -> None:
    person = member(session, now)
    secret = enter(session, now)
    assert isinstance(secret, str)
    found = sign_in.find_session(session, now, secret)
    assert found is not None
    assert found.person_id == person.id
    tie = identities.identity_of(session, person)
    assert tie is not None
    assert (tie.tied_by, tie.used_at) == (TiedBy.MAIL, now)
    assert events(session) == ["company_identity_tied"]


def test_who_is_tied_is_let_in_whatever_the_address_is_now(session: Session, now: datetime) -> None:
    person = member(session, now)
    enter(session, now)
    session.get_one(NoticeSettings, person.id).mail_index = None
    assert isinstance(enter(session, now, Claims("e-17")), str)
    assert session.scalar(select(func.count()).select_from(CompanyIdentity)) == 1
    assert events(session) == ["company_identity_tied", "new_device"]


def test_the_same_subject_at_another_issuer_is_somebody_else(session: Session, now: datetime) -> None:
    member(session, now)
    enter(session, now)
    outcome = identities.enter(session, now, "https://other.example", Claims("e-17"), HERE, days=14)
    assert code_of(outcome) == "company_account_unknown"


def test_an_address_that_was_asked_for_and_not_confirmed_ties_nothing(session: Session, now: datetime) -> None:
    person = member(session, now)
    session.get_one(NoticeSettings, person.id).mail_confirmed_at = None
    assert code_of(enter(session, now)) == "company_account_unknown"


def test_an_account_that_moves_money_rests_after_it_was_tied(session: Session, now: datetime) -> None:
    person = member(session, now, Role.CASHIER)
    enter(session, now)
    assert person.rests_until is not None
    assert person.rests_until > now
    enter(session, now + timedelta(days=3))
    assert person.rests_since == now, "using it again is no news"


def test_whom_the_employer_says_to_have_left_loses_access_at_once(session: Session, now: datetime) -> None:
    person = member(session, now)
    secret = enter(session, now)
    assert isinstance(secret, str)
    gone = Claims("e-17", active=False)
    assert code_of(enter(session, now, gone)) == "account_closed"
    assert not person.active
    assert sign_in.find_session(session, now, secret) is None
    assert code_of(enter(session, now)) == "account_closed", "and does not come back by saying otherwise"


def test_the_last_administrator_is_not_shut_out_from_outside(session: Session, now: datetime) -> None:
    person = member(session, now, Role.ADMINISTRATOR)
    enter(session, now)
    assert code_of(enter(session, now, Claims("e-17", active=False))) == "company_inactive"
    assert person.active


def test_both_are_tied_by_who_is_signed_in_at_both(session: Session, now: datetime) -> None:
    person, colleague = member(session, now), make.person(session, Role.FINANCE)
    tie = identities.tie(session, Actor.of(person), now, ISSUER, Claims("e-99"))
    assert tie.tied_by is TiedBy.BOTH
    assert identities.tie(session, Actor.of(person), now, ISSUER, Claims("e-99")).id == tie.id
    for actor, claims in ((person, Claims("e-1")), (colleague, Claims("e-99"))):
        with pytest.raises(Refusal, match="company_tied_otherwise"):
            identities.tie(session, Actor.of(actor), now, ISSUER, claims)
    with pytest.raises(Refusal, match="company_staff_only"):
        identities.tie(session, Actor.of(make.person(session, Role.BROKER)), now, ISSUER, Claims("e-2"))


def test_parted_accounts_open_each_other_no_more_and_can_be_tied_again(session: Session, now: datetime) -> None:
    person = make.person(session, Role.FINANCE)
    identities.tie(session, Actor.of(person), now, ISSUER, Claims("e-99"))
    identities.part(session, Actor.of(person), now, person)
    identities.part(session, Actor.of(person), now, person)
    assert code_of(enter(session, now, Claims("e-99"))) == "company_account_unknown"
    identities.tie(session, Actor.of(person), now, ISSUER, Claims("e-99"))
    assert isinstance(enter(session, now, Claims("e-99")), str)
    deeds = select(AuditEntry.action).where(AuditEntry.action.like("company_identity%")).order_by(AuditEntry.id)
    assert list(session.scalars(deeds)) == [
        "company_identity_tied", "company_identity_ended", "company_identity_tied",
    ]  # fmt: skip


def test_sixteen_who_come_at_once_are_one_tie(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        member(session, now)

    together = Barrier(16)

    def come(_number: int) -> str | Refusal:
        together.wait()
        with database.transaction() as own:
            return enter(own, now)

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(come, range(16)))
    assert all(isinstance(one, str) for one in outcomes)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CompanyIdentity)) == 1
        assert session.scalar(select(func.count()).select_from(WebSession)) == 16


CHANGES = {
    "a patch": {"Operations": [{"op": "replace", "path": "active", "value": False}]},
    "a patch without a path": {"Operations": [{"op": "Replace", "value": {"active": False}}]},
    "a patch in words": {"Operations": [{"op": "replace", "path": "active", "value": "False"}]},
    "a whole user": {"schemas": [scim.USER], "userName": "1", "active": False},
}


@pytest.mark.parametrize("case", CHANGES)
def test_the_employers_system_closes_an_account(session: Session, now: datetime, case: str) -> None:
    person = member(session, now)
    secret = enter(session, now)
    assert isinstance(secret, str)
    [row] = scim.find(session, ISSUER, 'externalId eq "e-17"')
    scim.change(session, now, row, CHANGES[case])
    assert not person.active
    assert sign_in.find_session(session, now, secret) is None
    scim.change(session, now, row, CHANGES[case])
    with pytest.raises(Refusal, match="scim_opens_nothing"):
        scim.change(session, now, row, {"active": True})


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"active": 0},
        {"active": None},
        {"Operations": []},
        {"Operations": [{"op": "remove", "path": "active"}]},
        {"Operations": [{"op": "replace", "path": "roles", "value": ["administrator"]}]},
        {"Operations": [{"op": "replace", "value": {"active": False, "roles": []}}]},
        {"Operations": [{"op": "replace", "path": "active", "value": False}] * 2},
    ],
)
def test_nothing_else_is_changed_from_outside(session: Session, now: datetime, body: object) -> None:
    person = member(session, now)
    enter(session, now)
    [row] = scim.find(session, ISSUER, 'userName eq "lin@example.com"')
    with pytest.raises(Refusal, match="scim_change_odd"):
        scim.change(session, now, row, body)
    assert person.active


def test_the_last_administrator_is_not_closed_from_outside(session: Session, now: datetime) -> None:
    member(session, now, Role.ADMINISTRATOR)
    enter(session, now)
    [row] = scim.find(session, ISSUER, 'externalId eq "e-17"')
    with pytest.raises(Refusal, match="last_administrator"):
        scim.change(session, now, row, {"active": False})


@pytest.mark.parametrize(
    "asked", ["", 'name eq "x"', 'userName ne "x"', "userName eq x", 'userName eq "x" or id eq "1"']
)
def test_an_odd_filter_is_refused(session: Session, asked: str) -> None:
    with pytest.raises(Refusal, match="scim_filter_odd"):
        scim.find(session, ISSUER, asked)


def test_a_filter_finds_who_is_tied_and_nobody_else(session: Session, now: datetime) -> None:
    person = member(session, now)
    assert scim.find(session, ISSUER, 'userName eq "lin@example.com"') == []
    enter(session, now)
    tie = identities.identity_of(session, person)
    assert tie is not None
    for asked in ('userName eq "LIN@example.com"', f'id eq "{tie.id}"', 'EXTERNALID EQ "e-17"'):
        assert scim.find(session, ISSUER, asked) == [tie]
    for asked in ('id eq "99999999999999999999"', 'id eq "x"', 'externalId eq "e-1"'):
        assert scim.find(session, ISSUER, asked) == []
    people.deactivate_person(session, Actor(None, None), now, person)
    assert scim.find(session, ISSUER, f'id eq "{tie.id}"') == [tie], "a closed account is there still"
