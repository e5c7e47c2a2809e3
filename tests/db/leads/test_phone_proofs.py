"""Numbers above those of a day are shown to be the friend's before they count (rules 7.2)."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import (
    Lead,
    LeadOutcome,
    LeadProof,
    Receipt,
    Referrer,
    Role,
    TextKind,
    TextMessage,
    TouchKind,
    Voucher,
)
from portal.rules.privacy.consent import CURRENT_VERSION, Purpose
from portal.services import contacts
from portal.services.contacts import vault_of
from portal.services.leads import leads, phone_proofs
from portal.services.leads.leads import Origin
from portal.services.registrations import walk_ins
from portal.services.rewards import rewards
from tests import factories as make

PHONE = "13912345678"
HERE, ELSEWHERE = "192.0.2.0/24", "198.51.100.0/24"


@pytest.fixture
def referrer(session: Session) -> Referrer:
    return make.referrer(session, development=make.development(session, policy={"unproven_leads": 0}))


def leave(
    session: Session, now: datetime, referrer: Referrer, phone: str = PHONE, network: str = HERE, *, sends: bool = False
) -> Lead:
    """As the page does it: asked first, then a code goes out, then the number is kept."""
    mark = phone_proofs.network_mark(session, now, network)
    asks = phone_proofs.asks_proof(session, now, referrer, mark)
    if asks and sends:
        phone_proofs.send_code(session, now, referrer.development, phone, network=network)
    return leads.leave_lead(
        session,
        now,
        leads.LeftLead(
            code=referrer.code,
            name="王小明",
            phone=phone,
            consent_version=CURRENT_VERSION[Purpose.CONTACT],
            locale="en",
            address=None,
            origin=Origin(network_mark=mark, asks_proof=asks),
        ),
    )


def texted(session: Session) -> str:
    message = session.scalars(select(TextMessage).where(TextMessage.kind == TextKind.PHONE_CODE)).all()[-1]
    return str(json.loads(vault_of(session).open_text(message.params_sealed or b"", "text.params"))["code"])


def receipts_of(session: Session, lead: Lead) -> list[Receipt]:
    of_lead = Receipt.subject_kind == "leads", Receipt.subject_id == lead.id
    return list(session.scalars(select(Receipt).where(*of_lead)))


class TestTheNumberOfADay:
    @pytest.mark.parametrize("setting", ["unproven_leads", "development_unproven_leads", "network_unproven_leads"])
    def test_comes_as_it_did_and_those_above_wait(self, session: Session, now: datetime, setting: str) -> None:
        referrer = make.referrer(session, development=make.development(session, policy={setting: 2}))
        found = [leave(session, now, referrer, make.new_phone()).outcome for _ in range(3)]
        assert found == [LeadOutcome.ACCEPTED, LeadOutcome.ACCEPTED, LeadOutcome.WAITING]
        tomorrow = leave(session, now + timedelta(days=1), referrer, make.new_phone())
        assert tomorrow.outcome is LeadOutcome.ACCEPTED

    def test_of_a_network_is_of_that_network_on_all_pages(self, session: Session, now: datetime) -> None:
        development = make.development(session, policy={"network_unproven_leads": 1})
        first, second = (make.referrer(session, development=development) for _ in range(2))
        leave(session, now, first, make.new_phone())
        assert leave(session, now, second, make.new_phone()).outcome is LeadOutcome.WAITING
        assert leave(session, now, second, make.new_phone(), ELSEWHERE).outcome is LeadOutcome.ACCEPTED

    def test_of_a_programme_is_its_own(self, session: Session, now: datetime) -> None:
        policy = {"unproven_leads": 0, "programme_unproven_leads": 1}
        stand = make.programme(session, development=make.development(session, policy=policy)).referrer
        found = [leave(session, now, stand, make.new_phone()).outcome for _ in range(2)]
        assert found == [LeadOutcome.ACCEPTED, LeadOutcome.WAITING]

    def test_keeps_no_address(self, session: Session, now: datetime, referrer: Referrer) -> None:
        lead = leave(session, now, referrer)
        assert len(lead.network_mark) == 64
        assert phone_proofs.network_mark(session, now + timedelta(days=1), HERE) != lead.network_mark


class TestWhatWaits:
    def test_holds_no_client_against_who_really_brings_them(
        self, session: Session, now: datetime, referrer: Referrer
    ) -> None:
        lead = leave(session, now, referrer)
        assert (lead.outcome, lead.touch, receipts_of(session, lead)) == (LeadOutcome.WAITING, None, [])
        other = make.touch(session, development=referrer.development, client=lead.client)
        phone_proofs.prove(session, Actor(None, None), now, lead, LeadProof.CODE)
        assert (lead.outcome, lead.code) == (LeadOutcome.REFUSED, "already_known")
        assert other.retired_at is None

    def test_is_one_lead_however_often_it_is_left(self, session: Session, now: datetime, referrer: Referrer) -> None:
        assert leave(session, now, referrer) is leave(session, now + timedelta(hours=1), referrer)

    def test_counts_when_it_is_left_again_on_a_calm_day(self, session: Session, now: datetime) -> None:
        referrer = make.referrer(session, development=make.development(session, policy={"unproven_leads": 1}))
        leave(session, now, referrer, make.new_phone())
        lead = leave(session, now, referrer)
        assert lead.outcome is LeadOutcome.WAITING
        assert leave(session, now + timedelta(days=1), referrer) is lead
        assert (lead.outcome, lead.proof) == (LeadOutcome.ACCEPTED, None)

    def test_tells_nothing_of_the_number(self, session: Session, now: datetime, referrer: Referrer) -> None:
        own = contacts.open_phone(session, referrer.person).e164
        broker = make.new_phone()
        make.broker(session, phone=broker)
        known = contacts.open_phone(session, make.touch(session, development=referrer.development).client).e164
        found = [leave(session, now, referrer, phone) for phone in (PHONE, own, broker, known)]
        assert {(one.outcome, one.code) for one in found} == {(LeadOutcome.WAITING, None)}
        assert {one.step for one in leads.friends(session, now, found, for_referrer=True)} == {"waiting"}


class TestByACode:
    def test_the_lead_counts_from_that_instant(self, session: Session, now: datetime, referrer: Referrer) -> None:
        lead = leave(session, now, referrer, sends=True)
        later = now + timedelta(minutes=2)
        wrong = phone_proofs.try_code(session, later, lead, "1", address=None)
        assert wrong is not None
        assert (wrong.code, lead.outcome) == ("code_wrong", LeadOutcome.WAITING)
        assert phone_proofs.try_code(session, later, lead, texted(session), address="192.0.2.1") is None
        assert lead.touch is not None
        assert (lead.touch.kind, lead.touch.at, lead.proof) == (TouchKind.REFERRAL_LEAD, later, LeadProof.CODE)
        assert [one.facts["outcome"] for one in receipts_of(session, lead)] == ["accepted"]

    def test_a_code_of_another_number_shows_nothing(self, session: Session, now: datetime, referrer: Referrer) -> None:
        leave(session, now, referrer, make.new_phone(), sends=True)
        code = texted(session)
        lead = leave(session, now, referrer)
        refusal = phone_proofs.try_code(session, now, lead, code, address=None)
        assert refusal is not None
        assert refusal.code == "number_code_over"

    def test_a_code_that_is_refused_keeps_the_friend(self, session: Session, now: datetime, referrer: Referrer) -> None:
        leave(session, now, referrer, sends=True)
        refusal = phone_proofs.send_code(session, now, referrer.development, PHONE, network=HERE)
        assert refusal is not None
        assert refusal.code == "code_just_sent"
        assert session.scalar(select(func.count()).select_from(Lead)) == 1

    def test_a_code_that_was_taken_back_meanwhile_does_not_count(
        self, session: Session, now: datetime, referrer: Referrer
    ) -> None:
        lead = leave(session, now, referrer, sends=True)
        referrer.revoked_at = now
        assert phone_proofs.try_code(session, now, lead, texted(session), address=None) is None
        assert (lead.outcome, lead.code, lead.proof) == (LeadOutcome.REFUSED, "invitation_ended", LeadProof.CODE)

    def test_the_gift_of_a_stand_comes_with_the_proof(self, session: Session, now: datetime) -> None:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        development = make.development(session, policy={"programme_unproven_leads": 0})
        stand = make.programme(session, development=development).referrer
        lead = leave(session, now, stand, sends=True)
        given = select(func.count()).select_from(Voucher).where(Voucher.reference.startswith("lead:"))
        before = session.scalar(given)
        phone_proofs.try_code(session, now, lead, texted(session), address=None)
        counted = leave(session, now + timedelta(days=1), stand, make.new_phone())
        assert (before, lead.outcome, counted.outcome) == (0, LeadOutcome.ACCEPTED, LeadOutcome.WAITING)


class TestAtReception:
    def sign_in(self, session: Session, now: datetime, referrer: Referrer, **said: int) -> walk_ins.SignedIn:
        reception = Actor.of(make.person(session, Role.RECEPTION))
        return walk_ins.sign_in_walk_in(
            session, reception, now, development_id=referrer.development_id, phone=PHONE, name="王小明", **said
        )

    def test_who_names_the_referrer_counts_and_has_visited(
        self, session: Session, now: datetime, referrer: Referrer
    ) -> None:
        lead = leave(session, now, referrer)
        with pytest.raises(Refusal, match="visitor_invited"):
            self.sign_in(session, now, referrer)
        with pytest.raises(Refusal, match="visitor_invited"):
            self.sign_in(session, now, referrer, invited_by=lead.id + 1)
        came = self.sign_in(session, now, referrer, invited_by=lead.id)
        assert (came.touch, came.new, lead.proof) == (lead.touch, False, LeadProof.VISIT)
        assert leads.friends(session, now, [lead])[0].step == "visited"

    def test_who_names_nobody_is_a_walk_in(self, session: Session, now: datetime, referrer: Referrer) -> None:
        lead = leave(session, now, referrer)
        came = self.sign_in(session, now, referrer, invited_by=0)
        assert (came.touch.kind, came.new) == (TouchKind.WALK_IN, True)
        assert (lead.outcome, lead.code, lead.proof) == (LeadOutcome.REFUSED, "not_invited", None)

    def test_of_several_the_one_that_is_named(self, session: Session, now: datetime, referrer: Referrer) -> None:
        rival = make.referrer(session, development=referrer.development)
        first, second = leave(session, now, rival), leave(session, now, referrer)
        self.sign_in(session, now, referrer, invited_by=second.id)
        assert (first.code, second.outcome) == ("not_invited", LeadOutcome.ACCEPTED)

    def test_nobody_is_asked_of_what_is_long_past(self, session: Session, now: datetime, referrer: Referrer) -> None:
        leave(session, now, referrer)
        assert self.sign_in(session, now + timedelta(days=30), referrer).new

    def test_a_visit_shows_the_number_of_who_counts_already(self, session: Session, now: datetime) -> None:
        referrer = make.referrer(session)
        lead = leave(session, now, referrer)
        self.sign_in(session, now, referrer)
        session.refresh(lead)
        assert (lead.proof, lead.proven_at) == (LeadProof.VISIT, now)


class TestByACall:
    def test_staff_say_what_was_answered(self, session: Session, now: datetime, referrer: Referrer) -> None:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        first, second = leave(session, now, referrer), leave(session, now, referrer, make.new_phone())
        phone_proofs.confirm(session, manager, now, first)
        phone_proofs.deny(session, manager, now, second)
        assert (first.outcome, first.proof, second.code) == (LeadOutcome.ACCEPTED, LeadProof.CALL, "not_invited")
        for again in (phone_proofs.confirm, phone_proofs.deny):
            for lead in (first, second):
                with pytest.raises(Refusal, match="lead_decided"):
                    again(session, manager, now, lead)
