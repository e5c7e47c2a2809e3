"""What an agency's system reads of its agreements, and whose accounts it opens and closes."""

from sqlalchemy import select

from portal.db import Database
from portal.models import AuditEntry, Person
from portal.rules.partner_api.identifiers import Prefix, identifier
from tests import factories as make
from tests.api.conftest import Partner, System


def test_agreements_with_their_plan_and_rules(system: System, partner: Partner, store: Database) -> None:
    with store.transaction() as session:
        make.plan_version(session)
    (bare,) = system.get("/agreements").get_json()["items"]
    assert (bare["development"], bare["state"]) == (partner.development_id, "active")
    full = system.get(f"/agreements/{bare['id']}?expand=development,plan").get_json()
    assert full["development"]["rules"]["showing_days"] == 7
    assert full["plan"]["id"] == bare["plan"]
    assert system.get(f"/plans/{bare['plan']}").get_json() == full["plan"]
    tiers = [(one["from_rank"], one["up_to_rank"], one["rate_bps"]) for one in full["plan"]["tiers"]]
    assert tiers == [(1, 5, 180), (6, 10, 250), (11, None, 300)]
    assert [one["id"] for one in system.get("/plans").get_json()["items"]] == [bare["plan"]]


def test_a_registration_is_shown_with_what_hangs_on_it(system: System, partner: Partner) -> None:
    made = system.post("/registrations", partner.client(broker=partner.broker_id)).get_json()["id"]
    told = system.get(f"/registrations/{made}?expand=broker,development").get_json()
    assert (told["broker"]["id"], told["development"]["id"]) == (partner.broker_id, partner.development_id)
    assert system.get("/registrations?expand=broker").get_json()["items"][0]["broker"]["name"] == partner.broker.name


def test_a_broker_comes_and_leaves(system: System, store: Database) -> None:
    answer = system.post("/brokers", {"name": "周文", "phone": make.new_phone()})
    told = answer.get_json()
    assert (answer.status_code, told["name"], told["role"], told["active"]) == (201, "周文", "broker", True)
    closed = system.post(f"/brokers/{told['id']}/deactivate", None).get_json()
    assert closed["active"] is False
    assert system.post(f"/brokers/{told['id']}/deactivate", None).get_json() == closed
    with store.reading() as session:
        deeds = set(session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "people")))
        assert deeds >= {"person_created", "person_deactivated"}


def test_a_number_that_has_an_account_is_refused_in_one_sentence(
    system: System, partner: Partner, store: Database
) -> None:
    phone = make.new_phone()
    with store.transaction() as session:
        make.broker(session, phone=phone)
    answer = system.post("/brokers", {"name": "周文", "phone": phone})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "phone_not_invitable")
    with store.reading() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "invitation_refused")).one()
        assert session.scalars(select(Person.name).where(Person.name == "周文")).all() == []


def test_nobody_closes_the_principal(system: System, partner: Partner) -> None:
    principal = identifier(Prefix.BROKER, partner.principal.id)
    assert system.post(f"/brokers/{principal}/deactivate", None).get_json()["code"] == "api_not_found"
