"""Sign-in: tries are counted by account, place and known device, and a session lives for its days while it is used."""

from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM
from portal.crypto import KEY_BYTES, Vault, digest
from portal.models import AuditEntry, Event, Person, Role, WebSession
from portal.rules.accounts.lockout import Limits
from portal.rules.accounts.sessions import Idle
from portal.rules.notifications.kind import Channel
from portal.rules.notifications.kinds import KINDS
from portal.rules.notifications.ways import wanted
from portal.services import contacts
from portal.services.accounts import passwords, people, sign_in
from portal.services.accounts.sign_in import Ended, Proof, SignInTerms
from portal.services.accounts.sign_in_tries import KnownDevice, Place, mark_of
from tests import factories as make

PHONE = "13900003333"
LIMITS = Limits(here=3, network=5, account=6, device=4, minutes=15, account_minutes=60)
TERMS, STRICT = SignInTerms(14), SignInTerms(14, LIMITS)
HOME = Place("192.0.2.1", "tests")
ELSEWHERE = Place("198.51.100.7", "tests")


@pytest.fixture
def person(session: Session) -> Person:
    return make.person(session, Role.FINANCE, phone=PHONE)


def attempt(
    session: Session, now: datetime, *, matched: bool = True, phone: str = PHONE, place: Place = HOME
) -> str | Refusal:
    try:
        account = sign_in.look_up(session, now, place, phone=phone, limits=LIMITS)
    except Refusal as refusal:
        return refusal
    return sign_in.sign_in(session, now, account, place, proof=Proof(matched), terms=STRICT)


def fail(session: Session, now: datetime, times: int, **given: object) -> None:
    for _ in range(times):
        assert attempt(session, now, matched=False, **given) == Refusal("sign_in_failed")


def known(session: Session, *people: Person, address: str = HOME.address) -> Place:
    return Place(address, "tests", KnownDevice("a device", {str(one.id): mark_of(session, one) for one in people}))


def test_the_secret_of_the_cookie_finds_the_session(session: Session, now: datetime, person: Person) -> None:
    secret = attempt(session, now, phone="139-0000-3333")
    assert isinstance(secret, str)
    row = sign_in.find_session(session, now, secret)
    assert row
    assert row.person is person
    assert secret not in row.token_digest


def test_an_unknown_phone_and_a_wrong_password_get_one_answer(session: Session, now: datetime, person: Person) -> None:
    unknown, wrong = attempt(session, now, phone="13900004444", matched=False), attempt(session, now, matched=False)
    assert unknown == wrong == Refusal("sign_in_failed")


def test_an_unknown_phone_is_locked_as_a_known_one_is(session: Session, now: datetime, person: Person) -> None:
    for phone in (PHONE, "13900004444"):
        fail(session, now, 3, phone=phone, place=Place(f"192.0.2.{phone[-1]}", "tests"))
    until = now + timedelta(minutes=15)
    for phone in (PHONE, "13900004444"):
        place = Place(f"192.0.2.{phone[-1]}", "tests")
        assert attempt(session, now, phone=phone, place=place) == Refusal("sign_in_locked", until=until)


def test_an_account_without_password_cannot_be_entered(session: Session, now: datetime) -> None:
    person = make.person(session, Role.FINANCE, phone=PHONE, has_password=False)
    account = sign_in.look_up(session, now, HOME, phone=PHONE)
    assert account.hashed is None
    assert not passwords.matches(account.hashed, "")
    assert not passwords.matches(passwords.hash_of(session, person), make.PASSWORD)


def test_one_place_closes_an_account_for_that_place(session: Session, now: datetime, person: Person) -> None:
    fail(session, now, 3)
    until = now + timedelta(minutes=15)
    assert attempt(session, now + timedelta(minutes=14)) == Refusal("sign_in_locked", until=until)
    assert isinstance(attempt(session, now, place=ELSEWHERE), str), "the owner at home is not kept out by it"
    assert isinstance(attempt(session, until), str), "the end itself is open again"


def test_a_household_with_many_addresses_is_one_place(session: Session, now: datetime, person: Person) -> None:
    for host in (":1", ":2", "ffff:ffff:ffff:ffff"):
        fail(session, now, 1, place=Place(f"2001:db8:1:2:{host}", "tests"))
    assert isinstance(attempt(session, now, place=Place("2001:db8:1:2::9", "tests")), Refusal)
    assert isinstance(attempt(session, now, place=Place("2001:db8:1:3::9", "tests")), str)


