"""How a buyer is known as a company's employee, on both databases (rules 7.3)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import AuditEntry, CheckedBy, EmployeeCheck, Lead, Mail, Programme, ProgrammeEmployee, Role
from portal.rules.privacy.consent import CURRENT_VERSION, Purpose
from portal.services import contacts
from portal.services.leads import leads
from portal.services.programmes import employee_checks, employee_lists, work_mails
from referral.employee import parse_address
from tests import factories as make

KEY = b"a key of sixteen bytes or more"
WANG, LIN = "13912345678", "13912345679"


def come(session: Session, now: datetime, programme: Programme, phone: str = WANG, name: str = "王小明") -> Lead:
    """Leave a number on the company's page."""
    return leads.leave_lead(
        session,
        now,
        leads.LeftLead(
            code=programme.referrer.code,
            name=name,
            phone=phone,
            consent_version=CURRENT_VERSION[Purpose.CONTACT],
            locale="zh_Hans_CN",
            address=None,
        ),
    )


def looked_at(session: Session, programme: Programme, data: bytes) -> employee_lists.EmployeeList:
    return employee_lists.read(session, programme, employee_lists.open_file(data))


@dataclass(frozen=True, slots=True)
class Office:
    """A company, a lead of it, and who may confirm by hand."""

    session: Session
    now: datetime
    programme: Programme
    lead: Lead
    reception: Actor

    def token(self, typed: str = "wang@acme.example", lead: Lead | None = None) -> str:
        address = employee_checks.address_of(self.programme, typed)
        return work_mails.token_for(self.session, self.now, lead or self.lead, address, KEY)

    def confirm(self, token: str, after: timedelta = timedelta()) -> EmployeeCheck:
        return work_mails.confirm(self.session, self.now + after, token, KEY, address="192.0.2.1")

    def takes_over(self, table: str) -> int:
        found = looked_at(self.session, self.programme, table.encode())
        sealed = employee_lists.seal(self.session, self.programme, found)
        seen = employee_lists.unseal(self.session, self.programme, sealed)
        return employee_lists.replace(self.session, self.reception, self.now, self.programme, seen)

    def holds(self, lead: Lead | None = None) -> CheckedBy | None:
        standing = employee_checks.of_lead(self.session, lead or self.lead)
        assert standing is not None
        return None if standing.holds is None else standing.holds.way


@pytest.fixture
def office(session: Session, now: datetime) -> Office:
    programme = make.company(session)
    reception = Actor.of(make.person(session, Role.RECEPTION))
    return Office(session, now, programme, come(session, now, programme), reception)


