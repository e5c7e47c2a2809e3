"""A number that is left once more: what is agreed to anew, what is stored, and where a day ends (rules 7.2)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import AuditEntry, Consent, Lead, LeadOutcome, Receipt, Referrer, Role
from portal.rules.privacy.consent import CURRENT_VERSION, Purpose
from portal.services import contacts
from portal.services.leads import leads
from portal.services.leads import receipts as lead_receipts
from portal.services.leads.opt_outs import take_answer
from tests import factories as make

PHONE = "13912345678"


@pytest.fixture
def referrer(session: Session) -> Referrer:
    return make.referrer(session)


def leave(session: Session, now: datetime, referrer: Referrer, phone: str = PHONE, progress: str | None = None) -> Lead:
    return leads.leave_lead(
        session,
        now,
        leads.LeftLead(
            code=referrer.code,
            name="王小明",
            phone=phone,
            consent_version=CURRENT_VERSION[Purpose.CONTACT],
            progress_version=progress,
            locale="en",
            address=None,
        ),
    )


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


class TestWhoAgreesAgain:
    @pytest.mark.parametrize("way", ["by the link", "by T"])
    def test_can_be_called_again(self, session: Session, now: datetime, referrer: Referrer, way: str) -> None:
        lead, manager = leave(session, now, referrer), make.person(session, Role.CHANNEL_MANAGER)
        if way == "by T":
            take_answer(session, now + timedelta(hours=1), phone=PHONE, text="T", address=None)
        else:
            leads.withdraw(session, now + timedelta(hours=1), lead, address=None)
        with pytest.raises(Refusal, match="contact_withdrawn"):
            leads.reveal_contact(session, Actor.of(manager), now + timedelta(hours=2), lead)
        assert leave(session, now + timedelta(days=1), referrer) is lead
        assert leads.reveal_contact(session, Actor.of(manager), now + timedelta(days=1), lead)
        assert lead.consent.given_at == now + timedelta(days=1)
        assert lead.touch is not None
        assert lead.touch.protected_until == now + timedelta(days=30), "the touch is not renewed"

    def test_may_let_the_referrer_read_the_name_the_second_time(
        self, session: Session, now: datetime, referrer: Referrer
    ) -> None:
        lead = leave(session, now, referrer)
        assert not lead.may_be_named
        leave(session, now + timedelta(days=1), referrer, progress="1")
        assert lead.may_be_named
        leave(session, now + timedelta(days=2), referrer)
        assert lead.may_be_named, "to leave the box empty takes nothing back"

    def test_ends_all_of_it_by_one_word(self, session: Session, now: datetime, referrer: Referrer) -> None:
        lead = leave(session, now, referrer)
        leave(session, now + timedelta(days=1), referrer, progress="1")
        leads.withdraw(session, now + timedelta(days=2), lead, address=None)
        assert session.scalars(select(Consent.withdrawn_at)).all() == [now + timedelta(days=2)] * 3

    def test_is_written_down(self, session: Session, now: datetime, referrer: Referrer) -> None:
        for days in range(3):
            leave(session, now + timedelta(days=days), referrer)
        deeds = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "leads")).all()
        assert sorted(deeds) == ["lead_left", "lead_left_again", "lead_left_again"]


def test_t_hides_the_surname_as_the_link_does(session: Session, now: datetime, referrer: Referrer) -> None:
    lead = leave(session, now, referrer, progress="1")
    assert leads.friends(session, now, [lead], for_referrer=True)[0].name == "王**"
    take_answer(session, now, phone=PHONE, text="T", address=None)
    assert leads.friends(session, now, [lead], for_referrer=True)[0].name == ""


class TestWhoIsRefused:
    def test_is_stored_once(self, session: Session, now: datetime, referrer: Referrer) -> None:
        own = contacts.open_phone(session, referrer.person).e164
        first = leave(session, now, referrer, own)
        for days in (0, 1, 29):
            assert leave(session, now + timedelta(days=days), referrer, own) is first
        assert (first.outcome, count(session, Lead)) == (LeadOutcome.REFUSED, 1)
        assert leave(session, now + timedelta(days=30), referrer, own) is not first

    def test_is_stored_anew_for_another_cause_or_by_another_referrer(
        self, session: Session, now: datetime, referrer: Referrer
    ) -> None:
        touch = make.touch(session, development=referrer.development)
        phone = contacts.open_phone(session, touch.client).e164
        first = leave(session, now, referrer, phone)
        make.broker(session, phone=phone)
        assert (first.code, leave(session, now, referrer, phone).code) == ("already_known", "lead_is_partner")
        leave(session, now, make.referrer(session, development=referrer.development), phone)
        assert count(session, Lead) == 3

    def test_counts_when_the_cause_is_gone(self, session: Session, now: datetime, referrer: Referrer) -> None:
        touch = make.touch(session, development=referrer.development)
        phone = contacts.open_phone(session, touch.client).e164
        leave(session, now, referrer, phone)
        touch.retired_at = now
        assert leave(session, now, referrer, phone).outcome is LeadOutcome.ACCEPTED


class TestAFriendsReceipt:
    def test_does_not_tell_that_the_number_was_left_before(
        self, session: Session, now: datetime, referrer: Referrer
    ) -> None:
        own = contacts.open_phone(session, referrer.person).e164
        seen = []
        for phone in (PHONE, PHONE, own, own):
            receipt = lead_receipts.latest(session, leave(session, now, referrer, phone)).receipt
            seen.append((receipt.at, receipt.party_id, {**receipt.facts, "client_phone": ""}))
        assert all(one == seen[0] for one in seen)
        numbers = session.scalars(
            select(Receipt.subject_id).where(Receipt.subject_kind == "consents").order_by(Receipt.id)
        ).all()
        assert sorted(set(numbers)) == numbers, "each has a number of its own, in the order of arrival"

    def test_leads_to_what_it_is_of(self, session: Session, now: datetime, referrer: Referrer) -> None:
        lead = leave(session, now, referrer)
        first = lead_receipts.latest(session, lead)
        leave(session, now + timedelta(days=1), referrer)
        second = lead_receipts.latest(session, lead)
        assert first.consent is not second.consent
        for visit in (first, second):
            assert lead_receipts.by_key(session, visit.receipt.key) == visit
        assert lead_receipts.by_key(session, "made-up") is None

    def test_of_before_still_leads_to_its_lead(self, session: Session, now: datetime, referrer: Referrer) -> None:
        lead = leave(session, now, referrer)
        decision = session.scalars(select(Receipt).where(Receipt.subject_kind == "leads")).one()
        visit = lead_receipts.by_key(session, decision.key)
        assert visit is not None
        assert (visit.lead, visit.consent) == (lead, lead.consent)


class TestAReferrersReceipt:
    def test_says_what_was_decided_and_not_of_whom(self, session: Session, now: datetime, referrer: Referrer) -> None:
        lead = leave(session, now, referrer, progress="1")
        (key,) = lead_receipts.keys_of_decisions(session, [lead]).values()
        facts = session.scalars(select(Receipt.facts).where(Receipt.key == key)).one()
        assert (facts["outcome"], facts["rule"]) == ("accepted", "first_contact")
        assert facts["protected_until"]
        assert not facts["client_name"] + facts["client_phone"]
        assert facts["party_name"].endswith("*"), "whose it is, and no homeowner's full name on a public page"


class TestADay:
    def test_has_room_for_so_many_friends_whatever_their_numbers(self, session: Session, now: datetime) -> None:
        development = make.development(session, policy={"lead_daily_limit": 2})
        referrer = make.referrer(session, development=development)
        leave(session, now, referrer)
        leave(session, now, referrer, make.new_phone())
        own = contacts.open_phone(session, referrer.person).e164
        for phone in (make.new_phone(), PHONE, own):
            with pytest.raises(Refusal, match="lead_daily_limit"), session.begin_nested():
                leave(session, now, referrer, phone)
        leave(session, now, make.referrer(session, development=development), make.new_phone())
        leave(session, now + timedelta(days=1), referrer, make.new_phone())

    def test_of_a_programme_has_more(self, session: Session, now: datetime) -> None:
        policy = {"lead_daily_limit": 1, "programme_lead_daily_limit": 3}
        programme = make.programme(session, development=make.development(session, policy=policy))
        for _ in range(3):
            leave(session, now, programme.referrer, make.new_phone())
        with pytest.raises(Refusal, match="lead_daily_limit"), session.begin_nested():
            leave(session, now, programme.referrer, make.new_phone())