def test_many_places_close_new_devices_and_never_a_known_one(session: Session, now: datetime, person: Person) -> None:
    for number in range(6):
        fail(session, now + timedelta(minutes=number), 1, place=Place(f"203.0.113.{number}", "tests"))
    at = now + timedelta(minutes=6)
    assert attempt(session, at, place=ELSEWHERE) == Refusal("sign_in_locked", until=now + timedelta(minutes=60))
    assert isinstance(attempt(session, at, place=known(session, person)), str)


def test_a_known_device_counts_for_itself(session: Session, now: datetime, person: Person) -> None:
    device = known(session, person)
    fail(session, now, 4, place=device)
    assert isinstance(attempt(session, now, place=device), Refusal)
    assert isinstance(attempt(session, now, place=HOME), str), "and for nobody else"


def test_a_device_is_known_for_who_signed_in_there(session: Session, now: datetime, person: Person) -> None:
    """Who has a cookie of his own is a stranger to every other account; a mark cannot be carried over."""
    stranger = make.person(session, Role.REFERRER)
    own = known(session, stranger)
    assert own.known
    carried = Place(HOME.address, "tests", KnownDevice("x", {str(person.id): own.known.marks[str(stranger.id)]}))
    fail(session, now, 3, place=own)
    for place in (own, carried, HOME):
        assert isinstance(attempt(session, now, place=place), Refusal)


def test_another_password_makes_every_device_a_stranger(session: Session, now: datetime, person: Person) -> None:
    before = known(session, person)
    person.password_set_at = now
    fail(session, now, 3, place=before)
    assert isinstance(attempt(session, now, place=HOME), Refusal), "they were counted as a stranger's"


def test_a_network_closes_over_many_accounts(session: Session, now: datetime, person: Person) -> None:
    make.person(session, Role.REFERRER, phone="13900006666")
    for number in range(4):
        fail(session, now, 1, phone=f"1390000500{number}")
    assert isinstance(attempt(session, now, phone="13900006666"), str), "an attacker's own success opens nothing"
    fail(session, now, 1, phone="13900005009")
    assert attempt(session, now) == Refusal("sign_in_locked", until=now + timedelta(minutes=15))
    assert isinstance(attempt(session, now, place=ELSEWHERE), str)
    assert isinstance(attempt(session, now, place=known(session, person)), str), "behind the same carrier too"


def test_guesses_that_were_looked_up_at_once_are_counted_one_by_one(
    session: Session, now: datetime, person: Person
) -> None:
    """Each was looked up before any of them was counted; the right one among them comes too late."""
    account = sign_in.look_up(session, now, HOME, phone=PHONE, limits=LIMITS)
    tried = [sign_in.sign_in(session, now, account, HOME, proof=Proof(nth == 3), terms=STRICT) for nth in range(4)]
    locked = Refusal("sign_in_locked", until=now + timedelta(minutes=15))
    assert tried == [Refusal("sign_in_failed")] * 3 + [locked]


def test_a_password_that_was_replaced_meanwhile_opens_nothing(session: Session, now: datetime, person: Person) -> None:
    account = sign_in.look_up(session, now, HOME, phone=PHONE)
    make.password(session, person, "another one")
    assert sign_in.sign_in(session, now, account, HOME, proof=Proof(True), terms=TERMS) == Refusal("sign_in_failed")


def test_a_password_that_rests_by_an_old_recipe_rests_anew(session: Session, now: datetime, person: Person) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(make.PASSWORD)
    make.password(session, person, old)
    mark = mark_of(session, person)
    account = sign_in.look_up(session, now, HOME, phone=PHONE)
    renewed = passwords.renewed(account.hashed, make.PASSWORD)
    assert isinstance(sign_in.sign_in(session, now, account, HOME, proof=Proof(True, renewed), terms=TERMS), str)
    hashed = passwords.hash_of(session, person)
    assert hashed not in (None, old)
    assert passwords.matches(hashed, make.PASSWORD)
    assert passwords.renewed(hashed, make.PASSWORD) is None, "once"
    assert mark_of(session, person) == mark, "and its devices are known still"


