"""Who may ask at the partner API, how often, and what he is told when he may not."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.access.actor import SYSTEM
from portal.api import budgets
from portal.db import Database
from portal.models import Agency, ApiCalls, ApiKey, AuditEntry, Person
from portal.rules.partner_api.keys import Mode, Scope
from portal.rules.partner_api.versions import LATEST, VERSIONS
from portal.services.accounts import people
from portal.services.partner_api import keys
from portal.services.partner_api.counting import CALLS
from portal.services.partners import agreements
from portal.web.limits import limiter
from tests.api.conftest import Partner, System
from tests.clock import MovableClock


def test_without_a_key_nothing_is_told(system: System) -> None:
    answer = system.app.test_client().get("/api/v1/registrations")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "api_key_needed")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Basic cGs6", "Bearer", "Bearer pk_live_", "Bearer nonsense", "Bearer pk_live_ä"])
def test_what_is_no_key_opens_nothing(system: System, header: str) -> None:
    answer = system.app.test_client().get("/api/v1/registrations", headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_revoked_key_is_refused_at_once(system: System, store: Database, clock: MovableClock) -> None:
    assert system.get("/registrations").status_code == 200
    with store.transaction() as session:
        keys.revoke(session, SYSTEM, clock(), session.get_one(ApiKey, system.key_id))
    assert system.get("/registrations").get_json()["code"] == "api_key_revoked"


def test_a_key_ends_at_its_instant(system_of: Callable[..., System], partner: Partner, clock: MovableClock) -> None:
    system = system_of(partner.agency, days=1)
    clock.move(hours=23, minutes=59)
    assert system.get("/registrations").status_code == 200
    clock.move(minutes=1)
    assert system.get("/registrations").get_json()["code"] == "api_key_expired"


def test_the_keys_of_a_closed_agency_die(
    system: System, partner: Partner, store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        agreements.deactivate_agency(session, SYSTEM, clock(), session.get_one(Agency, partner.agency.id))
    assert system.get("/registrations").get_json()["code"] == "agency_inactive"


def test_somebody_must_answer_for_them(system: System, partner: Partner, store: Database, clock: MovableClock) -> None:
    with store.transaction() as session:
        people.deactivate_person(session, SYSTEM, clock(), session.get_one(Person, partner.principal.id))
    assert system.get("/registrations").get_json()["code"] == "api_key_without_principal"


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/developments", Scope.DEVELOPMENTS_READ),
        ("/brokers", Scope.BROKERS_READ),
        ("/registrations", Scope.REGISTRATIONS_READ),
    ],
)
def test_a_key_does_what_it_was_made_for(
    system_of: Callable[..., System], partner: Partner, path: str, scope: Scope
) -> None:
    assert system_of(partner.agency, scope).get(path).status_code == 200
    other = system_of(partner.agency, *(one for one in Scope if one is not scope)).get(path)
    assert (other.status_code, other.get_json()["code"]) == (403, "api_scope_missing")


def test_a_key_may_be_bound_to_networks(system: System, store: Database) -> None:
    with store.transaction() as session:
        session.get_one(ApiKey, system.key_id).networks = ["203.0.113.0/24"]
    elsewhere = system.get("/registrations")
    assert (elsewhere.status_code, elsewhere.get_json()["code"]) == (403, "api_key_elsewhere")
    with store.transaction() as session:
        session.get_one(ApiKey, system.key_id).networks = ["203.0.113.0/24", "127.0.0.0/8"]
    assert system.get("/registrations").status_code == 200


def test_the_last_use_is_known(system: System, store: Database, clock: MovableClock) -> None:
    system.get("/registrations").close()
    with store.reading() as session:
        assert session.get_one(ApiKey, system.key_id).last_used_at == clock()


def test_what_a_key_calls_is_counted(
    system_of: Callable[..., System], partner: Partner, store: Database, clock: MovableClock
) -> None:
    live, test = system_of(partner.agency, Scope.DEALS_READ), system_of(partner.agency, mode=Mode.TEST)
    asked = [live.get("/deals"), live.get("/deals?year=1"), live.get("/brokers"), test.get("/deals")]
    asked.append(live.get("/deals", **{"Portal-Version": VERSIONS[0]}))
    assert [one.status_code for one in asked] == [200, 422, 403, 200, 200]
    for one in asked:
        one.close()
    store_counts(live)
    with store.reading() as session:
        rows = session.scalars(select(ApiCalls)).all()
    assert sorted((one.key_id, one.operation, one.version, one.calls, one.refused) for one in rows) == [
        (live.key_id, "listBrokers", LATEST, 1, 1),
        (live.key_id, "listDeals", VERSIONS[0], 1, 0),
        (live.key_id, "listDeals", LATEST, 2, 1),
        (test.key_id, "listDeals", LATEST, 1, 0),
    ]


def store_counts(system: System) -> None:
    """What is written down every few seconds is written down now."""
    system.app.extensions["senders"][CALLS].deliver()


def test_budgets_are_told_and_kept(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    two = replace(budgets.BUDGETS[1], item=budgets.RateLimitItemPerMinute(2))
    monkeypatch.setattr(budgets, "BUDGETS", (two,))
    first, _second, third = (system.get("/registrations") for _ in range(3))
    assert first.headers["RateLimit-Policy"] == '"steady";q=2;w=60'
    assert first.headers["RateLimit"].startswith('"steady";r=1;t=')
    assert not [name for name, _value in first.headers if name.startswith("X-RateLimit")]
    assert (third.status_code, third.get_json()["code"]) == (429, "api_too_often")
    assert 1 <= int(third.headers["Retry-After"]) <= 60
    assert system.get("/brokers").status_code == 200


def test_phones_are_written_to_as_seldom_as_from_the_page(system: System) -> None:
    limiter.reset()
    asked = [system.post("/brokers", {"name": "周文", "phone": "no number"}) for _ in range(21)]
    assert asked[0].headers["RateLimit-Policy"] == '"steady";q=20;w=3600'
    assert [one.status_code for one in (asked[0], asked[19], asked[20])] == [422, 422, 429]


def test_who_tries_keys_is_slowed_down(system: System) -> None:
    limiter.reset()
    tried = [system.app.test_client().get("/api/v1/brokers", headers={"Authorization": "Bearer x"}) for _ in range(61)]
    assert [one.status_code for one in (tried[0], tried[59], tried[60])] == [401, 401, 429]


def test_no_such_address_and_no_such_method(system: System) -> None:
    client = system.app.test_client()
    assert client.get("/api/v1/nothing").get_json()["code"] == "api_not_found"
    wrong = client.delete("/api/v1/registrations")
    assert (wrong.status_code, wrong.get_json()["code"]) == (405, "api_method_not_allowed")
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_every_write_names_the_key(system: System, partner: Partner, store: Database) -> None:
    system.post("/registrations", partner.client(happened_at="2026-03-01T10:00:00+08:00"))
    with store.reading() as session:
        named = (
            session.query(AuditEntry).filter(AuditEntry.action.in_(("client_registered", "evidence_received"))).all()
        )
        name = session.get_one(ApiKey, system.key_id).name
        assert [one.facts["api_key"] for one in named] == [name, name]


def test_the_sentences_come_in_the_readers_language(system: System) -> None:
    chinese = system.get("/registrations?after=x", **{"Accept-Language": "zh"})
    assert chinese.headers["Content-Language"] == "zh-CN"
    assert chinese.get_json()["detail"] != system.get("/registrations?after=x").get_json()["detail"]
