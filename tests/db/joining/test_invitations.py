"""Homeowners who are invited to refer friends: by a list, by text, once, on both databases (rules 7.1)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.sheets.homeowner_file import HomeownerRow, read_homeowners
from portal.adapters.sheets.tables import read_table
from portal.db import Database
from portal.models import Audience, Consent, Development, Invitation, JoinedBy, Joining, Role, TextKind, TextMessage
from portal.rules.messages.quiet_hours import earliest
from portal.services import contacts
from portal.services.joining import homeowner_lists, invitations
from portal.services.joining.homeowner_lists import Homeowner
from portal.services.joining.invitations import InvitationState, state_of
from portal.services.joining.joining import Terms
from portal.services.sweeps import STEPS, Kept
from referral.joining import TERMS_VERSION
from tests import factories as make
from tests.site import refusal

TERMS = Terms(TERMS_VERSION, "zh_Hans_CN")
PHONE, OTHER = "13800008101", "13800008102"


@pytest.fixture
def development(session: Session) -> Development:
    return make.development(session)


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER, name="陆渠道"))


def invite(session: Session, actor: Actor, at: datetime, development: Development, phone: str = PHONE) -> Invitation:
    row = invitations.invite(
        session, actor, at, development, name="王小明", phone=contacts.parse_mobile(phone), home="3-1202"
    )
    assert row is not None
    return row


def told(session: Session) -> dict[str, str]:
    """What the latest text says."""
    row = session.scalars(select(TextMessage).order_by(TextMessage.id.desc()).limit(1)).one()
    said: dict[str, str] = json.loads(contacts.vault_of(session).open_text(row.params_sealed or b"", "text.params"))
    return said


def accept(session: Session, at: datetime, secret: str, terms: Terms = TERMS, name: str = "王小明"):
    return invitations.accept(session, at, secret, name=name, terms=terms, address="192.0.2.1")


def rows(*cells: tuple[str, str, str]) -> list[HomeownerRow]:
    return [HomeownerRow(number, *one) for number, one in enumerate(cells, start=2)]


def test_who_was_invited_joins_by_the_link_once(
    session: Session, now: datetime, development: Development, manager: Actor
) -> None:
    row = invite(session, manager, now, development)
    said = told(session)
    assert (said["development"], said["inviter"]) == (development.name, "陆渠道")
    text = session.scalars(select(TextMessage)).one()
    assert (text.kind, text.next_try_at, text.expires_at) == (TextKind.INVITATION, earliest(now), row.until)
    referrer = accept(session, now, said["token"]).referrer
    assert (referrer.audience, referrer.home, referrer.development_id) == (Audience.HOMEOWNER, "3-1202", development.id)
    joining = session.get_one(Joining, referrer.id)
    assert (joining.way, joining.campaign, joining.terms_version) == (JoinedBy.INVITATION, "sms", TERMS_VERSION)
    assert (row.referrer_id, row.phone_sealed, row.name_sealed) == (referrer.id, None, None)
    assert refusal(lambda: accept(session, now, said["token"])) == "invitation_over"
    assert [(one.name, one.state) for one in invitations.shown(session, now, [row])] == [
        ("王小明", InvitationState.ACCEPTED)
    ]


def test_who_refers_elsewhere_is_invited_and_needs_no_password(
    session: Session, now: datetime, development: Development, manager: Actor
) -> None:
    there = make.referrer(session, person=make.person(session, Role.REFERRER, phone=PHONE))
    found = homeowner_lists.read(session, now, development, rows(("王小明", PHONE, "3-1202")))
    assert homeowner_lists.invite_all(session, manager, now, development, found.good) == 1
    joined = accept(session, now, told(session)["token"])
    assert (joined.link, joined.referrer.person, joined.referrer.home) == (None, there.person, "3-1202")


def test_an_answer_t_says_no_to_all_and_to_what_may_come(
    session: Session, now: datetime, development: Development, manager: Actor
) -> None:
    row = invite(session, manager, now, development)
    assert invitations.take_answer(session, now, phone=PHONE, text="好的", address=None) == 0
    assert invitations.take_answer(session, now, phone=f"+86{PHONE}", text="T", address=None) == 1
    assert state_of(row, now) is InvitationState.DECLINED
    elsewhere = make.development(session)
    found = homeowner_lists.read(session, now, elsewhere, rows(("王小明", PHONE, "")))
    assert [fault.code for fault in found.faults] == ["homeowner_declined"]


ENDS = {
    "made up": (lambda *_: None, "x" * 32),
    "of fourteen days ago": (lambda *_: None, None),
    "taken back": (lambda session, actor, now, row, _: invitations.withdraw(session, actor, now, row), None),
    "declined": (lambda session, _a, now, _r, secret: invitations.decline(session, now, secret, address="::1"), None),
    "sent again": (lambda session, actor, now, row, _: invitations.resend(session, actor, now, row), None),
}


@pytest.mark.parametrize(("end", "typed"), ENDS.values(), ids=ENDS)
def test_a_link_that_is_good_no_longer(
    session: Session, now: datetime, development: Development, manager: Actor, end, typed: str | None
) -> None:
    row = invite(session, manager, now, development)
    secret = told(session)["token"]
    later = now + timedelta(days=13, hours=23)
    assert invitations.find(session, later, secret) is row
    end(session, manager, later, row, secret)
    at = later + timedelta(hours=1) if "made up" not in str(typed) else later
    assert refusal(lambda: invitations.find(session, at, typed or secret)) == "invitation_over"


def test_it_is_sent_three_times_at_most_and_never_soon(
    session: Session, now: datetime, development: Development, manager: Actor
) -> None:
    row = invite(session, manager, now, development)
    day = timedelta(days=1)
    assert refusal(lambda: invitations.resend(session, manager, now + day, row)) == "invitation_just_sent"
    for times in (2, 3):
        invitations.resend(session, manager, now + 20 * day * times, row)
        assert accept_is_open(session, now + 20 * day * times)
    assert refusal(lambda: invitations.resend(session, manager, now + 90 * day, row)) == "invitation_sent_often"
    assert session.scalar(select(func.count()).select_from(TextMessage)) == 3
    invitations.withdraw(session, manager, now + 90 * day, row)
    assert refusal(lambda: invitations.withdraw(session, manager, now, row)) == "invitation_ended"
    assert refusal(lambda: invitations.resend(session, manager, now, row)) == "invitation_ended"


def accept_is_open(session: Session, at: datetime) -> bool:
    return invitations.find(session, at, told(session)["token"]) is not None


def test_a_list_is_told_row_by_row_and_stores_nothing(
    session: Session, now: datetime, development: Development, manager: Actor
) -> None:
    make.referrer(session, person=make.person(session, Role.REFERRER, phone="13800008110"), development=development)
    make.broker(session, phone="13800008111")
    stopped = make.client(session, phone="13800008112")
    said = {"purpose": "contact", "version": "2", "locale": "en", "given_at": now - timedelta(days=2)}
    session.add(Consent(client_id=stopped.id, withdrawn_at=now - timedelta(days=1), **said))
    invite(session, manager, now, development, "13800008113")
    invite(session, manager, now, development, "13800008114")
    invitations.decline(session, now, told(session)["token"], address="::1")
    listed = rows(
        ("王小明", "138 0000 8101", "3-1202"),
        ("王小明", "13800008101", ""),
        ("王", "13800008103", ""),
        ("李四", "0571-88888888", ""),
        ("李四", "123", ""),
        ("=1+1", "13800008104", ""),
        ("李四", "13800008105", "x" * 41),
        ("赵六", "13800008110", ""),
        ("赵六", "13800008111", ""),
        ("赵六", "13800008112", ""),
        ("赵六", "13800008113", ""),
        ("赵六", "13800008114", ""),
        ("欧阳娜", "13800008102", ""),
    )
    found = homeowner_lists.read(session, now, development, listed)
    assert [(one.row, one.masked) for one in found.good] == [(2, "138****8101"), (14, "138****8102")]
    assert [(fault.facts["row"], fault.code) for fault in found.faults] == [
        (3, "homeowner_twice"),
        (4, "joining_name"),
        (5, "phone_not_mobile"),
        (6, "invalid_phone"),
        (7, "homeowner_formula"),
        (8, "homeowner_home_long"),
        (9, "homeowner_refers_already"),
        (10, "homeowner_has_account"),
        (11, "homeowner_said_stop"),
        (12, "homeowner_invited"),
        (13, "homeowner_declined"),
    ]
    sealed = homeowner_lists.seal(session, development, found)
    assert homeowner_lists.unseal(session, development, sealed) == list(found.good)
    other = make.development(session)
    assert refusal(lambda: homeowner_lists.unseal(session, other, sealed)) == "homeowner_list_lost"
    assert session.scalar(select(func.count()).select_from(Invitation)) == 2


def test_a_list_is_invited_once_however_often_it_is_sent(
    session: Session, now: datetime, development: Development, manager: Actor
) -> None:
    people = [Homeowner(2, "王小明", f"+86{PHONE}", ""), Homeowner(3, "李四", f"+86{OTHER}", "2-901")]
    assert homeowner_lists.invite_all(session, manager, now, development, people) == 2
    assert homeowner_lists.invite_all(session, manager, now, development, people) == 0
    later = now + timedelta(days=15)
    assert homeowner_lists.invite_all(session, manager, later, development, people) == 2, "nobody answered"
    row = session.scalars(select(Invitation).order_by(Invitation.id).limit(1)).one()
    assert (row.sent_times, state_of(row, later)) == (2, InvitationState.OPEN)


def test_what_nobody_answered_is_erased(
    session: Session, now: datetime, development: Development, manager: Actor
) -> None:
    row = invite(session, manager, now, development)
    erase = STEPS["invitations"]
    day = timedelta(days=1)
    assert erase(session, now + 44 * day, None, Kept()) == {"invitations_erased": 0}  # type: ignore[arg-type]  # no files
    assert erase(session, now + 45 * day, None, Kept()) == {"invitations_erased": 1}  # type: ignore[arg-type]
    session.refresh(row)
    assert [(one.name, one.phone) for one in invitations.shown(session, now, [row])] == [("", "")]


def test_two_who_invite_one_number_at_once_invite_it_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        here, actor = make.development(session), Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    start = Barrier(2)

    def once() -> int:
        start.wait()
        with database.transaction() as own:
            place = own.get_one(Development, here.id)
            return homeowner_lists.invite_all(own, actor, now, place, [Homeowner(2, "王小明", f"+86{PHONE}", "")])

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda _: once(), range(2))) == [0, 1]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(TextMessage)) == 1


def test_two_who_answer_at_once_answer_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        here, actor = make.development(session), Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        invite(session, actor, now, here)
        secret = told(session)["token"]
    start = Barrier(2)

    def once(yes: bool) -> str:
        start.wait()
        try:
            with database.transaction() as own:
                if yes:
                    accept(own, now, secret)
                else:
                    invitations.decline(own, now, secret, address="::1")
        except Refusal as refused:
            return refused.code
        return "answered"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(once, (True, False))) == ["answered", "invitation_over"]


HEADINGS = {
    "as staff write it": "业主姓名,手机号码,房号\n王小明,13800008101,3-1202\n",
    "in another order": "序号,房号,手机,姓名\n1,3-1202,13800008101,王小明\n",
    "with a title above it": "云栖澜岸业主名单,,\nname,phone,home\n王小明,13800008101,3-1202\n",
}


@pytest.mark.parametrize("text", HEADINGS.values(), ids=HEADINGS)
def test_the_columns_are_found(text: str) -> None:
    (row,) = read_homeowners(read_table(text.encode()))
    assert (row.name, row.phone, row.home) == ("王小明", "13800008101", "3-1202")


BAD = {
    "no heading": ("王小明,13800008101\n", "homeowner_list_heading"),
    "no phones": ("姓名,房号\n王小明,3-1202\n", "homeowner_list_heading"),
    "nobody": ("姓名,手机\n", "homeowner_list_empty"),
    "too many": ("姓名,手机\n" + "王小明,13800008101\n" * 501, "homeowner_list_long"),
}


@pytest.mark.parametrize(("text", "code"), BAD.values(), ids=BAD)
def test_a_list_that_is_none(text: str, code: str) -> None:
    assert refusal(lambda: read_homeowners(read_table(text.encode()))) == code
