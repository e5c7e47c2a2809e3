"""Developments, agencies, agreements and plan versions, on both databases."""

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.plan import STANDARD
from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.adapters.papers.documents import Document
from portal.adapters.storage.files import FolderFiles
from portal.clock import local_day
from portal.db import Database
from portal.models import Agency, AuditEntry, PlanVersion, Role
from portal.services.accounts import sign_in
from portal.services.commission import plans
from portal.services.contacts import vault_of
from portal.services.partners import agreements, papers
from portal.services.partners.agreements import AgreementFacts, DevelopmentFacts
from portal.services.partners.papers import Terms
from tests import factories as make

LAKE = DevelopmentFacts("湖畔", "杭州", "西溪路 1 号", "推窗见湖", "#0F5E6E", 30.2592, 120.0884, {"showing_days": 10})


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


def refused(call, *args, **facts) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call(*args, **facts)
    return caught.value


def test_a_development_has_its_name_alone(session: Session, manager: Actor, now: datetime) -> None:
    first = agreements.create_development(session, manager, now, LAKE)
    assert first.policy == {"showing_days": 10}
    taken = Refusal("development_exists", field="name")
    assert refused(agreements.create_development, session, manager, now, LAKE) == taken
    second = agreements.create_development(session, manager, now, replace(LAKE, name="山居"))
    assert refused(agreements.edit_development, session, manager, now, second, LAKE) == taken
    agreements.edit_development(session, manager, now, second, replace(LAKE, name="山居", city="苏州"))
    assert (second.name, second.city) == ("山居", "苏州")
    wrong = replace(LAKE, name="x", policy={"showing_days": -1})
    assert refused(agreements.create_development, session, manager, now, wrong).code == "policy_wrong_value"


def test_an_agency_has_its_name_alone(session: Session, manager: Actor, now: datetime) -> None:
    agreements.create_agency(session, manager, now, name="安居")
    assert refused(agreements.create_agency, session, manager, now, name=" 安居 ").code == "agency_exists"


def test_a_closed_agencys_people_are_out_at_once(session: Session, manager: Actor, now: datetime) -> None:
    broker = make.broker(session)
    secret = sign_in.open_session(session, now, broker, address="", device="", days=1)
    agreements.deactivate_agency(session, manager, now, broker.agency)
    session.expire_all()
    assert sign_in.find_session(session, now, secret) is None
    agreements.reactivate_agency(session, manager, now, broker.agency)
    session.expire_all()
    assert broker.active
    assert sign_in.find_session(session, now, secret) is None


@pytest.fixture
def pair(session: Session) -> AgreementFacts:
    make.plan_version(session)
    development, agency = make.development(session), make.agency(session)
    return AgreementFacts(development.id, agency.id, "standard", date(2026, 3, 1))


def test_a_pair_has_one_agreement_at_a_time(
    session: Session, manager: Actor, now: datetime, pair: AgreementFacts
) -> None:
    first = agreements.make_agreement(session, manager, now, pair)
    exists = Refusal("agreement_exists", field="agency")
    assert refused(agreements.make_agreement, session, manager, now, pair) == exists
    agreements.end_agreement(session, manager, now, first)
    assert agreements.make_agreement(session, manager, now, pair).id != first.id
    unknown = replace(pair, plan_name="none")
    assert refused(agreements.make_agreement, session, manager, now, unknown).code == "no_plan"


def test_what_ran_out_by_its_day_makes_room(
    session: Session, manager: Actor, now: datetime, pair: AgreementFacts
) -> None:
    today = local_day(now)
    starts_on = today - timedelta(days=90)
    ran_out = replace(pair, starts_on=starts_on, terms=Terms(ends_on=today))
    first = agreements.make_agreement(session, manager, now, ran_out)
    second = agreements.make_agreement(session, manager, now, replace(pair, starts_on=today))
    assert (first.ended_at, second.ended_at) == (now, None)
    backwards = replace(pair, terms=Terms(ends_on=pair.starts_on))
    assert refused(agreements.make_agreement, session, manager, now, backwards).code == "agreement_backwards"


