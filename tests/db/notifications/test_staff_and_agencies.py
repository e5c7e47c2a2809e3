"""Accounts, agreements, plans, faces and queues: who learns of what."""

from dataclasses import fields
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from commissions.plan import STANDARD
from portal.access.actor import SYSTEM, Actor
from portal.models import AppealOutcome, Decision, Person, Role
from portal.services.accounts import account_changes, account_proposals, people
from portal.services.commission import plan_drafts
from portal.services.partners import agreements
from portal.services.penalties import appeals, reviews
from portal.services.posters import own_lines
from portal.services.showings import capture_requests
from tests import factories as make
from tests.db.notifications.test_handing_on import subjects, told
from tests.factories.posters import poster_line
from tests.site import Site


def staff(session: Session, role: Role) -> tuple[Person, Actor]:
    person = make.person(session, role)
    return person, Actor.of(person)


def test_an_account_change_waits_and_its_proposer_learns_the_outcome(session: Session, now: datetime) -> None:
    (first, proposer), (second, decider) = (staff(session, Role.ADMINISTRATOR) for _ in range(2))
    cashier = make.person(session, Role.CASHIER)
    row = account_proposals.propose_link(session, proposer, now, cashier)
    told(session, now)
    assert (subjects(session, first), subjects(session, second)) == ([], ["account_change_waits"])
    account_proposals.refuse(session, decider, now, row, "他在休假")
    told(session, now)
    assert subjects(session, first) == ["account_change_decided"]
    assert subjects(session, cashier) == []


def test_what_is_done_to_an_account_its_owner_learns_even_if_he_did_it(session: Session, now: datetime) -> None:
    broker = make.broker(session)
    people.change_phone(session, Actor.of(broker), now, broker, "13812345670")
    people.make_link(session, SYSTEM, now, broker)
    told(session, now)
    assert subjects(session, broker) == ["phone_changed", "password_link_made"]


def test_who_changes_agencies_is_told_and_so_are_both_principals(session: Session, now: datetime) -> None:
    broker, manager = make.broker(session), staff(session, Role.ADMINISTRATOR)[1]
    former = make.person(session, Role.PRINCIPAL, agency=broker.agency)
    next_one = make.person(session, Role.PRINCIPAL)
    facts = account_changes.AccountFacts(broker.name, agency_id=next_one.agency_id)
    account_changes.change_account(session, manager, now, broker, facts, reason="换公司")
    told(session, now)
    assert subjects(session, former) == ["colleague_left"]
    assert subjects(session, next_one) == ["colleague_joined"]
    assert subjects(session, broker) == ["colleague_joined"]


def test_principals_learn_of_agreements_and_of_changed_rules(session: Session, now: datetime) -> None:
    agreement = make.agreement(session)
    principal, other = (
        make.person(session, Role.PRINCIPAL, agency=agreement.agency),
        make.person(session, Role.PRINCIPAL),
    )
    (_, manager), (colleague, _) = staff(session, Role.CHANNEL_MANAGER), staff(session, Role.CHANNEL_MANAGER)
    development = agreement.development
    known = {field.name: getattr(development, field.name) for field in fields(agreements.DevelopmentFacts)}
    facts = agreements.DevelopmentFacts(**known | {"policy": {**development.policy, "showing_days": 5}})
    agreements.edit_development(session, manager, now, development, facts)
    agreements.end_agreement(session, manager, now, agreement)
    told(session, now)
    assert subjects(session, principal) == ["development_rules_changed", "agreement_ended"]
    assert subjects(session, colleague) == ["agreement_ended"]
    assert subjects(session, other) == []


def test_a_draft_waits_for_another_and_its_plan_is_told_to_whom_it_binds(session: Session, now: datetime) -> None:
    agreement = make.agreement(session)
    principal = make.person(session, Role.PRINCIPAL, agency=agreement.agency)
    (proposer, proposing), (publisher, publishing) = (staff(session, Role.CHANNEL_MANAGER) for _ in range(2))
    later = now + timedelta(days=9)
    draft = plan_drafts.propose_plan(session, proposing, now, toml=STANDARD, effective_from=later)
    told(session, now)
    assert subjects(session, publisher) == ["plan_draft_waits"]
    plan_drafts.publish_draft(session, publishing, now, draft)
    told(session, now)
    assert subjects(session, proposer) == ["plan_published"]
    assert subjects(session, principal) == ["new_plan_for_agency"]


DECISIONS = {
    "genuine": (Decision.GENUINE, ["showing_verified"]),
    "nobody can tell": (Decision.INCONCLUSIVE, ["showing_not_counted"]),
    "fake": (Decision.FAKE, ["strike_confirmed"]),
}


@pytest.mark.parametrize(("decision", "expected"), DECISIONS.values(), ids=DECISIONS)
def test_a_broker_learns_what_became_of_his_showing(site: Site, decision: Decision, expected: list[str]) -> None:
    showing = make.showing(site.session, touch=site.register().touch, at=site.now)
    _, reception = staff(site.session, Role.RECEPTION)
    reviews.review_showing(site.session, reception, site.now, showing, decision=decision, reason="看过照片")
    told(site.session, site.now)
    assert [kind for kind in subjects(site.session, site.broker) if not kind.startswith("(")] == expected


def test_a_photo_that_is_asked_for_and_an_appeal_reach_who_must_act(site: Site) -> None:
    session, broker = site.session, site.broker
    showing = make.showing(session, touch=site.register().touch, at=site.now)
    (_, deciding), (_, reception) = staff(session, Role.CHANNEL_MANAGER), staff(session, Role.RECEPTION)
    capture_requests.ask_for_capture(session, reception, site.now, showing, reason="太暗", within=timedelta(hours=1))
    strike = make.strike(session, showing=showing)
    appeal = make.appeal(session, strike=strike)
    appeals.decide_appeal(session, deciding, site.now, appeal, outcome=AppealOutcome.REJECTED, reason="照片是旧的")
    told(session, site.now)
    assert [kind for kind in subjects(session, broker) if not kind.startswith("(")] == [
        "photo_asked_for",
        "appeal_rejected",
    ]


@pytest.mark.parametrize("outcome", ["poster_line_approved", "poster_line_refused"])
def test_a_referrer_learns_what_became_of_his_line(session: Session, now: datetime, outcome: str) -> None:
    referrer = make.referrer(session)
    reader, reading = staff(session, Role.CHANNEL_MANAGER)
    line = poster_line(session, by=referrer.person)
    if outcome == "poster_line_approved":
        own_lines.approve(session, reading, now, line)
    else:
        own_lines.refuse(session, reading, now, line, "请写得具体一些")
    told(session, now)
    assert subjects(session, referrer.person) == [outcome]
    assert subjects(session, reader) == []
