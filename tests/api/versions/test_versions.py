"""Versions of the interface: each keeps its promises, a key keeps its version, and a former one says when it ends."""

import pytest
from flask import Flask

from portal.access.actor import SYSTEM
from portal.api.openapi import document
from portal.clock import Clock
from portal.db import Database
from portal.models import ApiKey
from portal.rules.partner_api.versions import LATEST, VERSIONS
from portal.services.partner_api import keys
from tests.api.conftest import Partner, System
from tests.api.versions.shapes import NEEDED, broken, recorded, shape
from tests.clock import MovableClock

FIRST = VERSIONS[0]
ENDS = "Wed, 01 Dec 2027 16:00:00 GMT"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_keeps_what_it_promised(app: Flask, version: str) -> None:
    with app.app_context():
        today = shape(document("https://portal.example", version))
    assert broken(recorded(version), today) == [], "what breaks callers comes under a new version"
    assert today == recorded(version), "something was added: write it down by python -m tests.api.versions.shapes"


@pytest.mark.parametrize(
    ("gone", "come"),
    [
        ({"DealShown.id: type=string"}, set()),
        ({"DealShown.id: type=string"}, {"DealShown.id: type=integer"}),
        (set(), {f"ReleaseAsked.why: type=string{NEEDED}"}),
        (set(), {f"GET /deals ?year: type=string{NEEDED}"}),
    ],
)
def test_what_breaks_a_caller_is_seen(gone: set[str], come: set[str]) -> None:
    assert broken(recorded(LATEST), (recorded(LATEST) - gone) | come)


def test_what_is_added_breaks_nobody() -> None:
    added = {"DealShown.colour: type=string", f"NewAsked.name: type=string{NEEDED}", "ReleaseAsked.note: type=string"}
    assert broken(recorded(LATEST), recorded(LATEST) | added) == []


def test_a_new_key_is_answered_in_the_latest(system: System) -> None:
    answer = system.get("/brokers")
    assert answer.headers["Portal-Version"] == LATEST
    assert not {"Deprecation", "Sunset"} & set(answer.headers.keys())
    unknown = system.get("/brokers", **{"Portal-Version": "2020-01-01"})
    assert (unknown.status_code, unknown.get_json()["code"]) == (400, "api_version_unknown")


def test_a_former_version_answers_as_before_and_says_when_it_ends(system: System, partner: Partner) -> None:
    asked = {"registrations": [partner.client(), partner.client(phone="99")]}
    now = system.post("/registrations/batch", asked).get_json()["items"]
    answer = system.post("/registrations/batch", asked, **{"Portal-Version": FIRST})
    then = answer.get_json()["items"]
    assert now[1]["problem"]["errors"][0]["pointer"] == "/phone"
    assert then[1]["problem"] == {"code": "invalid_phone", "detail": now[1]["problem"]["detail"], "field": "phone"}
    assert then[0]["registration"] == now[0]["registration"]
    assert answer.headers["Portal-Version"] == FIRST
    assert (answer.headers["Deprecation"], answer.headers["Sunset"]) == ("@1796140800", ENDS)
    assert answer.headers["Link"].endswith('/api/v1/reference#versions>; rel="deprecation"; type="text/html"')


def test_a_repetition_has_the_shape_of_its_first_answer(system: System, partner: Partner) -> None:
    asked = {"registrations": [partner.client(phone="99")]}
    first = system.post("/registrations/batch", asked, again="7c0", **{"Portal-Version": FIRST})
    again = system.post("/registrations/batch", asked, again="7c0")
    assert (again.data, again.headers["Portal-Version"]) == (first.data, FIRST)


def _chosen(store: Database, system: System, version: str, clock: Clock) -> None:
    with store.transaction() as session:
        keys.choose_version(session, SYSTEM, clock(), session.get_one(ApiKey, system.key_id), version)


def test_a_version_that_is_over_is_said_so(system: System, store: Database, clock: MovableClock) -> None:
    _chosen(store, system, FIRST, clock)
    assert system.get("/brokers").headers["Sunset"] == ENDS
    clock.move(days=700)
    over = system.get("/brokers")
    assert (over.status_code, over.get_json()["code"]) == (410, "api_version_over")
    assert system.get("/brokers", **{"Portal-Version": LATEST}).status_code == 200


def test_each_version_has_its_document(app: Flask) -> None:
    asked = {name: app.test_client().get(f"/api/v1/openapi.json?version={name}") for name in (FIRST, "2020-01-01")}
    assert asked[FIRST].get_json()["info"]["version"] == FIRST
    assert asked["2020-01-01"].get_json()["code"] == "api_version_unknown"
