"""Stop by "T": from then on the number is not texted, wherever it came from (rules 7.2, 10)."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.models import AuditEntry, Client, CodePurpose, Consent, Lead, PhoneCode, TextKind, TextMessage
from portal.rules.messages.phone_code import MOST
from portal.rules.privacy.consent import CURRENT_VERSION, Purpose
from portal.services.contacts import vault_of
from portal.services.leads import leads, opt_outs
from portal.services.leads.opt_outs import take_answer
from portal.services.messages import texts
from tests import factories as make

PHONE = "13912345678"


def leave(session: Session, now: datetime) -> Lead:
    version = CURRENT_VERSION[Purpose.CONTACT]
    return leads.leave_lead(
        session,
        now,
        leads.LeftLead(
            code=make.referrer(session).code,
            name="王小明",
            phone=PHONE,
            consent_version=version,
            progress_version="1",
            locale="zh_Hans_CN",
            address=None,
        ),
    )


def answer(session: Session, now: datetime, text: str = "T", phone: str = PHONE) -> bool:
    return take_answer(session, now, phone=phone, text=text, address="192.0.2.1")


def text_to(session: Session, now: datetime, client: Client) -> str | None:
    try:
        texts.enqueue(
            session,
            now,
            client.id,
            TextKind.ARRIVAL_CODE,
            {"code": "1"},
            key=str(now),
            expires_at=now + timedelta(hours=1),
        )
    except Refusal as refusal:
        return refusal.code
    return None


def test_after_a_stop_no_text_goes_out_until_it_is_agreed_to_again(session: Session, now: datetime) -> None:
    lead = leave(session, now)
    assert text_to(session, now, lead.client) is None
    assert answer(session, now + timedelta(minutes=1))
    assert text_to(session, now + timedelta(minutes=2), lead.client) == "client_opted_out"
    leave(session, now + timedelta(days=1))
    assert text_to(session, now + timedelta(days=1, minutes=1), lead.client) is None


def test_it_ends_every_consent_of_the_number(session: Session, now: datetime) -> None:
    first, second = leave(session, now), leave(session, now)
    answer(session, now)
    assert first.consent.withdrawn_at == second.consent.withdrawn_at == now
    assert answer(session, now + timedelta(days=1)), "said twice"
    assert first.consent.withdrawn_at == now
    deeds = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "clients")).all()
    assert deeds == ["contact_stopped"]


def test_who_was_never_asked_can_say_stop_too(session: Session, now: datetime) -> None:
    client = make.client(session, phone=PHONE)
    answer(session, now)
    assert text_to(session, now, client) == "client_opted_out"
    kept = session.scalars(select(Consent).where(Consent.client_id == client.id)).one()
    assert kept.given_at == kept.withdrawn_at == now, "it never held"


@pytest.mark.parametrize(("text", "phone"), [("谢谢", PHONE), ("T", "13900000000"), ("T", "10086"), ("T", "x")])
def test_anything_else_changes_nothing(session: Session, now: datetime, text: str, phone: str) -> None:
    lead = leave(session, now)
    assert not answer(session, now, text, phone)
    assert lead.consent.withdrawn_at is None


def test_the_way_out_by_link_hides_the_surname_too(session: Session, now: datetime) -> None:
    lead = leave(session, now)
    assert leads.friends(session, now, [lead], for_referrer=True)[0].name == "王**"
    leads.withdraw(session, now, lead, address=None)
    assert leads.friends(session, now, [lead], for_referrer=True)[0].name == ""
    assert leads.friends(session, now, [lead])[0].name == "王**", "staff still knows whom not to call"


@pytest.mark.parametrize(("contact", "progress", "seen"), [("1", None, "王**"), ("2", None, ""), ("2", "1", "王**")])
def test_the_referrer_reads_a_surname_only_by_consent(
    session: Session, now: datetime, contact: str, progress: str | None, seen: str
) -> None:
    """The first version of the words for contact said so in the same sentence; since then it is asked for by itself."""
    lead = leads.leave_lead(
        session,
        now,
        leads.LeftLead(
            code=make.referrer(session).code,
            name="王小明",
            phone=PHONE,
            consent_version=contact,
            progress_version=progress,
            locale="en",
            address=None,
        ),
    )
    assert leads.friends(session, now, [lead], for_referrer=True)[0].name == seen


def asked(session: Session, now: datetime, phone: str = PHONE) -> opt_outs.Asked:
    return opt_outs.asked_by(
        session, now, opt_outs.ask_code(session, now, phone, owner="桥园置业", network="192.0.2.0/24")
    )


def texted(session: Session) -> str:
    message = session.scalars(select(TextMessage).where(TextMessage.kind == TextKind.PHONE_CODE)).all()[-1]
    return str(json.loads(vault_of(session).open_text(message.params_sealed or b"", "text.params"))["code"])


def test_who_shows_the_number_ends_all_contact_with_it(session: Session, now: datetime) -> None:
    lead = leave(session, now)
    page = asked(session, now)
    assert page.masked == "139****5678"
    wrong = opt_outs.stop_by_code(session, now, page, code="1", owner="", address=None)
    assert wrong is not None
    assert wrong.code == "code_wrong"
    assert lead.consent.withdrawn_at is None
    assert opt_outs.stop_by_code(session, now, page, code=texted(session), owner="", address="192.0.2.1") is None
    assert lead.consent.withdrawn_at == now
    assert text_to(session, now, lead.client) == "client_opted_out"
    deeds = session.scalars(select(AuditEntry.action)).all()
    assert deeds.count("contact_stopped") == 1


def test_a_number_that_we_do_not_know_is_told_the_same(session: Session, now: datetime) -> None:
    page = asked(session, now)
    assert opt_outs.stop_by_code(session, now, page, code=texted(session), owner="", address=None) is None
    assert session.scalar(select(Client)) is None


def test_strangers_do_not_use_it_up_for_others(session: Session, now: datetime) -> None:
    """One network has its number of texts, one phone has its number; all of them together have none."""
    key = vault_of(session)
    strangers = [
        PhoneCode(
            purpose=CodePurpose.OPT_OUT,
            subject_id=0,
            phone_index=key.blind(f"{one}", "test"),
            network=f"10.{one // MOST.a_network}.0.0/24",
            digest="0" * 64,
            issued_at=now,
            tries=0,
        )
        for one in range(20 * MOST.a_network)
    ]
    session.add_all(strangers)
    session.flush()
    assert asked(session, now).masked == "139****5678"
    with pytest.raises(Refusal, match="codes_from_here"):
        opt_outs.ask_code(session, now, "13912345679", owner="", network="10.0.0.0/24")
    later = [now + timedelta(minutes=2 * one) for one in range(1, MOST.a_number)]
    for at in later:
        asked(session, at)
    with pytest.raises(Refusal, match="codes_used_up"):
        asked(session, later[-1] + timedelta(minutes=2))


@pytest.mark.parametrize("token", ["", "made-up", "AAAA"])
def test_an_address_that_is_none_or_old_begins_anew(session: Session, now: datetime, token: str) -> None:
    with pytest.raises(Refusal, match="opt_out_too_late"):
        opt_outs.asked_by(session, now, token)
    good = opt_outs.ask_code(session, now, PHONE, owner="", network="192.0.2.0/24")
    with pytest.raises(Refusal, match="opt_out_too_late"):
        opt_outs.asked_by(session, now + timedelta(hours=1), good)
