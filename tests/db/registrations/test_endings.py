"""Giving a client up and making a protection longer, on both databases: what follows, what is refused, what is told."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.models import AuditEntry, Event, Receipt, Registration, Role
from portal.rules.judgements.judging import judge
from portal.rules.judgements.profile import Profile
from portal.services.claims import receipts
from portal.services.registrations import endings, judgement_facts
from portal.services.registrations import lists as registration_list
from portal.services.registrations.registrations import register_client
from portal.session import Session
from tests import factories as make
from tests.factories.papers import rule_profile
from tests.site import refusal

DAY = timedelta(days=1)
LONGER = Profile(extension_days=7, after_subscription_days=None).to_toml()


@pytest.fixture
def registration(session: Session, now: datetime) -> Registration:
    """A registration of now, in a development whose rules let a protection be made longer."""
    broker = make.broker(session)
    development = make.development(session)
    make.agreement(session, development=development, agency=broker.agency)
    rule_profile(session, development, LONGER)
    facts = {"development_id": development.id, "phone": "13912345678", "name": "王小明"}
    return register_client(session, Actor.of(broker), now, **facts)


def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


def release(session: Session, registration: Registration, now: datetime) -> None:
    endings.release(session, Actor.of(registration.carer), now, registration, "客户已在别处购房")


def told(session: Session, kind: str) -> list[int | None]:
    return list(session.scalars(select(Event.person_id).where(Event.kind == kind)))


def test_a_client_that_is_given_up_is_free_at_once(session: Session, registration: Registration, now: datetime) -> None:
    release(session, registration, now + DAY)
    assert registration_list.state_of(registration, now + DAY) == "released"
    rival = make.broker(session)
    make.agreement(session, development=registration.development, agency=rival.agency)
    facts = {"development_id": registration.development_id, "phone": "13912345678", "name": "王小明"}
    assert register_client(session, Actor.of(rival), now + DAY, **facts).outcome == "accepted"
    assert registration.release is not None
    receipt = receipts.receipt_of(session, registration.release)
    assert (receipt.facts["outcome"], receipt.facts["protected_until"]) == ("released", None)
    assert told(session, "client_released") == [None]


def test_giving_up_renews_nothing_for_the_own_agency(
    session: Session, registration: Registration, now: datetime
) -> None:
    release(session, registration, now + 6 * DAY)
    facts = {"development_id": registration.development_id, "phone": "13912345678", "name": "王小明"}
    colleague = make.broker(session, agency=registration.agency)
    for broker in (registration.broker, colleague):
        refused = register_client(session, Actor.of(broker), now + 6 * DAY, **facts)
        assert refused.code == "given_up_lately"
    assert register_client(session, Actor.of(colleague), now + 7 * DAY, **facts).outcome == "accepted"


def test_it_is_the_carers_to_give_up_and_once(session: Session, registration: Registration, now: datetime) -> None:
    other = Actor.of(make.broker(session))
    assert refusal(lambda: endings.release(session, other, now, registration, "x")) == "not_your_registration"
    release(session, registration, now)
    assert refusal(lambda: release(session, registration, now)) == "release_nothing_held"


def test_a_protection_is_made_longer_once_from_its_end(
    session: Session, registration: Registration, now: datetime
) -> None:
    before = registration.touch.protected_until
    row = endings.extend(session, manager(session), now, registration, days=7, reason="客户出差")
    assert (row.protected_until, registration.touch.protected_until) == (before, before + 7 * DAY)
    assert told(session, "protection_extended") == [registration.broker_id]
    again = refusal(lambda: endings.extend(session, manager(session), now, registration, days=1, reason="x"))
    assert again == "extension_made"
    assert [
        entry.facts["days"]
        for entry in session.scalars(select(AuditEntry).where(AuditEntry.action == "protection_extended"))
    ] == [7]
    assert session.scalars(select(Receipt).where(Receipt.subject_kind == "registration_extensions")).one()


REFUSED = {
    "more than the rules allow": (8, timedelta(), "extension_days_wrong"),
    "after its end": (1, 7 * DAY, "extension_nothing_held"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_made_longer(session: Session, registration: Registration, now: datetime, case: str) -> None:
    days, after, code = REFUSED[case]
    extend = lambda: endings.extend(session, manager(session), now + after, registration, days=days, reason="x")  # noqa: E731
    assert refusal(extend) == code


def test_who_is_kept_out_may_know_that_it_was_made_longer(
    session: Session, registration: Registration, now: datetime
) -> None:
    endings.extend(session, manager(session), now, registration, days=7, reason="客户出差")
    rival = make.broker(session)
    make.agreement(session, development=registration.development, agency=rival.agency)
    facts = {"development_id": registration.development_id, "phone": "13912345678", "name": "王小明"}
    refused = register_client(session, Actor.of(rival), now + 8 * DAY, **facts)
    assert refused.code == "protected_by_other"
    found = endings.of_rival(session, now + 8 * DAY, refused)
    assert found is not None
    assert found.registration_id == registration.id


def test_the_judgement_asked_again_knows_both(session: Session, registration: Registration, now: datetime) -> None:
    endings.extend(session, manager(session), now, registration, days=7, reason="客户出差")
    release(session, registration, now + 9 * DAY)
    facts = judgement_facts.load_client(session, registration.development_id, registration.client_id)
    (one,) = judge(facts.clients[0].touches, Profile.from_toml(LONGER))
    assert one.protected_until == now + 9 * DAY


def test_who_was_refused_for_something_else_learns_of_no_extension(
    session: Session, registration: Registration, now: datetime
) -> None:
    endings.extend(session, manager(session), now, registration, days=7, reason="客户出差")
    stranger = make.broker(session)
    facts = {"development_id": registration.development_id, "phone": "13912345678", "name": "王小明"}
    refused = register_client(session, Actor.of(stranger), now + DAY, **facts)
    assert (refused.code, endings.of_rival(session, now + DAY, refused)) == ("no_agreement", None)