def refused(deed: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        deed()
    return caught.value.code


class TestByMail:
    def test_the_link_proves_its_reader_once(self, office: Office) -> None:
        token = office.token()
        check = office.confirm(token)
        assert office.confirm(token, timedelta(hours=1)) is check
        assert (office.holds(), check.at) == (CheckedBy.MAIL, office.now)
        deeds = select(AuditEntry).where(AuditEntry.action == "employee_checked")
        assert len(office.session.scalars(deeds).all()) == 1

    def test_an_address_proves_one_client(self, office: Office) -> None:
        other = come(office.session, office.now, office.programme, LIN)
        office.confirm(office.token())
        for same in ("wang@acme.example", "WANG+home@acme.example"):
            token = office.token(same, other)
            assert refused(lambda token=token: office.confirm(token)) == "work_email_used"
        assert office.holds(other) is None

    def test_a_link_ends_and_cannot_be_made_up(self, office: Office) -> None:
        token = office.token()
        assert refused(lambda: office.confirm(token, timedelta(hours=72))) == "link_expired"
        assert refused(lambda: office.confirm(token[:-1] + "x")) == "link_invalid"
        assert office.confirm(token, timedelta(hours=71)).way is CheckedBy.MAIL

    def test_three_mails_a_day(self, office: Office) -> None:
        address = employee_checks.address_of(office.programme, "wang@acme.example")

        def send(at: datetime) -> None:
            work_mails.send_link(office.session, at, office.lead, address, link="https://x.test", locale="en")

        for _ in range(3):
            send(office.now)
        assert refused(lambda: send(office.now)) == "work_mails_used_up"
        send(office.now + timedelta(days=1))

    def test_who_said_stop_gets_no_mail_not_even_one_that_waits(self, office: Office) -> None:
        address = employee_checks.address_of(office.programme, "wang@acme.example")

        def send() -> None:
            work_mails.send_link(office.session, office.now, office.lead, address, link="https://x.test", locale="en")

        send()
        leads.withdraw(office.session, office.now, office.lead, address=None)
        mail = office.session.scalars(select(Mail)).one()
        assert (mail.given_up_at, mail.failure, mail.to_sealed) == (office.now, "opted_out", None)
        assert refused(send) == "work_opted_out"

    def test_nothing_is_proven_where_a_programme_is_over_or_a_domain_gone(self, office: Office) -> None:
        token = office.token()
        office.programme.domains = []
        assert refused(lambda: office.confirm(token)) == "work_domain_gone"
        office.programme.referrer.revoked_at = office.now
        assert refused(lambda: office.confirm(token)) == "offer_over"
        address = parse_address("wang@acme.example", ["acme.example"])
        assert (
            refused(
                lambda: work_mails.send_link(office.session, office.now, office.lead, address, link="", locale="en")
            )
            == "offer_over"
        )

    def test_what_is_kept_says_nothing(self, office: Office) -> None:
        """Neither the address nor the number stands in the rows, and another programme's mark of it is another."""
        check = office.confirm(office.token())
        office.takes_over(f"手机,工号,姓名\n{WANG},A0042,王小明\n")
        marks = office.session.scalars(select(ProgrammeEmployee.mark)).all()
        assert not [mark for mark in (*marks, check.mark) for part in ("wang", WANG, "0042", "王") if part in str(mark)]
        elsewhere = make.company(office.session)
        address = employee_checks.address_of(elsewhere, "wang@acme.example")
        assert employee_checks.mail_marks(office.session, elsewhere.referrer_id, address) != [check.mark]
        facts = office.session.scalars(select(AuditEntry.facts)).all()
        assert "wang" not in str(facts)
        assert office.session.scalars(select(Mail)).all() == []


class TestByList:
    def test_by_phone_at_once(self, office: Office) -> None:
        office.takes_over("手机号\n+86 139 1234 5678\n13912345679\n")
        assert office.holds() is CheckedBy.LIST, "who waited is looked up on a new list"
        later = come(office.session, office.now, office.programme, LIN)
        assert employee_checks.look_up(office.session, office.now, later) is not None

    def test_by_staff_number_and_name(self, office: Office) -> None:
        assert office.takes_over("Staff No.,Name\na0042,王 小明\n") == 0
        for number in ("", "a004"):
            assert employee_checks.look_up(office.session, office.now, office.lead, staff_number=number) is None
        assert employee_checks.look_up(office.session, office.now, office.lead, staff_number="Ａ0042") is not None

    def test_an_entry_proves_one_client(self, office: Office) -> None:
        office.takes_over("工号,姓名\n42,王小明\n")
        other = come(office.session, office.now, office.programme, LIN)
        assert employee_checks.look_up(office.session, office.now, office.lead, staff_number="42") is not None
        assert employee_checks.look_up(office.session, office.now, other, staff_number="42") is None

    def test_what_changed_since_one_looked_is_not_replaced(self, office: Office) -> None:
        found = looked_at(office.session, office.programme, f"手机\n{WANG}\n".encode())
        seen = employee_lists.Seen(found.marks)
        office.takes_over(f"手机\n{LIN}\n")
        replace = lambda: employee_lists.replace(  # noqa: E731 - said twice below
            office.session, office.reception, office.now, office.programme, seen
        )
        assert refused(replace) == "employee_list_changed"
        assert office.holds() is None
        office.takes_over(f"手机\n{WANG}\n")
        assert replace() == 0, "it was taken over already"

    def test_a_new_list_replaces_the_old_and_leaves_checks(self, office: Office) -> None:
        office.takes_over(f"手机\n{WANG}\n")
        office.takes_over(f"手机\n{LIN}\n")
        assert employee_lists.kept(office.session, office.programme).entries == 1
        assert office.holds() is CheckedBy.LIST

    def test_is_told_in_full_before_it_counts(self, office: Office) -> None:
        table = f"员工名单\n姓名,工号,手机\n王小明,42,{WANG}\n王小明,42,{WANG}\n林一,,12\n林二,,\n=1+1,7,\n"
        found = looked_at(office.session, office.programme, table.encode())
        assert (found.rows, found.twice, len(found.marks)) == (2, 1, 2)
        assert [(fault.code, fault.facts["row"]) for fault in found.faults] == [
            ("employee_row_phone", 5),
            ("employee_row_incomplete", 6),
            ("employee_row_formula", 7),
        ]
        sealed = employee_lists.seal(office.session, office.programme, found)
        assert employee_lists.unseal(office.session, office.programme, sealed).marks == found.marks
        other = make.company(office.session)
        assert refused(lambda: employee_lists.unseal(office.session, other, sealed)) == "employee_list_lost"
        assert employee_lists.kept(office.session, office.programme).entries == 0

    @pytest.mark.parametrize(
        ("table", "code"),
        [
            ("部门,职位\n销售,经理\n", "employee_list_heading"),
            ("手机\n", "employee_list_empty"),
            ("手机\n12\n", "employee_list_unreadable"),
            ("手机\n" + f"{WANG}\n" * 5_001, "employee_list_long"),
            ("\0", "table_kind"),
        ],
    )
    def test_a_list_that_is_none_is_refused(self, office: Office, table: str, code: str) -> None:
        assert refused(lambda: looked_at(office.session, office.programme, table.encode())) == code


class TestByAPerson:
    def test_with_a_reason(self, office: Office) -> None:
        def confirm(reason: str) -> EmployeeCheck:
            return employee_checks.confirm_by_hand(
                office.session, office.reception, office.now, office.lead, reason=reason
            )

        assert refused(lambda: confirm(" ")) == "check_reason_needed"
        check = confirm("看过工牌")
        assert (check.by_id, check.reason, check.mark) == (office.reception.id, "看过工牌", None)
        assert confirm("又看了一次") is check

    def test_what_was_taken_back_proves_nobody_again_but_a_person_can(self, office: Office) -> None:
        token = office.token()
        check = office.confirm(token)
        take_back = lambda: employee_checks.revoke(  # noqa: E731 - said twice below
            office.session, office.reception, office.now, check, reason="已离职"
        )
        take_back()
        assert refused(take_back) == "check_revoked_before"
        assert office.holds() is None
        assert refused(lambda: office.confirm(token)) == "work_email_used"
        other = come(office.session, office.now, office.programme, LIN)
        assert office.confirm(office.token(lead=other)).client_id == other.client_id, "the address is free again"
        again = employee_checks.confirm_by_hand(
            office.session, office.reception, office.now, office.lead, reason="在职证明"
        )
        standing = employee_checks.of_lead(office.session, office.lead)
        assert standing is not None
        assert [row.id for row in standing.checks] == [again.id, check.id]

    def test_a_check_that_was_taken_back_is_not_undone_by_another_address_or_the_list(self, office: Office) -> None:
        check = office.confirm(office.token())
        employee_checks.revoke(office.session, office.reception, office.now, check, reason="工牌是假的")
        token = office.token("wang.alias@acme.example")
        assert refused(lambda: office.confirm(token)) == "work_email_used"
        assert office.takes_over(f"手机\n{WANG}\n") == 0
        assert office.holds() is None
        employee_checks.confirm_by_hand(office.session, office.reception, office.now, office.lead, reason="在职证明")
        assert office.confirm(token).way is CheckedBy.PERSON

    def test_only_for_a_lead_of_a_company_that_counts(self, office: Office) -> None:
        touch = make.touch(office.session, development=office.lead.development)
        phone = contacts.open_phone(office.session, touch.client).e164
        lost = come(office.session, office.now, office.programme, phone)
        stand = come(office.session, office.now, make.programme(office.session), LIN)
        for lead in (lost, stand):
            assert (
                refused(
                    lambda lead=lead: employee_checks.confirm_by_hand(
                        office.session, office.reception, office.now, lead, reason="看过工牌"
                    )
                )
                == "lead_not_counted"
            )


def test_of_two_clients_who_confirm_by_one_address_at_once_one_does(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        programme = make.company(session)
        address = employee_checks.address_of(programme, "wang@acme.example")
        came = [come(session, now, programme, phone) for phone in (WANG, LIN)]
        tokens = [work_mails.token_for(session, now, lead, address, KEY) for lead in came]
    ready = Barrier(4)

    def confirm(token: str) -> str:
        ready.wait(10)
        try:
            with database.transaction() as session:
                return str(work_mails.confirm(session, now, token, KEY, address=None).client_id)
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as hands:
        answers = list(hands.map(confirm, tokens * 2))
    assert sorted(answers).count("work_email_used") == 2
    assert len(set(answers) - {"work_email_used"}) == 1
    with database.reading() as session:
        assert len(session.scalars(select(EmployeeCheck)).all()) == 1


def test_a_check_taken_back_while_another_address_confirms_stays_taken_back(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        programme = make.company(session)
        lead = come(session, now, programme)
        addresses = [employee_checks.address_of(programme, f"{name}@acme.example") for name in ("wang", "lin")]
        tokens = [work_mails.token_for(session, now, lead, address, KEY) for address in addresses]
        check_id = work_mails.confirm(session, now, tokens[0], KEY, address=None).id
        reception = Actor.of(make.person(session, Role.RECEPTION))

    def confirm() -> None:
        with suppress(Refusal), database.transaction() as session:
            work_mails.confirm(session, now, tokens[1], KEY, address=None)

    with ThreadPoolExecutor(1) as hand:
        with database.transaction() as session:
            employee_checks.revoke(session, reception, now, session.get_one(EmployeeCheck, check_id), reason="认错人")
            confirming = hand.submit(confirm)
            assert not wait([confirming], timeout=0.5).done, "it waits for who takes the check back"
        confirming.result()
    with database.reading() as session:
        assert session.scalars(select(EmployeeCheck.id).where(EmployeeCheck.revoked_at.is_(None))).all() == []
