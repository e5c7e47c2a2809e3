"""Ties between accounts at the employer and accounts here: one each way, also where several tie at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.crypto import SealBroken
from portal.db import Database
from portal.models import AccountTie, AuditEntry, Event, NoticeSettings, Person, Role, TiedBy, WebSession
from portal.rules.provider_sign_in.claims import Claims, Issuer, ProviderName
from portal.services.accounts import people, sign_in
from portal.services.accounts.sign_in_tries import Place
from portal.services.app_messages import reach
from portal.services.notifications import addresses
from portal.services.provider_sign_in import scim, ties
from tests import factories as make

ISSUER = Issuer(ProviderName.COMPANY, "https://login.example")
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
    return ties.enter(session, now, ISSUER, claims, HERE, days=14)


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
    tie = ties.tie_of(session, person, ProviderName.COMPANY)
    assert tie is not None
    assert (tie.tied_by, tie.used_at) == (TiedBy.MAIL, now)
    assert events(session) == ["company_identity_tied"]


def test_who_is_tied_is_let_in_whatever_the_address_is_now(session: Session, now: datetime) -> None:
    person = member(session, now)
    enter(session, now)
    session.get_one(NoticeSettings, person.id).mail_index = None
    assert isinstance(enter(session, now, Claims("e-17")), str)
    assert session.scalar(select(func.count()).select_from(AccountTie)) == 1
    assert events(session) == ["company_identity_tied", "new_device"]


def test_the_same_subject_at_another_issuer_is_somebody_else(session: Session, now: datetime) -> None:
    member(session, now)
    enter(session, now)
    outcome = ties.enter(
        session, now, Issuer(ProviderName.COMPANY, "https://other.example"), Claims("e-17"), HERE, days=14
    )
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
    tie = ties.tie(session, Actor.of(person), now, ISSUER, Claims("e-99"))
    assert tie.tied_by is TiedBy.BOTH
    assert ties.tie(session, Actor.of(person), now, ISSUER, Claims("e-99")).id == tie.id
    for actor, claims in ((person, Claims("e-1")), (colleague, Claims("e-99"))):
        with pytest.raises(Refusal, match="tied_otherwise"):
            ties.tie(session, Actor.of(actor), now, ISSUER, claims)
    with pytest.raises(Refusal, match="company_staff_only"):
        ties.tie(session, Actor.of(make.person(session, Role.BROKER)), now, ISSUER, Claims("e-2"))


def test_parted_accounts_open_each_other_no_more_and_can_be_tied_again(session: Session, now: datetime) -> None:
    person = make.person(session, Role.FINANCE)
    ties.tie(session, Actor.of(person), now, ISSUER, Claims("e-99"))
    ties.part(session, Actor.of(person), now, person, ProviderName.COMPANY)
    ties.part(session, Actor.of(person), now, person, ProviderName.COMPANY)
    assert code_of(enter(session, now, Claims("e-99"))) == "company_account_unknown"
    ties.tie(session, Actor.of(person), now, ISSUER, Claims("e-99"))
    assert isinstance(enter(session, now, Claims("e-99")), str)
    deeds = select(AuditEntry.action).where(AuditEntry.action.like("company_identity%")).order_by(AuditEntry.id)
    assert list(session.scalars(deeds)) == [
        "company_identity_tied", "company_identity_ended", "company_identity_tied",
    ]  # fmt: skip


WECOM, WECHAT = Issuer.of_wecom("ww1"), Issuer.of_wechat("wx1")


def test_one_person_is_tied_to_several_providers_and_known_by_each(session: Session, now: datetime) -> None:
    person = make.person(session, Role.FINANCE)
    ties.tie(session, Actor.of(person), now, ISSUER, Claims("e-99"))
    ties.tie(session, Actor.of(person), now, WECOM, Claims("linyi"))
    assert reach.subject_of(session, person.id, ISSUER) == "e-99"
    assert reach.subject_of(session, person.id, WECOM) == "linyi"
    assert reach.subject_of(session, person.id, Issuer.of_wecom("ww2")) is None, (
        "at another company it is somebody else"
    )
    ties.part(session, Actor.of(person), now, person, ProviderName.WECOM)
    assert reach.subject_of(session, person.id, WECOM) is None
    ended = session.scalars(select(AccountTie).where(AccountTie.ended_at.is_not(None))).one()
    assert (ended.issuer, ended.subject_sealed, ended.openid_sealed) == (None, None, None), "who it was is forgotten"
    assert isinstance(enter(session, now, Claims("e-99")), str)


def test_a_subject_rests_sealed_for_its_person_alone(session: Session, now: datetime) -> None:
    person, other = make.person(session, Role.FINANCE), make.person(session, Role.FINANCE)
    mine = ties.tie(session, Actor.of(person), now, WECOM, Claims("linyi"))
    theirs = ties.tie(session, Actor.of(other), now, WECOM, Claims("wangwu"))
    assert mine.subject_sealed is not None
    assert b"linyi" not in mine.subject_sealed
    theirs.subject_sealed = mine.subject_sealed
    session.flush()
    with pytest.raises(SealBroken):
        reach.subject_of(session, other.id, WECOM)


def test_a_tie_of_before_learns_who_it_is_at_the_next_sign_in(session: Session, now: datetime) -> None:
    person = make.person(session, Role.FINANCE)
    index = ties.subject_index(session, WECOM, "linyi")
    session.add(
        AccountTie(
            person_id=person.id,
            provider=ProviderName.COMPANY,  # as the migration left it
            subject_index=index,
            tied_by=TiedBy.BOTH,
            tied_at=now,
        )
    )
    session.flush()
    assert reach.subject_of(session, person.id, WECOM) is None
    assert isinstance(ties.enter(session, now, WECOM, Claims("linyi"), HERE, days=14), str)
    assert reach.subject_of(session, person.id, WECOM) == "linyi"


def test_a_partner_is_tied_to_wechat_and_reached_by_the_account_that_saw_him(session: Session, now: datetime) -> None:
    person = make.person(session, Role.BROKER)
    ties.tie(session, Actor.of(person), now, WECHAT, Claims("u-1"))
    assert reach.subject_of(session, person.id, WECHAT) is None, "he signed in on the website: no openid of ours"
    assert isinstance(ties.enter(session, now, WECHAT, Claims("u-1", openid="o-1"), HERE, days=14), str)
    assert reach.subject_of(session, person.id, WECHAT) == "o-1"
    assert events(session)[0] == "wechat_tied"
    with pytest.raises(Refusal, match="wechat_partners_only"):
        ties.tie(session, Actor.of(make.person(session, Role.FINANCE)), now, WECHAT, Claims("u-2"))


def test_who_was_known_by_another_subject_is_known_by_both_and_then_by_the_new_one(
    session: Session, now: datetime
) -> None:
    """The official account alone names an `openid`; beside a website of the same owner it names a `unionid`, too."""
    person = make.person(session, Role.BROKER)
    ties.tie(session, Actor.of(person), now, WECHAT, Claims("o-1", openid="o-1"))
    both = Claims("u-1", openid="o-1", formerly="o-1")
    assert isinstance(ties.enter(session, now, WECHAT, both, HERE, days=14), str)
    assert isinstance(ties.enter(session, now, WECHAT, Claims("u-1"), HERE, days=14), str)
    assert code_of(ties.enter(session, now, WECHAT, Claims("o-1"), HERE, days=14)) == "wechat_account_unknown"
    assert session.scalar(select(func.count()).select_from(AccountTie)) == 1


def test_a_partner_who_joined_the_staff_is_not_let_in_by_wechat(session: Session, now: datetime) -> None:
    person = make.person(session, Role.BROKER)
    ties.tie(session, Actor.of(person), now, WECHAT, Claims("u-1"))
    person.role, person.agency_id = Role.RECEPTION, None
    assert code_of(ties.enter(session, now, WECHAT, Claims("u-1"), HERE, days=14)) == "wechat_partners_only"


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
        assert session.scalar(select(func.count()).select_from(AccountTie)) == 1
        assert session.scalar(select(func.count()).select_from(WebSession)) == 16


@pytest.mark.parametrize("read", ["by_mail", "by_subject"])
@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)  # SQLite lets nobody in between
def test_whom_another_request_ties_after_a_read_is_let_in(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    with database.transaction() as session:
        member(session, now)
    truly = getattr(ties, read)

    def overtaken(*asked: object) -> object:
        monkeypatch.setattr(ties, read, truly)
        answer = truly(*asked)
        with database.transaction() as other:
            assert isinstance(enter(other, now), str)
        return answer

    monkeypatch.setattr(ties, read, overtaken)
    with database.transaction() as session:
        assert isinstance(enter(session, now), str)
        assert session.scalar(select(func.count()).select_from(AccountTie)) == 1


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
    tie = ties.tie_of(session, person, ProviderName.COMPANY)
    assert tie is not None
    for asked in ('userName eq "LIN@example.com"', f'id eq "{tie.id}"', 'EXTERNALID EQ "e-17"'):
        assert scim.find(session, ISSUER, asked) == [tie]
    for asked in ('id eq "99999999999999999999"', 'id eq "x"', 'externalId eq "e-1"'):
        assert scim.find(session, ISSUER, asked) == []
    people.deactivate_person(session, Actor(None, None), now, person)
    assert scim.find(session, ISSUER, f'id eq "{tie.id}"') == [tie], "a closed account is there still"
