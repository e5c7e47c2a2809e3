"""The document of the API (OpenAPI): valid, complete, and true of every answer, on both databases."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import booleans
from openapi_spec_validator import validate
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.access.actor import SYSTEM
from portal.api.operations import OPERATIONS
from portal.clock import Clock
from portal.db import Database
from portal.rules.partner_api.keys import Scope
from portal.services.partner_api import keys
from portal.services.partner_api.keys import NewKey
from portal.web.limits import limiter
from tests import nightly
from tests.api.conftest import System, partner_in
from tests.web.client import PageClient

EXAMPLES = 60 if nightly.NIGHTLY else 4
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@pytest.fixture
def told(app: Flask) -> dict[str, Any]:
    """The document as it is served."""
    found: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return found


def test_the_document_is_valid(told: dict[str, Any]) -> None:
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


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_the_document_says(mode: GenerationMode, served: Flask, clock: Clock) -> None:
    """What fits the document and what does not: no fault of ours, and each answer fits its schema."""
    system, known = _system(served, clock)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", served)
    for name in OPERATIONS:
        _ask(schema.find_operation_by_id(name), mode, known, system.key)


def _ask(operation: Any, mode: GenerationMode, known: Mapping[str, str], key: str) -> None:
    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), there=booleans())
    def ask(case: Case, there: bool) -> None:
        limiter.reset()
        if there:
            case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

    ask()


def _system(served: Flask, clock: Clock) -> tuple[System, dict[str, str]]:
    """A system whose agency has something of each kind, and how that is called."""
    database: Database = served.extensions["database"]
    with database.transaction() as session:
        partner = partner_in(session)
        _row, text = keys.make(session, SYSTEM, clock(), partner.agency, NewKey("系统", list(Scope)))
    system = System(served, text)
    made = system.post("/registrations", partner.client()).get_json()
    return system, {"development_id": partner.development_id, "registration_id": made["id"]}
