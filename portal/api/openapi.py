"""The document of the partner API (OpenAPI 3.1), made of the operations' own declarations."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import force_locale
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ..rules.partner_api.keys import Scope
from ..rules.partner_api.repeats import KEPT, LONGEST
from ..rules.partner_api.versions import LATEST
from ..version import VERSION
from .fields import Problem
from .operations import OPERATIONS, REPLAYED, Operation
from .problems import PROBLEM_TYPE, STATUSES
from .sent import FORM, JSON, FilePart
from .versions import HEADER

PREFIX = "/api/v1"
_REF = "#/components/schemas/{model}"

_EVERYWHERE = (400, 401, 403, 422, 429, 500, 503)
_WRITING = (409, 413, 415)
_ABOUT = """\
Agencies' own systems register clients and read what became of them.

Send the key as `Authorization: Bearer pk_…`. Every POST carries an `Idempotency-Key` \
(draft-ietf-httpapi-idempotency-key-header-07): the same request under the same key is done once and gets the same \
answer for {hours} hours. A refusal by the rules is an outcome of what was asked, with its code and its receipt; an \
error is `application/problem+json` (RFC 9457). Budgets stand in `RateLimit` and `RateLimit-Policy` \
(draft-ietf-httpapi-ratelimit-headers-10). A test key works in a sandbox of its own, new every day."""


def document(server: str, version: str = LATEST) -> dict[str, Any]:
    """The whole document of a version, in English; `server` is the portal's own address."""
    with force_locale("en"):
        return _document(server, version)


def _document(server: str, version: str) -> dict[str, Any]:
    models, schemas = _schemas(version)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Partner API",
            "version": version,
            "summary": f"Portal {VERSION}",
            "description": _ABOUT.format(hours=int(KEPT.total_seconds() // 3600)),
        },
        "servers": [{"url": f"{server.rstrip('/')}{PREFIX}"}],
        "security": [{"key": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in OPERATIONS.values())],
        "paths": _paths(models, version),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key of the agency, made by its principal. Scopes: "
                    + ", ".join(f"`{scope}`" for scope in Scope),
                }
            },
            "parameters": _parameters(version),
            "headers": _headers(),
            "responses": {f"Problem{status}": _problem(status) for status in _statuses()},
        },
    }


Models = Mapping[tuple[type[BaseModel], str], Mapping[str, Any]]


def _schemas(version: str) -> tuple[Models, dict[str, Any]]:
    wanted: list[tuple[type[BaseModel], Any]] = [(Problem, "serialization")]
    for one in OPERATIONS.values():
        wanted += [(one.model_in(version, model), "serialization") for model in one.answers.values()]
        wanted += [(one.body, "validation")] if one.body else []
        wanted += [(one.query, "validation")] if one.query else []
    models, definitions = models_json_schema(list(dict.fromkeys(wanted)), ref_template=_REF)
    return models, definitions["$defs"]  # type: ignore[return-value]  # keyed by model and mode


def _paths(models: Models, version: str) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for one in OPERATIONS.values():
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, models, version)
    return paths


def _operation(one: Operation, models: Models, version: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": str(one.summary),
        "description": " ".join(filter(None, (str(one.description), f"Needs the scope `{one.scope}`."))),
        "parameters": [
            *({"$ref": f"#/components/parameters/{name}"} for name in ("Version", "Language")),
            *([{"$ref": "#/components/parameters/IdempotencyKey"}] if one.writes else []),
            *(_in_path(part) for part in one.path.split("/") if part.startswith("{")),
            *_in_query(one),
        ],
        "responses": {
            **{
                str(status): _answer(status, one.writes, models[one.model_in(version, model), "serialization"])
                for status, model in one.answers.items()
            },
            **{str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in _statuses_of(one)},
        },
    }
    if one.body is not None:
        said["requestBody"] = {"required": True, "content": _content(one, models)}
    if one.refusals:
        said["x-refusals"] = list(one.refusals)
    return said


def _content(one: Operation, models: Models) -> dict[str, Any]:
    """What may be sent: JSON, and a form where files may come along."""
    assert one.body is not None
    content: dict[str, Any] = {}
    if not any(part.needed for part in one.files.values()):
        content[JSON] = {"schema": models[one.body, "validation"], "example": one.example}
    if one.files:
        content[FORM] = {"schema": _form(one.body, one.files)}
    return content


