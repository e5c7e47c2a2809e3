"""Accounts: who may open which, what closing one ends, and links that are spent by their use."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.crypto import digest
from portal.db import Database
from portal.models import STAFF, AuditEntry, LinkEnd, LinkPurpose, PasswordLink, Person, Role, WebSession
from portal.rules.accounts.accounts import STAFF_ROLES
from portal.services import contacts
from portal.services.accounts import passwords, people, sign_in
from portal.services.accounts.passwords import NewPassword
from portal.services.partners import agreements
from tests import factories as make

GOOD = "sunny rivers run deep"
PHONE = "13900002222"


def invite(
    session: Session, now: datetime, actor: Actor = SYSTEM, role: Role = Role.FINANCE, **given: object
) -> Person:
    values = {"name": "林一", "phone": make.new_phone()} | given
    return people.create_person(session, actor, now, role=role, **values)


def chosen(session: Session, person: Person, password: str = GOOD) -> NewPassword:
    return people.choose_password(session, person, password)


def open_somewhere(session: Session, now: datetime, person: Person) -> str:
    return sign_in.open_session(session, now, person, address="192.0.2.1", device="tests", days=14)


def test_the_rule_knows_the_staff() -> None:
    assert set(STAFF_ROLES) == STAFF


@pytest.mark.parametrize(
    ("asker", "role"),
    [
        (Role.ADMINISTRATOR, Role.BROKER),
        (Role.ADMINISTRATOR, Role.REFERRER),
        (Role.PRINCIPAL, Role.PRINCIPAL),
        (Role.PRINCIPAL, Role.ADMINISTRATOR),
        (Role.FINANCE, Role.FINANCE),
        (Role.BROKER, Role.BROKER),
    ],
)
def test_a_role_is_given_only_by_who_may(session: Session, now: datetime, asker: Role, role: Role) -> None:
    actor = Actor.of(make.person(session, asker))
    with pytest.raises(Refusal, match="role_not_yours_to_give"):
        invite(session, now, actor, role, agency_id=make.agency(session).id)


def test_a_principals_broker_belongs_to_the_principals_agency(session: Session, now: datetime) -> None:
    principal = make.person(session, Role.PRINCIPAL)
    other = make.agency(session)
    broker = invite(session, now, Actor.of(principal), Role.BROKER, agency_id=other.id)
    assert broker.agency_id == principal.agency_id
    assert people.state_of(broker) is people.AccountState.INVITED


def test_a_phone_has_one_account_however_it_is_written(session: Session, now: datetime) -> None:
    invite(session, now, phone=PHONE)
    with pytest.raises(Refusal) as refused:
        invite(session, now, phone="+86 139 0000 2222")
    assert refused.value == Refusal("phone_taken", field="phone")
    assert invite(session, now).id, "the session must still be of use"


@pytest.mark.parametrize("closed", [True, False])
def test_a_partner_needs_an_agency_that_is_open(session: Session, now: datetime, closed: bool) -> None:
    agency_id = make.agency(session, deactivated_at=now).id if closed else None
    with pytest.raises(Refusal, match="agency_needed"):
        invite(session, now, role=Role.PRINCIPAL, agency_id=agency_id)


def test_closing_ends_every_session_and_reopening_revives_none(session: Session, now: datetime) -> None:
    admin, person = make.person(session, Role.ADMINISTRATOR), make.person(session, Role.RECEPTION)
    secrets = [open_somewhere(session, now, person) for _ in range(2)]
    people.deactivate_person(session, Actor.of(admin), now, person)
    assert people.state_of(person) is people.AccountState.DEACTIVATED
    assert person.deactivated_by == admin.id
    people.reactivate_person(session, Actor.of(admin), now, person)
    assert not any(sign_in.find_session(session, now, secret) for secret in secrets)
    deeds = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject_id == person.id, AuditEntry.subject_kind == "people")
    )
    assert list(deeds) == ["person_deactivated", "person_reactivated"]


def test_closing_twice_is_written_down_once(session: Session, now: datetime) -> None:
    admin, person = make.person(session, Role.ADMINISTRATOR), make.person(session, Role.FINANCE)
    for later in (0, 1):
        people.deactivate_person(session, Actor.of(admin), now + timedelta(hours=later), person)
    assert person.deactivated_at == now
    assert session.scalar(select(func.count()).where(AuditEntry.action == "person_deactivated")) == 1


def test_nobody_closes_himself_or_the_last_administrator(session: Session, now: datetime) -> None:
    admin = make.person(session, Role.ADMINISTRATOR)
    with pytest.raises(Refusal, match="not_yourself"):
        people.deactivate_person(session, Actor.of(admin), now, admin)
    with pytest.raises(Refusal, match="last_administrator"):
        people.deactivate_person(session, SYSTEM, now, admin)


def test_two_administrators_cannot_close_each_other(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        first, second = (make.person(session, Role.ADMINISTRATOR).id for _ in range(2))
    together, refused = Barrier(2), []

    def close(asker_id: int, person_id: int) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                actor = Actor.of(session.get_one(Person, asker_id))
                people.deactivate_person(session, actor, now, session.get_one(Person, person_id))
        except Refusal as refusal:
            refused.append(refusal.code)

    threads = [Thread(target=close, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        left = session.scalar(select(func.count()).select_from(Person).where(Person.deactivated_at.is_(None)))
    assert (left, refused) == (1, ["last_administrator"])


def test_a_link_sets_the_password_once(session: Session, now: datetime) -> None:
    person = invite(session, now)
    link = people.issue_link(session, SYSTEM, now, person)
    people.use_link(session, now, link.token, chosen(session, person), address="192.0.2.1")
    assert passwords.matches(passwords.hash_of(session, person), GOOD)
    again = chosen(session, person, "another sentence of words")
    with pytest.raises(Refusal, match="link_invalid"):
        people.use_link(session, now, link.token, again, address="192.0.2.1")
    assert passwords.matches(passwords.hash_of(session, person), GOOD)


def test_a_link_ends_after_a_week(session: Session, now: datetime) -> None:
    link = people.issue_link(session, SYSTEM, now, invite(session, now))
    assert people.person_of_link(session, link.until - timedelta(seconds=1), link.token)
    with pytest.raises(Refusal, match="link_invalid"):
        people.person_of_link(session, link.until, link.token)


def test_a_link_is_its_persons_alone(session: Session, now: datetime) -> None:
    """Cut, changed, made up, or of an account that was closed: always the same no."""
    person = invite(session, now)
    token = people.issue_link(session, SYSTEM, now, person).token
    middle = len(token) // 2
    changed = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    forged = ["", "x", "%%%", "é", "0" + token, token + "=", token[:-4], changed, "A" * 200, token + "AAAA"]
    for one in forged:
        with pytest.raises(Refusal, match="link_invalid"):
            people.person_of_link(session, now, one)
    people.deactivate_person(session, SYSTEM, now, person)
    with pytest.raises(Refusal, match="link_invalid"):
        people.person_of_link(session, now, token)
    with pytest.raises(Refusal, match="person_inactive"):
        people.issue_link(session, SYSTEM, now, person)


def links_of(session: Session, person: Person) -> list[tuple[LinkPurpose, LinkEnd | None]]:
    of_theirs = select(PasswordLink.purpose, PasswordLink.ended_because).where(PasswordLink.person_id == person.id)
    return [tuple(row) for row in session.execute(of_theirs.order_by(PasswordLink.id))]


def dead(session: Session, now: datetime, token: str) -> bool:
    try:
        people.person_of_link(session, now, token)
    except Refusal as refusal:
        return refusal.code == "link_invalid"
    return False


def test_a_newer_link_ends_the_one_before(session: Session, now: datetime) -> None:
    admin, person = make.person(session, Role.ADMINISTRATOR), invite(session, now, role=Role.RECEPTION)
    first, second = (people.issue_link(session, Actor.of(admin), now, person) for _ in range(2))
    assert dead(session, now, first.token)
    assert people.person_of_link(session, now, second.token) is person
    assert links_of(session, person) == [(LinkPurpose.FIRST, LinkEnd.NEWER), (LinkPurpose.FIRST, None)]
    assert set(session.scalars(select(PasswordLink.issued_by))) == {admin.id}


@pytest.mark.parametrize("closed", ["the account", "the agency"])
def test_closing_ends_a_link_and_reopening_does_not_revive_it(session: Session, now: datetime, closed: str) -> None:
    principal = make.person(session, Role.PRINCIPAL)
    token = people.issue_link(session, SYSTEM, now, principal).token
    if closed == "the account":
        people.deactivate_person(session, SYSTEM, now, principal)
        people.reactivate_person(session, SYSTEM, now, principal)
    else:
        agreements.deactivate_agency(session, SYSTEM, now, principal.agency)
        agreements.reactivate_agency(session, SYSTEM, now, principal.agency)
    assert principal.active
    assert dead(session, now, token)
    assert links_of(session, principal) == [(LinkPurpose.FORGOTTEN, LinkEnd.CLOSED)]


def test_another_password_ends_a_link_too(session: Session, now: datetime) -> None:
    person = make.person(session, Role.FINANCE)
    token = people.issue_link(session, SYSTEM, now, person).token
    people.change_password(session, Actor.of(person), now, person, chosen(session, person), keep=0)
    assert dead(session, now, token)
    assert links_of(session, person) == [(LinkPurpose.FORGOTTEN, LinkEnd.CHANGED)]


def test_a_password_that_will_not_do_spends_no_link(session: Session, now: datetime) -> None:
    person = invite(session, now)
    token = people.issue_link(session, SYSTEM, now, person).token
    with pytest.raises(Refusal, match="password_too_short"):
        chosen(session, person, "short")
    people.use_link(session, now, token, chosen(session, person), address="192.0.2.1")
    assert links_of(session, person) == [(LinkPurpose.FIRST, LinkEnd.USED)]


def test_a_link_is_kept_as_a_digest_under_a_key_of_its_own(session: Session, now: datetime) -> None:
    """Who reads the database has no link; who has the receipts' key, or blind indexes, cannot make one."""
    token = people.issue_link(session, SYSTEM, now, invite(session, now)).token
    kept = session.scalars(select(PasswordLink.digest)).one()
    assert kept not in {digest(token), contacts.vault_of(session).blind(token, "password link"), token}


