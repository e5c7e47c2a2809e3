"""The document of the API (OpenAPI): valid, complete, and true of every answer, on both databases."""

import re
from typing import Any

import pytest
from flask import Flask

from portal.access.actor import SYSTEM
from portal.api.operations import OPERATIONS
from portal.clock import Clock
from portal.db import Database
from portal.rules.partner_api.keys import Scope
from portal.services.partner_api import keys
from portal.services.partner_api.keys import NewKey
from tests.api.conftest import System, partner_in
from tests.web.client import PageClient


@pytest.fixture
def told(app: Flask) -> dict[str, Any]:
    """The document as it is served."""
    found: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return found


def test_the_document_is_valid(told: dict[str, Any]) -> None:
    from openapi_spec_validator import validate  # as below

    validate(told)


def test_every_operation_is_in_it(app: Flask, told: dict[str, Any]) -> None:
    named = {one["operationId"] for methods in told["paths"].values() for one in methods.values()}
    routes = {
        rule.endpoint.rpartition(".")[2] for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.api_")
    }
    assert named == set(OPERATIONS) == routes


def test_every_body_has_an_example_that_fits() -> None:
    for one in OPERATIONS.values():
        if one.body is not None:
            one.body.model_validate(dict(one.example))


def test_every_code_that_is_named_has_its_page(app: Flask, told: dict[str, Any]) -> None:
    named = set(re.findall(r"`(\w+)`", str(told["components"]["responses"]))) | {
        code for one in OPERATIONS.values() for code in one.refusals
    }
    client = app.test_client()
    missing = [code for code in sorted(named) if client.get(f"/problems/{code}").status_code != 200]
    assert missing == []


def test_the_pages_can_be_read(app: Flask) -> None:
    client = PageClient(app)
    assert "沙箱" in client.get("/api/v1/reference").main
    assert client.get("/problems").all("dt")


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_every_answer_is_as_the_document_says(mode: str, served: Flask, clock: Clock) -> None:
    """What fits the document and what does not: no fault of ours, and each answer fits its schema."""
    from tests.api import answers  # what it is made of takes two seconds to read: not in each worker

    system, known = _system(served, clock)
    answers.ask_all(served, mode, known, system.key)


def _system(served: Flask, clock: Clock) -> tuple[System, dict[str, str]]:
    """A system whose agency has something of each kind, and how that is called."""
    database: Database = served.extensions["database"]
    with database.transaction() as session:
        partner = partner_in(session)
        _row, text = keys.make(session, SYSTEM, clock(), partner.agency, NewKey("系统", list(Scope)))
    system = System(served, text)
    made = system.post("/registrations", partner.client()).get_json()
    return system, {"development_id": partner.development_id, "registration_id": made["id"]}