def _form(model: type[BaseModel], parts: Mapping[str, FilePart]) -> dict[str, Any]:
    told = model.model_json_schema(ref_template=_REF)
    fields = {name: _plain_field(schema) for name, schema in told["properties"].items()}
    files = {name: _file(part) for name, part in parts.items()}
    return {
        "type": "object",
        "properties": fields | files,
        "required": [*told.get("required", ()), *(name for name, part in parts.items() if part.needed)],
        "additionalProperties": False,
    }


def _plain_field(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A field of a form: it is there or not, and never null."""
    kept = {key: value for key, value in schema.items() if key not in {"title", "default", "anyOf"}}
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    return {**kept, **(kinds[0] if kinds else {})}


def _file(part: FilePart) -> dict[str, Any]:
    one = {"type": "string", "format": "binary", "description": part.kinds}
    return one if part.most == 1 else {"type": "array", "items": one, "maxItems": part.most}


def _statuses_of(one: Operation) -> list[int]:
    own = {STATUSES.get(code, 422) for code in one.refusals}
    found = {*_EVERYWHERE, *own, *(_WRITING if one.writes else ()), *((404,) if "{" in one.path else ())}
    return sorted(found)


def _statuses() -> list[int]:
    return sorted({status for one in OPERATIONS.values() for status in _statuses_of(one)} | {404})


def _answer(status: int, writes: bool, schema: Mapping[str, Any]) -> dict[str, Any]:
    names = ["RateLimit", "RateLimit-Policy", HEADER, "Deprecation", "Sunset", *([REPLAYED] if writes else [])]
    return {
        "description": {200: "Here it is", 201: "Done"}[status],
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {"application/json": {"schema": schema}},
    }


def _problem(status: int) -> dict[str, Any]:
    codes = sorted(code for code, of in STATUSES.items() if of == status)
    named = ", ".join(f"`{code}`" for code in codes)
    return {
        "description": f"Codes: {named}" if named else "A refusal by the rules; `code` says which",
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _in_path(part: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 40}
    return {"name": part.strip("{}"), "in": "path", "required": True, "schema": schema}


def _in_query(one: Operation) -> list[dict[str, Any]]:
    told = one.query.model_json_schema(ref_template=_REF)["properties"] if one.query else {}
    found = []
    for name, given in told.items():
        schema = _plain_field(given)
        described = schema.pop("description", "")
        found.append({"name": name, "in": "query", "schema": schema})
        found[-1] |= {"description": described} if described else {}
    return [*found, *([_expand(one.expands)] if one.expands else [])]


def _expand(names: Sequence[str]) -> dict[str, Any]:
    return {
        "name": "expand",
        "in": "query",
        "description": "What is shown in full where else its identifier stands, separated by commas.",
        "schema": {"type": "array", "items": {"type": "string", "enum": list(names)}, "minItems": 1},
        "style": "form",
        "explode": False,
    }


def _parameters(version: str) -> dict[str, Any]:
    return {
        "Version": {
            "name": HEADER,
            "in": "header",
            "description": "Which day's shape the answer has; without it the version of the key. Another version "
            "has another document: `/openapi.json?version=…`.",
            "schema": {"type": "string", "enum": [version]},
        },
        "Language": {
            "name": "Accept-Language",
            "in": "header",
            "description": "`zh` (default) or `en`, for the sentences.",
            "schema": {"type": "string", "enum": ["zh", "en"]},
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "Chosen by you, new for each request that is not a repetition; a UUID is good.",
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
            "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
        },
    }


def _headers() -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    return {
        "RateLimit": {**text, "description": 'What is left: `"burst";r=29;t=1`'},
        "RateLimit-Policy": {**text, "description": 'What there is: `"burst";q=30;w=1`'},
        HEADER: {**text, "description": "Whose shape this answer has."},
        "Deprecation": {**text, "description": "Of a former version: since when there is a newer one (RFC 9745)."},
        "Sunset": {**text, "description": "Of a former version: from when on it is answered no more (RFC 8594)."},
        REPLAYED: {**text, "description": "`true`: this was answered before."},
    }
