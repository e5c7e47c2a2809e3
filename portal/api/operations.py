"""An operation of the partner API: one declaration, of which the route, the checks and the document are made.

What every operation goes through, in this order: whose key it is, how often he asks, what the key was made for, which
version, then what was sent. Only then the view runs; what it writes and what it answers are one transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError

from commissions.refusal import Refusal

from ..rules.partner_api import repeats as rule
from ..rules.partner_api.keys import Scope
from ..services.partner_api import repeats
from ..services.partner_api.repeats import Answered, Asked
from ..web.edge import db, now
from ..web.guard import public
from . import budgets
from .authentication import authenticate, caller
from .fields import Shown
from .problems import OddFields
from .versions import asked_version

JSON = "application/json"
LARGEST = 1024 * 1024
REPLAYED = "Idempotency-Replayed"

View = Callable[..., tuple[Shown, int] | Shown]


@dataclass(frozen=True, slots=True)
class Operation:
    """What the document says of an operation, and what its requests are held against.

    `summary` and `description` are for people, in the language of their page. `refusals`: the codes beside those that
    any operation may answer with. `example`: of the body.
    """

    name: str
    method: str
    path: str
    scope: Scope
    tag: str
    summary: Any
    answers: Mapping[int, type[Shown]]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    refusals: Sequence[str] = ()
    example: Mapping[str, Any] = field(default_factory=dict)
    description: Any = ""

    @property
    def writes(self) -> bool:
        """Whether it does something, so that a repetition must be known."""
        return self.method != "GET"


OPERATIONS: dict[str, Operation] = {}


def operation(bp: Blueprint, described: Operation) -> Callable[[View], View]:
    """Let a view be called as the operation that is described. It is handed `asked` (the body) and `query` where there
    are such, and the parts of its path by name; it returns what is shown, with a status if that is not the first."""

    def mark(view: View) -> View:
        OPERATIONS[described.name] = described

        @wraps(view)
        def serve(**parts: str) -> Response:
            return _served(described, view, parts)

        rule_text = described.path.replace("{", "<").replace("}", ">")
        bp.add_url_rule(rule_text, described.name, public(serve), methods=[described.method])
        return view

    return mark


def _served(described: Operation, view: View, parts: Mapping[str, str]) -> Response:
    authenticate()
    budgets.spend(caller().key_id, described.name)
    caller().check(described.scope)
    asked_version()
    given: dict[str, Any] = dict(parts)
    if described.query is not None or request.args:
        given |= {"query": _query(described)} if described.query else _no_query()
    if not described.writes:
        return _response(_answered(described, view, given))
    key = rule.checked_key(request.headers.get("Idempotency-Key"))
    raw = _raw(described)
    digest = rule.digest_of(described.name, request.full_path, raw)
    asked = Asked(caller().key_id, key, described.name, digest)
    if described.body is not None:
        given["asked"] = _body(described.body, raw)
    with repeats.at_work(db(), asked):
        earlier = repeats.earlier_answer(db(), now(), asked)
        if earlier is not None:
            answer = _response(earlier)
            answer.headers[REPLAYED] = "true"
            return answer
        answered = _answered(described, view, given)
        repeats.keep(db(), now(), asked, answered)
        return _response(answered)


def _answered(described: Operation, view: View, given: Mapping[str, Any]) -> Answered:
    found = view(**given)
    shown, status = found if isinstance(found, tuple) else (found, next(iter(described.answers)))
    return Answered(status, shown.model_dump_json(exclude_none=False).encode())


def _response(answered: Answered) -> Response:
    return Response(answered.body, answered.status, content_type=JSON)


def _raw(described: Operation) -> bytes:
    """The body as it came. Raises Refusal: api_not_json, api_body_too_large."""
    if described.body is not None and request.mimetype != JSON:
        raise Refusal("api_not_json")
    if (request.content_length or 0) > LARGEST or len(raw := request.get_data()) > LARGEST:
        raise Refusal("api_body_too_large")
    return raw


def _body(model: type[BaseModel], raw: bytes) -> BaseModel:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise OddFields(error) from error


def _query(described: Operation) -> BaseModel:
    """What stands behind the question mark, each name once."""
    assert described.query is not None
    given = {name: request.args[name] for name in request.args}
    if any(len(request.args.getlist(name)) > 1 for name in given):
        raise Refusal("api_query_twice")
    try:
        return described.query.model_validate(given, strict=False)
    except ValidationError as error:
        raise OddFields(error) from error


def _no_query() -> dict[str, Any]:
    raise Refusal("api_query_unknown", name=next(iter(request.args)))
