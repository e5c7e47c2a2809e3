"""A second factor is taken once, for its person, and counts like a password."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import AuditEntry, CodeGenerator, HalfSignIn, Person, Role, SignInAttempt, WebSession
from portal.services import contacts
from portal.services.accounts import sign_in
from portal.services.accounts.sign_in import Proof, SignInTerms
from portal.services.accounts.sign_in_tries import Place
from portal.services.second_factors import factors, halves, proving
from portal.services.second_factors.halves import HalfSecret
from portal.services.second_factors.proving import Given, Method
from tests import factories as make
from tests.factories.second_factors import App, app_with_codes

PHONE = "13900003333"
HOME = Place("192.0.2.1", "tests")


@pytest.fixture
def person(session: Session) -> Person:
    return make.person(session, Role.CASHIER, phone=PHONE)


@pytest.fixture
def app(session: Session, person: Person, now: datetime) -> App:
    return app_with_codes(session, person, now)


def password(session: Session, now: datetime, *, matched: bool = True) -> str | HalfSecret | Refusal:
    try:
        account = sign_in.look_up(session, now, HOME, phone=PHONE)
    except Refusal as refusal:
        return refusal
    return sign_in.sign_in(session, now, account, HOME, proof=Proof(matched), terms=SignInTerms(14))


def half(session: Session, now: datetime) -> HalfSignIn:
    begun = password(session, now)
    assert isinstance(begun, HalfSecret)
    session.flush()
    row = halves.find(session, now, begun.secret)
    assert row
    return row


def test_a_password_alone_opens_no_session(session: Session, now: datetime, person: Person, app: App) -> None:
    begun = password(session, now)
    assert isinstance(begun, HalfSecret)
    session.flush()
    assert sign_in.find_session(session, now, begun.secret) is None
    assert session.scalar(select(WebSession.id)) is None
    row = halves.find(session, now, begun.secret)
    assert row
    assert begun.secret not in row.token_digest
    assert halves.find(session, now + timedelta(minutes=10), begun.secret) is None, "it lasts ten minutes"


def test_the_code_opens_it_once(session: Session, now: datetime, person: Person, app: App) -> None:
    row = half(session, now)
    given = Given(app.shows(now))
    opened = sign_in.finish(session, now, row, HOME, given=given, days=14)
    assert isinstance(opened, str)
    assert sign_in.find_session(session, now, opened)
    signed_in = select(AuditEntry.facts).where(AuditEntry.action == "signed_in")
    assert session.scalar(signed_in) == {"by": "code"}
    assert sign_in.finish(session, now, half(session, now), HOME, given=given, days=14) == Refusal(
        "factor_wrong", field="code"
    ), "the same digits are not taken again"
    assert halves.find(session, now, "0.made-up") is None


def test_codes_of_before_and_of_others_are_not_taken(session: Session, now: datetime, person: Person, app: App) -> None:
    stranger = app_with_codes(session, make.person(session, Role.FINANCE), now)
    for digits in (app.shows(now, steps=-2), app.shows(now, steps=2), stranger.shows(now), "", "nonsense"):
        assert proving.prove(session, now, person, "half:1", Given(digits)) is None
    assert proving.prove(session, now, person, "half:1", Given(app.shows(now, steps=1))) is Method.CODE
    assert proving.prove(session, now, person, "half:1", Given(app.shows(now))) is None, "no step back"


def test_wrong_codes_are_counted_and_the_password_forgives_none(
    session: Session, now: datetime, person: Person, app: App
) -> None:
    for _ in range(5):
        row = half(session, now)
        assert sign_in.finish(session, now, row, HOME, given=Given("000000"), days=14) == Refusal(
            "factor_wrong", field="code"
        )
    locked = password(session, now)
    assert isinstance(locked, Refusal)
    assert locked.code == "sign_in_locked"
    outcome = sign_in.finish(session, now, row, HOME, given=Given(app.shows(now)), days=14)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "sign_in_locked", "the right code comes too late"
    assert not session.scalars(select(SignInAttempt.id).where(SignInAttempt.succeeded)).all()


def test_another_password_ends_the_half(session: Session, now: datetime, person: Person, app: App) -> None:
    begun = password(session, now)
    assert isinstance(begun, HalfSecret)
    session.flush()
    person.password_set_at = now + timedelta(seconds=1)
    assert halves.find(session, now + timedelta(seconds=2), begun.secret) is None


def test_a_link_to_choose_a_password_passes_no_second_factor(
    session: Session, now: datetime, person: Person, app: App
) -> None:
    assert isinstance(sign_in.admit(session, now, person, HOME, days=14), HalfSecret)


def test_a_recovery_code_is_good_once_for_its_person(session: Session, now: datetime, person: Person, app: App) -> None:
    codes = factors.issue_recovery_codes(session, Actor.of(person), now, person)
    assert len(set(codes)) == 10
    other = make.person(session, Role.FINANCE)
    assert proving.prove(session, now, other, "half:1", Given(codes[0])) is None
    assert proving.prove(session, now, person, "half:1", Given(codes[0].lower())) is Method.RECOVERY
    assert proving.prove(session, now, person, "half:1", Given(codes[0])) is None
    assert factors.recovery_codes_left(session, person.id) == 9
    factors.issue_recovery_codes(session, Actor.of(person), now, person)
    assert proving.prove(session, now, person, "half:1", Given(codes[1])) is None, "new ones end those of before"


def test_a_secret_rests_sealed_for_its_person(session: Session, now: datetime, person: Person, app: App) -> None:
    row = session.scalars(select(CodeGenerator)).one()
    assert app.secret.encode() not in row.secret_sealed
    with pytest.raises(Exception, match="code_generator"):
        contacts.vault_of(session).open(row.secret_sealed, proving.secret_context(person.id + 1))


def test_a_secret_of_a_page_is_its_readers(session: Session, person: Person) -> None:
    sealed = factors.sealed_for(session, person, "SECRET")
    assert factors.unsealed(session, person, sealed) == "SECRET"
    assert factors.unsealed(session, make.person(session, Role.FINANCE), sealed) is None
    assert factors.unsealed(session, person, "zz") is None


def test_the_last_one_goes_only_where_none_is_required(
    session: Session, now: datetime, person: Person, app: App
) -> None:
    actor, (only,) = Actor.of(person), factors.all_of(session, person.id)
    codes = factors.issue_recovery_codes(session, actor, now, person)
    with pytest.raises(Refusal, match="last_factor"):
        factors.remove(session, actor, now, person, only, required=True)
    app_with_codes(session, person, now, name="Tablet")
    factors.remove(session, actor, now, person, only, required=True)
    assert factors.own(session, person.id, "app", only.id) is None
    (last,) = factors.all_of(session, person.id)
    factors.remove(session, actor, now, person, last, required=False)
    assert not proving.enrolled(session, person.id)
    assert proving.prove(session, now, person, "half:1", Given(codes[0])) is None, "they end with the last factor"


def test_the_same_secret_is_kept_once(session: Session, now: datetime, person: Person, app: App) -> None:
    with pytest.raises(Refusal, match="factor_there"):
        factors.add_generator(
            session, Actor.of(person), now, person, secret=app.secret, digits=app.shows(now), name="again"
        )


def at_once(database: Database, person: Person, now: datetime, given: Given, times: int) -> list[Method | None]:
    """What became of the same proof, sent so often at the same moment."""
    start = Barrier(times)

    def send(_number: int) -> Method | None:
        start.wait()
        with database.transaction() as session:
            return proving.prove(session, now, session.get_one(Person, person.id), "half:1", given)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))


def test_of_sixteen_with_the_same_digits_one_comes_in(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        person = make.person(session, Role.CASHIER)
        app = app_with_codes(session, person, now)
    outcomes = at_once(database, person, now, Given(app.shows(now)), 16)
    assert sorted(map(str, outcomes)) == sorted(["code"] + ["None"] * 15)


def test_one_recovery_code_twice_at_once_opens_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        person = make.person(session, Role.CASHIER)
        codes = factors.issue_recovery_codes(session, Actor.of(person), now, person)
    outcomes = at_once(database, person, now, Given(codes[0]), 2)
    assert sorted(map(str, outcomes)) == ["None", "recovery"]


def test_who_lost_everything_begins_by_the_password_again(session: Session, now: datetime) -> None:
    person = make.person(session, Role.CASHIER)
    app = app_with_codes(session, person, now)
    [code, *_] = factors.issue_recovery_codes(session, Actor.of(person), now, person)
    assert factors.reset(session, Actor(None, None, address="shell"), now, person) == 1
    assert not proving.enrolled(session, person.id)
    for typed in (app.shows(now), code):
        assert proving.prove(session, now, person, "half:1", Given(typed)) is None
    assert factors.recovery_codes_left(session, person.id) == 0
