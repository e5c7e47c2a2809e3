"""Whether each answer of the API is as its document says, asked by schemathesis."""

from collections.abc import Mapping
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import booleans
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.api.operations import OPERATIONS
from portal.web.limits import limiter
from tests import nightly

EXAMPLES = 60 if nightly.NIGHTLY else 4
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


def ask_all(served: Flask, mode: str, known: Mapping[str, str], key: str) -> None:
    """Ask each operation, by calls that fit the document (`positive`) or do not (`negative`)."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", served)
    for name in OPERATIONS:
        _ask(schema.find_operation_by_id(name), GenerationMode(mode), known, key)


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
