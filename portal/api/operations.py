"""An operation of the partner API: one declaration, of which the route, the checks and the document are made.

What every operation goes through, in this order: whose key it is, how often he asks, what the key was made for, which
version, then what was sent. Only then the view runs; what it writes and what it answers are one transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, ValidationError

from commissions.refusal import Refusal

from ..rules.partner_api import repeats as rule
from ..rules.partner_api.keys import Scope
from ..services.partner_api import repeats
from ..services.partner_api.repeats import Answered, Asked
from ..web.edge import database, db, now
from ..web.guard import public
from . import budgets
from .authentication import authenticate, caller
from .fields import Shown
from .problems import PROBLEM_TYPE, OddFields, problem
from .sent import JSON, FilePart, Files, Sent, sent
from .versions import HEADER, Former, ask_version, current

REPLAYED = "Idempotency-Replayed"

View = Callable[..., tuple[Shown, int] | Shown | Refusal]


@dataclass(frozen=True, slots=True)
class Operation:
    """What the document says of an operation, and what its requests are held against.

    `summary` and `description` are for people, in the language of their page. `refusals`: the codes beside those that
    any operation may answer with. `example`: of the body.
    `files`: what may come beside the body in a form. `take_in` reads them before the transaction begins, so that nobody
    who writes waits for a picture; the view is handed what it returns as `taken`. `expands`: what a reader may have
    shown in full where else its identifier stands. `to_phones`: it writes to a phone that the caller names. `former`:
    how it answered before a version, the latest change first.
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
    files: Mapping[str, FilePart] = field(default_factory=dict)
    take_in: Callable[[Any, Files], Any] | None = None
    expands: Sequence[str] = ()
    to_phones: bool = False
    former: Sequence[Former] = ()

    @property
    def pace(self) -> Sequence[budgets.Budget]:
        """How often a key may ask for it."""
        if self.to_phones:
            return budgets.TO_PHONES
        return budgets.WITH_FILES if self.files else budgets.BUDGETS

    @property
    def writes(self) -> bool:
        """Whether it does something, so that a repetition must be known."""
        return self.method != "GET"

    def model_in(self, version: str, model: type[Shown]) -> type[Shown]:
        """By which model it answered in a version where today it answers by this one."""
        return next((one.model for one in reversed(self.former) if version < one.before), model)

    def shown_in(self, version: str, shown: Shown) -> Shown:
        """An answer of today in the shape of a version."""
        for one in self.former:
            if version < one.before:
                shown = one.back(shown)
        return shown


OPERATIONS: dict[str, Operation] = {}


def operation(bp: Blueprint, described: Operation) -> Callable[[View], View]:
    """Let a view be called as the operation that is described. It is handed `asked` (the body), `taken` (the files) and
    `query` where there are such, and the parts of its path by name; it returns what is shown, with a status if that is
    not the first.

    A refusal that it returns, and does not raise, is answered like any other, and what was written down stays.
    """

    def mark(view: View) -> View:
        OPERATIONS[described.name] = described

        @wraps(view)
        def serve(**parts: str) -> Response:
            return _served(described, view, parts)

        rule_text = described.path.replace("{", "<").replace("}", ">")
        bp.add_url_rule(rule_text, described.name, public(serve), methods=[described.method])
        return view

    return mark


def expanded(name: str) -> bool:
    """Whether the reader wants to have this shown in full."""
    return name in g.get("expanded", ())


def _served(described: Operation, view: View, parts: Mapping[str, str]) -> Response:
    authenticate()
    g.called = caller().key_id, described.name
    budgets.spend(caller().key_id, described.name, described.pace)
    caller().check(described.scope)
    ask_version(caller().version)
    given: dict[str, Any] = {**parts, **_query(described)}
    if not described.writes:
        return _response(_answered(described, view, given))
    key = rule.checked_key(request.headers.get("Idempotency-Key"))
    came = sent(described.body, described.files)
    digest = rule.digest_of(described.name, request.full_path, came.raw)
    return _done_once(described, view, Asked(caller().key_id, key, described.name, digest), given, came)


def _done_once(described: Operation, view: View, asked: Asked, given: dict[str, Any], came: Sent) -> Response:
    """Do it, or answer as before."""
    if came.body is not None:
        given["asked"] = came.body
    if described.take_in is not None:
        with database().reading() as session:
            earlier = repeats.answer_of(session, now(), asked)
        if earlier is not None:
            return _again(earlier)
        given["taken"] = described.take_in(came.body, came.files)
    with repeats.at_work(db(), asked):
        earlier = repeats.earlier_answer(db(), now(), asked)
        if earlier is not None:
            return _again(earlier)
        answered = _answered(described, view, given)
        repeats.keep(db(), now(), asked, answered)
        return _response(answered)


def _answered(described: Operation, view: View, given: Mapping[str, Any]) -> Answered:
    found = view(**given)
    if isinstance(found, Refusal):
        told = problem(found)
        return Answered(told.status_code, told.get_data(), current())
    shown, status = found if isinstance(found, tuple) else (found, next(iter(described.answers)))
    shown = described.shown_in(current(), shown)
    return Answered(status, shown.model_dump_json(exclude_none=False).encode(), current())


def _response(answered: Answered) -> Response:
    return Response(answered.body, answered.status, content_type=JSON if answered.status < 400 else PROBLEM_TYPE)


def _again(earlier: Answered) -> Response:
    answer = _response(earlier)
    answer.headers[REPLAYED] = "true"
    answer.headers[HEADER] = earlier.version
    return answer


def _query(described: Operation) -> dict[str, Any]:
    """What stands behind the question mark, each name once: `query`, where the operation has one."""
    given = {name: request.args[name] for name in request.args}
    if any(len(request.args.getlist(name)) > 1 for name in given):
        raise Refusal("api_query_twice")
    if described.expands and "expand" in given:
        g.expanded = _expands(described, given.pop("expand"))
    if described.query is None:
        if given:
            raise Refusal("api_query_unknown", name=next(iter(given)))
        return {}
    try:
        return {"query": described.query.model_validate(given, strict=False)}
    except ValidationError as error:
        raise OddFields(error) from error


def _expands(described: Operation, text: str) -> frozenset[str]:
    wanted = frozenset(text.split(","))
    if not wanted <= set(described.expands):
        raise Refusal("api_expand_unknown", known=", ".join(described.expands))
    return wanted