def test_a_session_that_was_given_to_another_person_opens_nothing(
    session: Session, now: datetime, person: Person
) -> None:
    """The same attack on a row of a sign-in, and a row that was made up without the key."""
    secret = attempt(session, now)
    made_up = WebSession(token_digest=digest("1.made up"), person_id=person.id, address="", device="")
    made_up.started_at, made_up.seen_at, made_up.ends_at = now, now, now + timedelta(days=1)
    session.add(made_up)
    session.execute(update(WebSession).values(person_id=make.person(session, Role.ADMINISTRATOR).id))
    session.expire_all()
    assert [sign_in.find_session(session, now, one) for one in (secret, "1.made up")] == [None, None]


@pytest.mark.parametrize("how", ["swapped", "copied"])
def test_a_password_in_anothers_row_opens_nothing(
    session: Session, now: datetime, person: Person, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    """The attack: who can write to the database puts his own hash into the row of an account that he wants."""
    mine = make.person(session, Role.BROKER)
    theirs = person.password_sealed
    session.execute(update(Person).where(Person.id == person.id).values(password_sealed=mine.password_sealed))
    if how == "swapped":
        session.execute(update(Person).where(Person.id == mine.id).values(password_sealed=theirs))
    session.expire_all()
    account = sign_in.look_up(session, now, HOME, phone=PHONE)
    assert (account.hashed, passwords.matches(account.hashed, make.PASSWORD)) == (None, False)
    assert f"person {person.id}" in caplog.text
    again = people.issue_link(session, SYSTEM, now, person)  # the way out: a link
    chosen = people.choose_password(session, person, "a sentence of other words")
    people.use_link(session, now, again.token, chosen, address="192.0.2.1")
    assert passwords.matches(passwords.hash_of(session, person), "a sentence of other words")


def test_a_password_is_sealed_by_todays_key_when_its_owner_signs_in(
    session: Session, now: datetime, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, index = (bytes([number]) * KEY_BYTES for number in (1, 2, 3))
    monkeypatch.setattr(session, "vault", Vault([old], index))
    person.phone_index = contacts.phone_index(session, contacts.parse_phone(PHONE))
    make.password(session, person, "a hash")
    monkeypatch.setattr(session, "vault", Vault([new, old], index))
    sign_in.sign_in(
        session, now, sign_in.look_up(session, now, HOME, phone=PHONE), HOME, proof=Proof(True), terms=TERMS
    )
    monkeypatch.setattr(session, "vault", Vault([new], index))
    assert sign_in.look_up(session, now, HOME, phone=PHONE).hashed == "a hash"


class TestThePresentPassword:
    """Asked for again of who is signed in: a session that was stolen is not turned into the password by trying."""

    @pytest.fixture
    def row(self, session: Session, now: datetime, person: Person) -> WebSession:
        secret = attempt(session, now)
        assert isinstance(secret, str)
        found = sign_in.find_session(session, now, secret)
        assert found
        return found

    def test_is_asked_for_so_many_times(self, session: Session, now: datetime, row: WebSession) -> None:
        for _ in range(Limits().device):
            wrong = sign_in.prove_again(session, now, row, HOME, matched=False)
            assert wrong == Refusal("password_wrong", field="old")
        locked = Refusal("password_locked", field="old", until=now + timedelta(minutes=15))
        assert sign_in.prove_again(session, now, row, HOME, matched=True) == locked
        with pytest.raises(Refusal, match="password_locked"):
            sign_in.check_again(session, now, row, HOME)
        assert sign_in.prove_again(session, now + timedelta(minutes=15), row, HOME, matched=True) is None

    def test_counts_for_this_session_alone(self, session: Session, now: datetime, row: WebSession) -> None:
        for _ in range(Limits().device):
            sign_in.prove_again(session, now, row, HOME, matched=False)
        assert isinstance(attempt(session, now), str)


def seen(session: Session, now: datetime, role: Role, ago: timedelta) -> WebSession:
    person = make.person(session, role)
    secret = sign_in.open_session(session, now - ago, person, address="", device="", days=14)
    row = sign_in.find_session(session, now - ago, secret)
    assert row
    return row


@pytest.mark.parametrize(
    ("role", "minutes"),
    [(role, 30) for role in (Role.FINANCE, Role.APPROVER, Role.CASHIER, Role.ADMINISTRATOR)]
    + [(role, 12 * 60) for role in (Role.BROKER, Role.REFERRER, Role.RECEPTION, Role.PRINCIPAL)],
)
def test_a_session_ends_where_nobody_uses_it(session: Session, now: datetime, role: Role, minutes: int) -> None:
    row = seen(session, now, role, timedelta(minutes=minutes))
    assert sign_in.why_ended(row, now) is Ended.IDLE
    assert sign_in.why_ended(row, now - timedelta(seconds=1)) is None
    assert sign_in.running_sessions(session, now, row.person) == []
    assert sign_in.running_sessions(session, now - timedelta(seconds=1), row.person) == [row]
    assert sign_in.why_ended(row, now, Idle(money_minutes=minutes + 1, hours=13)) is None, "it is a setting"


def test_who_is_at_work_is_not_shown_out(session: Session, now: datetime) -> None:
    """When a session was last seen is written seldom, and still often enough."""
    row = seen(session, now, Role.CASHIER, timedelta(0))
    at = now
    for _ in range(90):
        at += timedelta(seconds=59)
        assert sign_in.why_ended(row, at) is None
        if not sign_in.seen_lately(row, at):
            row.seen_at = at
    assert not Idle().over(Role.CASHIER, row.seen_at, at + timedelta(minutes=28))


def test_whose_account_was_closed_reads_that_and_not_that_he_was_signed_out(session: Session, now: datetime) -> None:
    row = seen(session, now, Role.RECEPTION, timedelta(0))
    people.deactivate_person(session, SYSTEM, now, row.person)
    session.refresh(row)
    assert row.ended_at
    assert sign_in.why_ended(row, now) is Ended.CLOSED


def test_a_session_ends_with_its_days(session: Session, now: datetime, person: Person) -> None:
    secret = attempt(session, now)
    assert isinstance(secret, str)
    row = sign_in.find_session(session, now, secret)
    assert row
    row.seen_at = end = now + timedelta(days=14)
    assert sign_in.find_session(session, end - timedelta(seconds=1), secret)
    assert sign_in.find_session(session, end, secret) is None
    assert sign_in.session_before(session, end, secret) == (row, Ended.OVER)


@pytest.mark.parametrize(("closed", "code"), [("account", "account_closed"), ("agency", "agency_closed")])
def test_who_knows_the_password_of_a_closed_account_is_told_so(
    session: Session, now: datetime, closed: str, code: str
) -> None:
    broker = make.broker(session, phone="13900005555")
    (broker if closed == "account" else broker.agency).deactivated_at = now
    session.flush()
    wrong, right = (attempt(session, now, phone="13900005555", matched=matched) for matched in (False, True))
    assert (wrong, right) == (Refusal("sign_in_failed"), Refusal(code))
    for _ in range(9):  # and is not locked out by trying on
        assert attempt(session, now, phone="13900005555") == Refusal(code)


def test_failures_and_lock_outs_of_an_account_are_written_down(session: Session, now: datetime, person: Person) -> None:
    fail(session, now, 1, phone="13900006666")  # nobody's
    fail(session, now, LIMITS.here)
    of = select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.subject_id, AuditEntry.address)
    deeds = session.execute(of.order_by(AuditEntry.id)).all()
    refused = ("sign_in_refused", None, person.id, HOME.address)
    assert deeds == [refused] * LIMITS.here + [("sign_in_locked", *refused[1:])]


def test_who_guesses_from_many_places_rings_nobodys_phone(session: Session, now: datetime, person: Person) -> None:
    """Whoever likes can cause lock-outs, many of them and by night: the owner reads of it once a day, in the inbox."""
    for place in (HOME, ELSEWHERE):
        fail(session, now, LIMITS.here, place=place)
    locked = select(func.count()).where(AuditEntry.action == "sign_in_locked")
    assert session.scalar(locked) == 2
    assert session.scalars(select(Event.kind).where(Event.person_id == person.id)).all() == ["sign_in_locked"]
    assert not any(wanted(KINDS["sign_in_locked"], channel, {}) for channel in (Channel.SMS, Channel.MAIL))
    assert wanted(KINDS["sign_in_locked"], Channel.INBOX, {})
