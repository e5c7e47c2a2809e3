"""What an agency's system reads: deals, statements, and what happened; its own and nobody else's."""

from collections.abc import Callable

from sqlalchemy import select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Agreement, Role
from portal.rules.partner_api.identifiers import Prefix, identifier
from portal.rules.partner_api.keys import Mode
from portal.services.notifications import worker
from portal.services.statements import issuing
from tests import factories as make
from tests.api.conftest import Partner, System, partner_in
from tests.clock import MovableClock
from tests.factories.milestones import signed_deal


def sold(store: Database, partner: Partner, clock: MovableClock) -> str:
    """A deal of the agency of last month, in a statement; the deal's identifier."""
    with store.transaction() as session:
        pair = session.scalars(select(Agreement).where(Agreement.agency_id == partner.agency.id)).one()
        finance = make.person(session, Role.FINANCE)
        deal = signed_deal(session, clock.move(days=-20), pair=pair, by=finance)
        clock.move(days=20)
        month = deal.signed_at.strftime("%Y-%m")
        issuing.issue_statement(session, Actor.of(finance), clock(), payee=f"agency:{partner.agency.id}", month=month)
        return identifier(Prefix.DEAL, deal.id)


def test_a_deal_and_what_it_came_to(
    system: System, system_of: Callable[..., System], partner: Partner, store: Database, clock: MovableClock
) -> None:
    deal_id = sold(store, partner, clock)
    deal = system.get(f"/deals/{deal_id}").get_json()
    assert (deal["price"], deal["state"]) == ({"amount_fen": 200_000_000, "currency": "CNY"}, "signed")
    assert set(deal["reached"]) == {"subscribed", "signed"}
    assert [one["id"] for one in system.get("/deals").get_json()["items"]] == [deal_id]
    (statement,) = system.get("/statements").get_json()["items"]
    assert system.get(f"/statements/{statement['id']}").get_json() == statement
    lines = system.get(f"/statements/{statement['id']}/lines").get_json()["items"]
    assert sum(one["amount"]["amount_fen"] for one in lines) == statement["lines_total"]["amount_fen"] > 0
    assert {one["deal"] for one in lines} == {deal_id}
    with store.transaction() as session:
        rival = partner_in(session)
    other = system_of(rival.agency)
    assert [other.get(path).status_code for path in (f"/deals/{deal_id}", f"/statements/{statement['id']}/lines")] == [
        404,
        404,
    ]
    assert other.get("/deals").get_json()["items"] == other.get("/statements").get_json()["items"] == []


def test_what_happened_is_read_in_its_order(
    system: System, partner: Partner, store: Database, clock: MovableClock
) -> None:
    made = [system.post("/registrations", partner.client()).get_json()["id"] for _ in range(3)]
    with store.transaction() as session:
        worker.hand_on(session, clock())
    told = system.get("/events").get_json()
    happened = [one for one in told["items"] if one["type"] == "registration_accepted"]
    assert [one["subject"] for one in happened] == made
    assert happened[0]["url"].endswith(f"/api/v1/registrations/{made[0]}")
    assert [one["sequence"] for one in told["items"]] == list(range(1, told["latest"] + 1))
    assert system.get(f"/events?after={told['latest']}").get_json() == {"items": [], "latest": told["latest"]}
    clock.move(days=31)
    assert system.get("/events").get_json()["items"] == []


def test_nobody_reads_what_another_agency_is_told(
    system_of: Callable[..., System], partner: Partner, system: System, store: Database, clock: MovableClock
) -> None:
    system.post("/registrations", partner.client())
    with store.transaction() as session:
        rival = partner_in(session)
    other = system_of(rival.agency)
    with store.transaction() as session:
        worker.hand_on(session, clock())
    assert {one["type"] for one in other.get("/events").get_json()["items"]} == {"api_key_made"}


def test_a_sandbox_tells_what_happened_in_it(system_of: Callable[..., System], partner: Partner) -> None:
    sandbox = system_of(partner.agency, mode=Mode.TEST)
    garden = {"development": identifier(Prefix.DEVELOPMENT, 1), "phone": "13811112222", "name": "周先生"}
    made = sandbox.post("/registrations", garden).get_json()["id"]
    told = sandbox.get("/events").get_json()["items"]
    assert told[-1]["subject"] == made
