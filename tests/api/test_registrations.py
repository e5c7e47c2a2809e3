"""Registering clients through the partner API: outcomes, receipts, repetitions, and whose rows they are."""

import json
from base64 import b64decode
from collections.abc import Callable
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access.actor import SYSTEM
from portal.clock import Clock
from portal.crypto import signed_with
from portal.db import Database
from portal.models import ApiAnswer, AuditEntry, Registration
from portal.rules.partner_api.identifiers import Prefix, identifier
from portal.rules.partner_api.keys import Scope
from portal.services.partner_api import keys
from portal.services.partner_api.keys import NewKey
from tests import factories as make
from tests.api.conftest import Partner, System, partner_in
from tests.clock import MovableClock

RIVALS = 16


def test_a_client_is_registered_with_a_signed_receipt(system: System, partner: Partner) -> None:
    answer = system.post("/registrations", partner.client(phone="13800001234"))
    assert answer.status_code == 201
    told = answer.get_json()
    assert (told["outcome"], told["code"], told["state"]) == ("accepted", None, "accepted")
    assert told["client"] == {"name": "周**", "phone": "138****1234"}
    assert told["broker"] == identifier(Prefix.BROKER, partner.principal.id)
    assert told["protected_until"].endswith("Z")
    receipt = told["receipt"]
    proof = system.app.test_client().get(urlsplit(receipt["proof_url"]).path + ".json").get_json()
    assert (proof["signed"], proof["signature"]) == (receipt["signed"], receipt["signature"])
    assert json.loads(receipt["signed"])["facts"]["outcome"] == "accepted"


def test_the_receipt_is_verified_without_asking_us(system: System, partner: Partner) -> None:
    receipt = system.post("/registrations", partner.client()).get_json()["receipt"]
    assert signed_with(b64decode(receipt["public_key"]), receipt["signed"].encode(), b64decode(receipt["signature"]))


def test_a_rival_is_refused_as_an_outcome(
    system: System, system_of: Callable[..., System], partner: Partner, store: Database
) -> None:
    asked = partner.client()
    system.post("/registrations", asked)
    with store.transaction() as session:
        rival = partner_in(session, session.merge(partner.development))
    answer = system_of(rival.agency).post("/registrations", asked)
    told = answer.get_json()
    assert (answer.status_code, told["outcome"], told["code"]) == (201, "refused", "protected_by_other")
    assert told["detail"]
    assert told["try_again_at"] is not None
    assert partner.agency.name not in answer.text


def test_a_client_of_ones_own_is_answered_and_not_renewed(
    system: System, partner: Partner, clock: MovableClock
) -> None:
    asked = partner.client()
    first = system.post("/registrations", asked).get_json()
    clock.move(hours=1)
    again = system.post("/registrations", asked)
    assert (again.status_code, again.get_json()) == (200, first)


def test_a_broker_is_named(system: System, partner: Partner, store: Database) -> None:
    told = system.post("/registrations", partner.client(broker=partner.broker_id)).get_json()
    assert told["broker"] == partner.broker_id
    with store.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "client_registered")).one()
        assert (entry.actor_id, entry.facts["api_key"][:2]) == (partner.broker.id, "门店")


def test_parts_of_a_number_keep_the_place(system: System, partner: Partner) -> None:
    told = system.post("/registrations", partner.client(phone="138****1234")).get_json()
    assert (told["outcome"], told["client"]) == ("provisional", {"name": "周**", "phone": "138****1234"})
    assert system.get(f"/registrations/{told['id']}").get_json() == told


@pytest.mark.parametrize(
    ("given", "status", "code", "pointer"),
    [
        ({"phone": "12345"}, 422, "invalid_phone", "/phone"),
        ({"name": " "}, 422, "api_field_odd", "/name"),
        ({"name": "周\n先生"}, 422, "api_field_odd", "/name"),
        ({"name": "周\u0000"}, 422, "api_field_odd", "/name"),
        ({"name": 7}, 422, "api_field_odd", "/name"),
        ({"phone": None}, 422, "api_field_odd", "/phone"),
        ({"colour": "red"}, 422, "api_field_odd", "/colour"),
        ({"development": "dev_unknown123"}, 422, "api_reference_unknown", "/development"),
        ({"broker": "brk_unknown123"}, 422, "api_reference_unknown", "/broker"),
        ({"happened_at": "yesterday"}, 422, "api_field_odd", "/happened_at"),
    ],
)
def test_what_cannot_be_read_says_where(
    system: System, partner: Partner, given: dict[str, object], status: int, code: str, pointer: str
) -> None:
    answer = system.post("/registrations", partner.client(**given))
    told = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert (told["code"], [one["pointer"] for one in told["errors"]]) == (code, [pointer])
    assert told["type"].endswith(f"/problems/{code}")
    assert system.app.test_client().get(f"/problems/{code}").status_code == 200


def test_what_is_no_json_is_told_apart(system: System, partner: Partner) -> None:
    client, path = system.app.test_client(), "/api/v1/registrations"
    headers = {"Authorization": f"Bearer {system.key}", "Idempotency-Key": "one"}
    plain = client.post(path, data="hello", headers=headers, content_type="text/plain")
    broken = client.post(path, data="{", headers=headers, content_type="application/json")
    huge = client.post(path, data=b" " * (1024 * 1024 + 1), headers=headers, content_type="application/json")
    assert [one.status_code for one in (plain, broken, huge)] == [415, 400, 413]
    assert [one.get_json()["code"] for one in (plain, broken, huge)] == [
        "api_not_json",
        "api_body_odd",
        "api_body_too_large",
    ]


# the same request again