def test_papers_are_entered_and_told_of_before_they_end(
    session: Session, manager: Actor, now: datetime, pair: AgreementFacts, tmp_path: Path
) -> None:
    today = local_day(now)
    agency = session.get_one(Agency, pair.agency_id)
    contact = papers.Contact("钱经理", "0571-88886666")
    row = agreements.make_agreement(session, manager, now, replace(pair, terms=Terms("HZ-2026-7", None, contact)))
    assert contact.phone.encode() not in bytes(row.contact_sealed or b"")
    assert papers.contact_of(session, row).masked == "****6666"
    assert papers.reveal_contact(session, manager, now, row) == contact
    assert papers.ending_soon(session, manager, now) == []
    papers.set_terms(session, manager, now, row, Terms("HZ-2026-7", today + timedelta(days=9), contact))
    papers.set_licence(session, manager, now, agency, number="浙杭备 17", ends_on=today)
    principal = Actor.of(make.person(session, Role.PRINCIPAL, agency=agency))
    stranger = Actor.of(make.person(session, Role.PRINCIPAL))
    for actor in (manager, principal):
        told = papers.ending_soon(session, actor, now)
        assert [(one.agreement, one.ending.days_left) for one in told] == [(None, -1), (row, 8)]
    assert papers.ending_soon(session, stranger, now) == []
    files = FolderFiles(tmp_path, vault_of(session))
    paper = papers.add_paper(session, manager, now, files, row, Document(b"%PDF-1 %%EOF", "scan.pdf"))
    assert papers.view_paper(session, principal, now, files, paper) == b"%PDF-1 %%EOF"
    assert [list(papers.papers_of(session, one, row)) for one in (principal, stranger)] == [[paper], []]
    licence_over = replace(pair, development_id=make.development(session).id, starts_on=today)
    assert refused(agreements.make_agreement, session, manager, now, licence_over).code == "licence_ended"
    told = set(session.scalars(select(AuditEntry.action)))
    assert told >= {"agreement_changed", "licence_entered", "partner_paper_added", "partner_paper_seen"}
    agreements.deactivate_agency(session, manager, now, agency)
    session.flush()
    assert papers.ending_soon(session, manager, now) == []


# Plans

RICHER = STANDARD.replace("180", "200")


def test_versions_follow_each_other(session: Session, manager: Actor, now: datetime) -> None:
    past, soon = now - timedelta(days=90), now + timedelta(days=5)
    publish = {"name": "standard", "toml": RICHER}
    first = plans.publish_plan(session, SYSTEM, now, name="standard", toml=STANDARD, effective_from=past)
    second = plans.publish_plan(session, manager, now, **publish, effective_from=soon)
    assert (first.version, second.version) == (1, 2)
    assert plans.in_force(session, "standard", past - timedelta(seconds=1)) is None
    assert plans.in_force(session, "standard", soon - timedelta(seconds=1)) is first
    assert plans.in_force(session, "standard", soon) is second
    assert plans.states(session, now) == {first.id: "published", second.id: "upcoming"}
    assert plans.states(session, soon) == {first.id: "superseded", second.id: "published"}
    assert refused(plans.publish_plan, session, manager, now, **publish, effective_from=past).code == "plan_in_past"


@pytest.mark.parametrize(
    ("toml", "code", "place"),
    [
        (STANDARD.replace("up_to = 10", "up_to = 4"), "plan_tier_overlap", "tiers[2].up_to"),
        (STANDARD.replace("10000", "9000"), "plan_shares", "instalments"),
        (STANDARD.replace('"standard"', '"other"'), "plan_name_differs", "name"),
        (STANDARD.replace('"standard"', f'"{"long" * 11}"'), "plan_name_long", "name"),
        ("tiers = [", "plan_syntax", "line 1, column 10"),
    ],
)
def test_a_broken_plan_is_refused_with_its_place(
    session: Session, manager: Actor, now: datetime, toml: str, code: str, place: str
) -> None:
    refusal = refused(plans.publish_plan, session, manager, now, name="standard", toml=toml, effective_from=now)
    assert (refusal.code, refusal.facts["place"], refusal.facts["field"]) == (code, place, "toml")


def test_racing_publishers_get_numbers_of_their_own(database: Database, now: datetime) -> None:
    start = threading.Barrier(6)

    def publish() -> None:
        start.wait()
        with database.transaction() as own:
            plans.publish_plan(own, SYSTEM, now, name="standard", toml=STANDARD, effective_from=now)

    threads = [threading.Thread(target=publish) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert sorted(session.scalars(select(PlanVersion.version))) == [1, 2, 3, 4, 5, 6]