def test_two_links_that_are_made_at_once_are_one_in_the_end(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        person_id = invite(session, now).id
    together, tokens = Barrier(4), []

    def issue() -> None:
        together.wait()
        with database.transaction() as session:
            tokens.append(people.issue_link(session, SYSTEM, now, session.get_one(Person, person_id)).token)

    threads = [Thread(target=issue) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert [dead(session, now, token) for token in tokens].count(False) == 1
    assert len(tokens) == 4


def test_a_link_used_by_two_at_once_is_used_by_one(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        person = invite(session, now)
        token = people.issue_link(session, SYSTEM, now, person).token
        ready = [chosen(session, person, f"{GOOD} {number}") for number in range(4)]
    together, ends = Barrier(4), []

    def use(number: int) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                people.use_link(session, now, token, ready[number], address="192.0.2.1")
            ends.append("used")
        except Refusal as refusal:
            ends.append(refusal.code)

    threads = [Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["link_invalid"] * 3 + ["used"]


def test_changing_the_password_keeps_this_device_alone(session: Session, now: datetime) -> None:
    person = make.person(session, Role.FINANCE)
    here, there = (open_somewhere(session, now, person) for _ in range(2))
    kept = sign_in.find_session(session, now, here)
    assert kept
    new = chosen(session, person)
    people.change_password(session, Actor.of(person), now, person, new, keep=kept.id)
    assert sign_in.find_session(session, now, here)
    assert sign_in.find_session(session, now, there) is None
    assert not passwords.matches(passwords.hash_of(session, person), make.PASSWORD)
    assert person.password_set_at == now
    with pytest.raises(Refusal, match="password_wrong"):  # which another device replaced after it was asked for
        people.change_password(session, Actor.of(person), now, person, new, keep=kept.id)


def test_a_forgotten_password_works_until_the_new_one_is_chosen(session: Session, now: datetime) -> None:
    person = make.person(session, Role.FINANCE)
    secret = open_somewhere(session, now, person)
    link = people.issue_link(session, SYSTEM, now, person)
    assert passwords.matches(passwords.hash_of(session, person), make.PASSWORD)
    people.use_link(session, now, link.token, chosen(session, person), address="192.0.2.1")
    assert not passwords.matches(passwords.hash_of(session, person), make.PASSWORD)
    assert sign_in.find_session(session, now, secret) is None


def test_people_are_found_by_the_whole_phone_or_a_part_of_the_name(session: Session, now: datetime) -> None:
    admin = Actor.of(make.person(session, Role.ADMINISTRATOR, name="甲"))
    wanted = invite(session, now, name="欧阳_明", phone=PHONE)

    def found(**filters: object) -> list[int]:
        return list(session.scalars(people.people_list(session, admin, **filters).with_only_columns(Person.id)))

    assert found(q="139 0000 2222") == [wanted.id]
    assert found(q="阳_") == [wanted.id], "a letter that means anything to LIKE is only itself"
    assert found(q="2222") == found(q="%") == []
    assert found(role=Role.FINANCE, state=people.AccountState.INVITED) == [wanted.id]
    assert found(role=Role.FINANCE, state=people.AccountState.ACTIVE) == []


def test_who_leaves_with_the_agency_is_closed_too(session: Session, now: datetime) -> None:
    broker = make.broker(session, agency=make.agency(session, deactivated_at=now))
    admin = Actor.of(make.person(session, Role.ADMINISTRATOR))
    closed = people.people_list(session, admin, state=people.AccountState.DEACTIVATED)
    assert people.state_of(broker) is people.AccountState.DEACTIVATED
    assert [one.id for one in session.scalars(closed)] == [broker.id]


def test_looking_at_a_phone_is_written_down_without_the_phone(session: Session, now: datetime) -> None:
    admin, person = make.person(session, Role.ADMINISTRATOR), make.person(session, Role.FINANCE, phone=PHONE)
    assert people.reveal_phone(session, Actor.of(admin), now, person).e164 == f"+86{PHONE}"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "phone_revealed")).one()
    assert (entry.actor_id, entry.subject_id) == (admin.id, person.id)
    assert PHONE not in str(entry.facts)


def test_ending_all_sessions_counts_those_that_ran(session: Session, now: datetime) -> None:
    person = make.person(session, Role.FINANCE)
    open_somewhere(session, now - timedelta(days=20), person)
    open_somewhere(session, now, person)
    assert people.end_sessions(session, SYSTEM, now, person) == 1
    assert sign_in.running_sessions(session, now, person) == []
    assert session.scalar(select(func.count()).select_from(WebSession)) == 2
