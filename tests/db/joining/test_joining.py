"""Joining as a citizen broker by oneself: the number is shown by a code, once, on both databases (rules 7.1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import (
    Audience,
    AuditEntry,
    Consent,
    Development,
    Joining,
    Person,
    PhoneCode,
    Referrer,
    Role,
    TextMessage,
)
from portal.services import contacts
from portal.services.accounts import people
from portal.services.joining import joining, pages
from portal.services.joining.joining import Joined, Terms
from portal.services.referral import referrers
from portal.services.sweeps import STEPS, Kept
from referral.joining import TERMS_VERSION
from tests import factories as make
from tests.outboxes import Phones, send_texts
from tests.site import refusal

PHONE = "13800008001"
TERMS = Terms(TERMS_VERSION, "zh_Hans_CN")


@pytest.fixture
def development(session: Session) -> Development:
    return make.development(session, policy={"self_joining": 1, "joining_daily_limit": 2})


def ask(
    session: Session, at: datetime, development: Development, phone: str = PHONE, network: str = "192.0.2.1"
) -> str:
    return joining.ask_code(session, at, development.id, phone, network=network, campaign="wechat")


def told(session: Session) -> str:
    """The code in the latest text."""
    row = session.scalars(select(TextMessage).order_by(TextMessage.id.desc()).limit(1)).one()
    return contacts.vault_of(session).open_text(row.params_sealed or b"", "text.params").split('"')[3]


def join(
    session: Session, at: datetime, token: str, code: str, name: str = "王小明", terms: Terms = TERMS
) -> Joined | Refusal:
    asked = joining.asked_by(session, at, token)
    return joining.join(session, at, asked, code=code, name=name, terms=terms, address="192.0.2.1")


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_stranger_joins_by_the_code_in_the_text(session: Session, now: datetime, development: Development) -> None:
    token = ask(session, now, development)
    joined = join(session, now, token, told(session))
    assert isinstance(joined, Joined)
    referrer = joined.referrer
    assert (referrer.audience, referrer.development_id, referrer.joined_at) == (Audience.CITIZEN, development.id, now)
    assert (referrer.person.role, referrer.person.name) == (Role.REFERRER, "王小明")
    assert contacts.open_phone(session, referrer.person).e164 == f"+86{PHONE}"
    assert people.person_of_link(session, now, joined.link.token) is referrer.person
    row = joining.of(session, referrer)
    assert row is not None
    assert (row.terms_version, row.terms_locale, row.campaign) == (TERMS_VERSION, "zh_Hans_CN", "wechat")
    assert row.address == "192.0.2.1"
    deed = session.scalars(select(AuditEntry).where(AuditEntry.action == "referrer_joined")).one()
    assert (deed.subject_id, deed.address) == (referrer.id, "192.0.2.1")
    assert [(page.development, page.joined, page.lately) for page in pages.all_pages(session, now)] == [
        (development, 1, 1)
    ]


def test_the_text_goes_to_the_number_and_is_forgotten(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        here = make.development(session, policy={"self_joining": 1})
        ask(session, now, here)
    phones = Phones()
    assert send_texts(database, phones, now) == 1
    assert [(to, kind) for to, kind, *_ in phones.texts] == [(f"+86{PHONE}", "phone_code")]
    with database.reading() as session:
        row = session.scalars(select(TextMessage)).one()
        assert (row.params_sealed, row.number_sealed, row.client_id, row.person_id) == (None, None, None, None)
        assert PHONE not in str(session.scalars(select(PhoneCode)).one().__dict__)


def test_a_wrong_code_counts_and_five_end_it(session: Session, now: datetime, development: Development) -> None:
    token = ask(session, now, development)
    wrong = other_than(told(session))
    answers = [join(session, now, token, wrong) for _ in range(5)]
    assert [one.code for one in answers if isinstance(one, Refusal)] == ["code_wrong"] * 4 + ["number_code_guessed_out"]
    right = join(session, now, token, told(session))
    assert isinstance(right, Refusal)
    assert right.code == "number_code_guessed_out"
    assert count(session, Referrer) == 0


def test_a_slip_of_the_form_spends_no_try(session: Session, now: datetime, development: Development) -> None:
    token, code = ask(session, now, development), told(session)
    assert refusal(lambda: join(session, now, token, "000000", name="A1")) == "joining_name"
    assert refusal(lambda: join(session, now, token, "000000", terms=Terms(None, "en"))) == "joining_terms"
    assert session.scalars(select(PhoneCode)).one().tries == 0
    assert isinstance(join(session, now, token, code), Joined)


def test_another_code_ends_the_one_before(session: Session, now: datetime, development: Development) -> None:
    token, first = ask(session, now, development), told(session)
    assert refusal(lambda: ask(session, now + timedelta(seconds=59), development)) == "code_just_sent"
    later = now + timedelta(minutes=1)
    anew, second = ask(session, later, development), told(session)
    assert first == second or isinstance(join(session, later, token, first), Refusal)
    assert isinstance(join(session, later, anew, second), Joined)
    spent = join(session, later, anew, second)
    assert isinstance(spent, Refusal)
    assert spent.code == "number_code_over"


ACCOUNTS = {
    "colleague": (Role.RECEPTION, "joining_is_staff"),
    "broker": (Role.BROKER, "joining_is_partner"),
    "principal": (Role.PRINCIPAL, "joining_is_partner"),
}


@pytest.mark.parametrize(("role", "code"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_who_has_an_account_is_told_what_to_do_but_only_by_the_code(
    session: Session, now: datetime, development: Development, role: Role, code: str
) -> None:
    agency = make.agency(session) if role is not Role.RECEPTION else None
    make.person(session, role, phone=PHONE, agency=agency)
    token = ask(session, now, development)
    wrong = join(session, now, token, other_than(told(session)))
    assert isinstance(wrong, Refusal)
    assert wrong.code == "code_wrong"
    assert refusal(lambda: join(session, now, token, told(session))) == code


def test_who_refers_elsewhere_refers_here_too_with_the_same_account(
    session: Session, now: datetime, development: Development
) -> None:
    there = make.referrer(session, person=make.person(session, Role.REFERRER, phone=PHONE, name="李四"))
    joined = join(session, now, ask(session, now, development), told(session))
    assert isinstance(joined, Joined)
    assert (joined.link, joined.referrer.person, joined.referrer.person.name) == (None, there.person, "李四")
    assert joined.referrer.code != there.code
    assert count(session, Person) == 1


def test_who_is_signed_in_joins_another_by_one_confirmation(
    session: Session, now: datetime, development: Development
) -> None:
    actor = Actor.of(make.referrer(session).person)
    closed = make.development(session)
    assert joining.open_to(session, actor, now) == [development]
    assert refusal(lambda: joining.join_another(session, actor, now, closed.id, terms=TERMS)) == "joining_not_open"
    none = Terms(None, "en")
    assert refusal(lambda: joining.join_another(session, actor, now, development.id, terms=none)) == "joining_terms"
    referrer = joining.join_another(session, actor, now, development.id, terms=TERMS)
    assert (referrer.person_id, referrer.audience, referrer.joined_at) == (actor.id, Audience.CITIZEN, now)
    note = joining.of(session, referrer)
    assert note is not None
    assert (note.terms_version, note.terms_locale) == (TERMS_VERSION, "zh_Hans_CN")
    assert refusal(lambda: joining.join_another(session, actor, now, development.id, terms=TERMS)) == (
        "refers_here_already"
    )
    assert joining.open_to(session, actor, now) == []
    assert count(session, TextMessage) == 0


def test_two_confirmations_at_once_are_one(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        here = make.development(session, policy={"self_joining": 1}).id
        person = make.referrer(session).person_id
    start = Barrier(2)

    def once() -> str:
        start.wait()
        try:
            with database.transaction() as own:
                joining.join_another(own, Actor.of(own.get_one(Person, person)), now, here, terms=TERMS)
        except Refusal as refused:
            return refused.code
        return "joined"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda _: once(), range(2))) == ["joined", "refers_here_already"]


def test_staff_enter_a_number_that_refers_elsewhere(session: Session, now: datetime, development: Development) -> None:
    there = make.referrer(session, person=make.person(session, Role.REFERRER, phone=PHONE))
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    facts = {"development_id": development.id, "name": "王小明", "phone": PHONE, "home": "1-101"}
    new = partial(referrers.NewReferrer, audience=Audience.HOMEOWNER)
    here = referrers.create_referrer(session, manager, now, new(**facts))
    assert (here.person, here.home) == (there.person, "1-101")

    def again() -> Referrer:
        return referrers.create_referrer(session, manager, now, new(**facts))

    assert refusal(again) == "refers_here_already"
    make.person(session, Role.BROKER, phone="13800008002", agency=make.agency(session))
    facts["phone"] = "13800008002"
    assert refusal(again) == "phone_taken"


def test_a_referrer_here_or_closed_is_told_so(session: Session, now: datetime, development: Development) -> None:
    here = make.referrer(session, person=make.person(session, Role.REFERRER, phone=PHONE), development=development)
    make.person(session, Role.REFERRER, phone="13800008003", deactivated_at=now)

    def answer(phone: str) -> str:
        token = ask(session, now, development, phone)
        return refusal(lambda: join(session, now, token, told(session)))

    assert answer(PHONE) == "joining_already"
    assert answer("13800008003") == "joining_closed"
    assert count(session, Referrer) == 1
    assert here.joined_at != now


def test_what_is_asked_says_the_same_of_every_number(session: Session, now: datetime, development: Development) -> None:
    """A client who said stop gets no text; who asks is not told."""
    client = make.client(session, phone="13800008005")
    stopped = {"purpose": "contact", "version": "2", "locale": "zh_Hans_CN", "given_at": now - timedelta(days=2)}
    session.add(Consent(client_id=client.id, withdrawn_at=now - timedelta(days=1), **stopped))
    session.flush()
    lengths = {len(ask(session, now, development, phone)) for phone in (PHONE, "13800008005")}
    assert len(lengths) == 1
    assert count(session, TextMessage) == 1
    assert count(session, PhoneCode) == 2


def test_a_client_gets_two_texts_a_day_whatever_they_are_about(
    session: Session, now: datetime, development: Development
) -> None:
    make.client(session, phone=PHONE)
    for minute in (0, 1, 2):
        ask(session, now + timedelta(minutes=minute), development)
    assert count(session, TextMessage) == 2


def test_the_day_takes_so_many(session: Session, now: datetime, development: Development) -> None:
    first, second = ask(session, now, development), None
    assert isinstance(join(session, now, first, told(session)), Joined)
    second = ask(session, now, development, "13800008002")
    assert isinstance(join(session, now, second, told(session)), Joined)
    assert refusal(lambda: ask(session, now, development, "13800008003")) == "joining_full"
    assert (
        refusal(lambda: ask(session, now + timedelta(days=1), make.development(session), PHONE)) == "joining_not_open"
    )
    assert ask(session, now + timedelta(days=1), development, "13800008003")


def test_a_page_is_good_for_an_hour_and_made_up_by_nobody(
    session: Session, now: datetime, development: Development
) -> None:
    token = ask(session, now, development)
    assert joining.asked_by(session, now + timedelta(minutes=59), token).phone == f"+86{PHONE}"
    for made_up, at in (
        (token, now + timedelta(hours=1)),
        (token[:-4] + "AAAA", now),
        ("", now),
        ("王", now),
        ("x", now),
    ):
        assert refusal(lambda made_up=made_up, at=at: joining.asked_by(session, at, made_up)) == "joining_too_late"


def test_old_codes_are_dropped(session: Session, now: datetime, development: Development) -> None:
    ask(session, now, development)
    assert STEPS["codes"](session, now + timedelta(days=30), None, Kept()) == {"codes_dropped": 0}  # type: ignore[arg-type]  # no files
    assert STEPS["codes"](session, now + timedelta(days=31), None, Kept()) == {"codes_dropped": 1}  # type: ignore[arg-type]


def test_two_who_join_at_once_by_one_code_are_one(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        here = make.development(session, policy={"self_joining": 1})
        token, code = ask(session, now, here), told(session)
    start = Barrier(2)

    def once() -> str:
        start.wait()
        try:
            with database.transaction() as own:
                answer = join(own, now, token, code)
                return answer.code if isinstance(answer, Refusal) else "joined"
        except Refusal as refused:
            return refused.code

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda _: once(), range(2)))
    assert answers == ["joined", "number_code_over"]
    with database.reading() as session:
        assert (count(session, Joining), count(session, Referrer)) == (1, 1)
        assert count(session, Person) == 1


def test_codes_that_are_asked_for_at_once_are_one(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        here = make.development(session, policy={"self_joining": 1})
    start = Barrier(3)

    def once() -> str:
        start.wait()
        try:
            with database.transaction() as own:
                ask(own, now, here)
        except Refusal as refused:
            return refused.code
        return "sent"

    with ThreadPoolExecutor(3) as pool:
        answers = sorted(pool.map(lambda _: once(), range(3)))
    assert answers == ["code_just_sent", "code_just_sent", "sent"]


def test_staff_still_enters_people_and_who_was_entered_joined_by_no_page(
    session: Session, now: datetime, development: Development
) -> None:
    assert SYSTEM.person_id is None
    assert joining.of(session, make.referrer(session, development=development)) is None