def test_the_same_request_is_done_once_and_answered_byte_for_byte(
    system: System, partner: Partner, store: Database, clock: MovableClock
) -> None:
    asked = partner.client()
    first = system.post("/registrations", asked, again="7c0")
    clock.move(hours=23)
    again = system.post("/registrations", asked, again="7c0")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    with store.reading() as session:
        assert session.scalar(select(func.count(Registration.id))) == 1


def test_another_body_under_the_same_key_is_refused(system: System, partner: Partner) -> None:
    system.post("/registrations", partner.client(), again="7c0")
    answer = system.post("/registrations", partner.client(), again="7c0")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency_key_reused")


def test_without_a_key_it_is_not_done(system: System, partner: Partner) -> None:
    answer = system.app.test_client().post(
        "/api/v1/registrations", json=partner.client(), headers={"Authorization": f"Bearer {system.key}"}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_key_needed")


def test_after_a_day_the_key_is_free(system: System, partner: Partner, clock: MovableClock, store: Database) -> None:
    system.post("/registrations", partner.client(), again="7c0")
    clock.move(hours=24)
    assert system.post("/registrations", partner.client(), again="7c0").status_code == 201
    with store.reading() as session:
        assert session.scalar(select(func.count(ApiAnswer.id))) == 1


def test_two_keys_may_choose_the_same(system: System, system_of: Callable[..., System], partner: Partner) -> None:
    system.post("/registrations", partner.client(), again="7c0")
    other = system_of(partner.agency).post("/registrations", partner.client(), again="7c0")
    assert other.status_code == 201


def test_what_was_refused_was_not_done(system: System, partner: Partner) -> None:
    wrong = system.post("/registrations", partner.client(phone="1"), again="7c0")
    right = system.post("/registrations", partner.client(), again="7c0")
    assert (wrong.status_code, right.status_code) == (422, 201)


# whose rows


def test_another_agencys_registration_is_not_there(
    system: System, system_of: Callable[..., System], partner: Partner, store: Database
) -> None:
    told = system.post("/registrations", partner.client()).get_json()
    with store.transaction() as session:
        rival = partner_in(session)
    other = system_of(rival.agency)
    assert other.get(f"/registrations/{told['id']}").status_code == 404
    assert other.get("/registrations").get_json()["items"] == []
    assert other.get(f"/developments/{partner.development_id}").status_code == 404
    answer = other.post(f"/registrations/{told['id']}/release", {"reason": "…"})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "api_not_found")


def test_a_list_is_read_by_cursors(system: System, partner: Partner) -> None:
    made = [system.post("/registrations", partner.client()).get_json()["id"] for _ in range(3)]
    first = system.get("/registrations?limit=2").get_json()
    rest = system.get(f"/registrations?limit=2&after={first['next_cursor']}").get_json()
    assert [one["id"] for one in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None
    assert system.get("/registrations?state=refused").get_json()["items"] == []
    assert system.get("/registrations?after=reg_nobody1234").get_json()["code"] == "api_cursor_odd"


def test_a_client_is_given_up(system: System, partner: Partner) -> None:
    told = system.post("/registrations", partner.client()).get_json()
    answer = system.post(f"/registrations/{told['id']}/release", {"reason": "客户不买了"})
    assert (answer.status_code, answer.get_json()["state"]) == (200, "released")


def test_several_have_an_outcome_each(system: System, partner: Partner) -> None:
    asked = [partner.client(), partner.client(phone="99"), partner.client(development="dev_unknown123")]
    items = system.post("/registrations/batch", {"registrations": asked}).get_json()["items"]
    assert items[0]["registration"]["outcome"] == "accepted"
    assert [one["problem"]["code"] for one in items[1:]] == ["invalid_phone", "api_reference_unknown"]


# sixteen at once


def test_sixteen_rivals_at_once_and_one_is_accepted(served: Flask, clock: Clock) -> None:
    database: Database = served.extensions["database"]
    systems = []
    with database.transaction() as session:
        place = make.development(session)
        for number in range(RIVALS):
            rival = partner_in(session, place)
            _row, text = keys.make(session, SYSTEM, clock(), rival.agency, NewKey(f"系统{number}", list(Scope)))
            systems.append(System(served, text))
    asked = {"development": identifier(Prefix.DEVELOPMENT, place.id), "phone": "13800001234", "name": "周先生"}
    gate, outcomes = Barrier(RIVALS), []

    def register(system: System) -> None:
        gate.wait()
        outcomes.append(system.post("/registrations", asked).get_json()["outcome"])

    _together([Thread(target=register, args=(system,)) for system in systems])
    assert sorted(outcomes) == ["accepted"] + ["refused"] * (RIVALS - 1)


def test_one_request_sent_many_times_at_once_is_done_once(served: Flask, clock: Clock) -> None:
    database: Database = served.extensions["database"]
    with database.transaction() as session:
        partner = partner_in(session)
        _row, text = keys.make(session, SYSTEM, clock(), partner.agency, NewKey("系统", list(Scope)))
    asked, gate, answers = partner.client(), Barrier(8), []

    def register() -> None:
        gate.wait()
        answers.append(System(served, text).post("/registrations", asked, again="same"))

    _together([Thread(target=register) for _ in range(8)])
    assert {one.status_code for one in answers} <= {201, 409}
    assert len({one.data for one in answers if one.status_code == 201}) == 1
    assert {one.get_json()["code"] for one in answers if one.status_code == 409} <= {"idempotency_key_running"}
    with database.reading() as session:
        assert session.scalar(select(func.count(Registration.id))) == 1


def _together(threads: list[Thread]) -> None:
    for one in threads:
        one.start()
    for one in threads:
        one.join()
