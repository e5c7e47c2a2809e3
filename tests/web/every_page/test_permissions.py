"""Who may go where: every route, for every role and a visitor, on own rows and on another agency's.

A new route fails here until somebody says twice what it is: in its guard, and in WHO_MAY below. A new kind of row in
an address needs a maker in ROWS, so that the walk can stand before somebody else's.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from commissions.refusal import Refusal
from portal.access.permissions import Permission as P
from portal.access.policy import ALLOWED
from portal.config import Config
from portal.db import Database
from portal.models import Person, Role
from portal.web.guard import UnguardedRoute, guard, init_guard, permission_of, public
from tests.applications import made
from tests.clock import MovableClock
from tests.databases import Migrated
from tests.nightly import NIGHTLY, examples, in_turn
from tests.web.client import PageClient
from tests.web.every_page.counting import MORE_QUERIES, MOST_QUERIES, Queries, counted
from tests.web.routes import FILES_OUTSIDE, ROWS, STAFF_SEES_NOT, WORDS, Side, side
from tests.web.who_may import PUBLIC, WHO_MAY

OUTSIDE = {"static", "bootstrap.static"}
FOUND = {200, 302, 303, 409}
"""How a door answers that knows the row."""


@dataclass(frozen=True, slots=True)
class World:
    """An application with two sides that have nothing to do with each other, and a person of every role on `ours`."""

    app: Flask
    ours: dict[str, int]
    theirs: dict[str, int]
    clients: dict[Role, FlaskClient]
    visitor: FlaskClient
    side: Side
    only: str | None = None
    """The one endpoint whose doors are tried; None: all."""

    @property
    def doors(self) -> list[tuple[Rule, str]]:
        return [door for door in routes(self.app) if self.only in (None, door[0].endpoint)]


@pytest.fixture(scope="module")
def world(migrated: Migrated, secrets: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Built once: nothing that the walk does goes through, so nothing changes."""
    with migrated.copy("sqlite") as url:
        config = Config(data_dir=tmp_path_factory.mktemp("permissions"), database_url=url, step_up_minutes=0, **secrets)
        app = made(config, MovableClock(datetime(2026, 3, 10, 2, tzinfo=UTC)))
        app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
        yield build(app)
        app.extensions["database"].dispose()


def build(app: Flask, only: str | None = None) -> World:
    database: Database = app.extensions["database"]
    with database.transaction() as session:
        sides = side(session), side(session)
        named = [rule.arguments for rule in app.url_map.iter_rules() if only in (None, rule.endpoint)]
        wanted = [argument for argument in ROWS if argument.split(".")[-1] in set().union(*named)]
        rows = [{argument: ROWS[argument](session, one) for argument in wanted} for one in sides]
    clients = {role: PageClient(app).sign_in(person).http for role, person in sides[0].people.items()}
    return World(app, *rows, clients, app.test_client(), sides[0], only)


def routes(app: Flask) -> list[tuple[Rule, str]]:
    """Every route that is ours, once for each method that a browser uses."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in OUTSIDE
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})
    ]


def visit(app: Flask, client: FlaskClient, rule: Rule, method: str, rows: dict[str, int]) -> int:
    """Stand before a door, with these rows in the address; the answer's status."""
    return client.open(address_of(app, rule, rows), method=method).status_code


def address_of(app: Flask, rule: Rule, rows: dict[str, int]) -> str:
    with app.test_request_context():
        return app.url_for(rule.endpoint, **{name: _value(rule, name, rows) for name in rule.arguments})


def _value(rule: Rule, name: str, rows: dict[str, int]) -> int | str:
    room = rule.endpoint.split(".")[0]
    return rows.get(f"{room}.{name}") or rows.get(name) or WORDS[name]


@contextmanager
def only_the_status(app: Flask) -> Iterator[None]:
    """A shut door answers with its number alone: to draw the page that says so takes longer than the walk. Those pages
    have tests of their own."""
    answers = app.error_handler_spec[None][None]
    drawn = answers[HTTPException]
    answers[HTTPException] = lambda error: (b"", error.code)
    try:
        yield
    finally:
        answers[HTTPException] = drawn


def wrongly_open(world: World) -> list[str]:
    """Doors that a role without the permission can pass, or that a visitor can."""
    with only_the_status(world.app):
        return [*_wrongly_open(world)]


def _wrongly_open(world: World) -> Iterator[str]:
    for rule, method in world.doors:
        permission = permission_of(world.app, rule.endpoint)
        if permission is None:
            continue
        answer = visit(world.app, world.visitor, rule, method, world.ours)
        if answer != 302:
            yield f"{method} {rule.endpoint} answers a visitor {answer}"
        for role in set(Role) - ALLOWED[permission]:
            answer = visit(world.app, world.clients[role], rule, method, world.ours)
            if answer != 403:
                yield f"{method} {rule.endpoint} answers {role} {answer}"


def leaking(world: World) -> list[str]:
    """Doors that show, or let somebody act on, a row of the other side."""
    found = []
    for rule, method in world.doors:
        permission = permission_of(world.app, rule.endpoint)
        foreign = {name for name in rule.arguments if name in ROWS}
        if permission is None or not foreign:
            continue
        for role in _strangers(foreign) & ALLOWED[permission]:
            answer = visit(world.app, world.clients[role], rule, method, world.theirs)
            if answer not in (403, 404):
                found.append(f"{method} {rule.endpoint} answers {role} {answer} for a foreign {sorted(foreign)}")
    return found


def _strangers(arguments: set[str]) -> set[Role]:
    """Partners and referrers see only their own; staff see all but what is personal."""
    outside = {Role.PRINCIPAL, Role.BROKER, Role.REFERRER}
    return set(Role) if arguments & STAFF_SEES_NOT else outside


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody with the permission met behind a door, before a row of the own side."""

    rule: Rule
    role: Role
    status: int
    links: frozenset[str]
    queries: int


READERS = examples(1, len(Role))
"""How many of those who may read a page are shown it, if one of them found what he came for."""


def walk(world: World) -> list[Seen]:
    """Every page and file: once for each role that may see it at night, and for some of them by day."""
    with counted(world.app.extensions["database"]) as queries:
        return [*_walk(world, queries)]


def _walk(world: World, queries: Queries) -> Iterator[Seen]:
    for rule, method in world.doors:
        permission = permission_of(world.app, rule.endpoint)
        if method != "GET" or permission is None or rule.endpoint in FILES_OUTSIDE:
            continue
        seen: list[Seen] = []
        for role in in_turn(rule.endpoint, ALLOWED[permission]):
            if len(seen) >= READERS and any(one.status in FOUND for one in seen):
                break
            seen.append(_seen(world, rule, role, queries))
        yield from seen


def _seen(world: World, rule: Rule, role: Role, queries: Queries) -> Seen:
    asked_before = queries.count
    page = world.clients[role].get(address_of(world.app, rule, world.ours), buffered=True)
    links = re.findall(r'href="(/[^"?#]*)', page.text) if page.mimetype == "text/html" else ()
    return Seen(rule, role, page.status_code, frozenset(links), queries.count - asked_before)


def fetched_again(world: World, walked: list[Seen]) -> list[tuple[Seen, Seen]]:
    """Each page that was found, as it was and as the same reader sees it now."""
    with counted(world.app.extensions["database"]) as queries:
        return [(seen, _seen(world, seen.rule, seen.role, queries)) for seen in walked if seen.status == 200]


def grow(world: World) -> None:
    """More of everything: two other sides for the staff to read of, and more of the own for the partners."""
    with world.app.extensions["database"].transaction() as session:
        for one in (world.side, side(session), side(session)):
            for make_row in ROWS.values():
                with suppress(Refusal, SQLAlchemyError), session.begin_nested():  # some can be made but once
                    make_row(session, one)


@pytest.fixture(scope="module")
def walked(world: World) -> list[Seen]:
    """The walk, made once: nothing that it does changes what the next one would see."""
    return walk(world)


def dead_ends(world: World, walked: list[Seen]) -> set[str]:
    """Links on pages that lead their reader to a door which stays closed for him."""
    found, doors = set(), world.app.url_map.bind("localhost")
    for seen in walked:
        for path in seen.links:
            wanted = permission_of(world.app, doors.match(path, method="GET")[0])
            if wanted is not None and seen.role not in ALLOWED[wanted]:
                found.add(f"{seen.rule.endpoint} leads {seen.role} to {path}, where he may not go")
    return found


def misplaced(app: Flask) -> list[str]:
    """Routes whose guard is not what the table says, that the table does not know, or that are gone."""
    placed = {endpoint: permission for permission, endpoints in WHO_MAY.items() for endpoint in endpoints.split()}
    placed |= dict.fromkeys(PUBLIC.split())
    standing = {rule.endpoint: permission_of(app, rule.endpoint) for rule, _method in routes(app)}
    differing = [
        f"{endpoint}: guarded by {permission}, placed at {placed.get(endpoint, 'no place')}"
        for endpoint, permission in standing.items()
        if placed.get(endpoint, "no place") != permission
    ]
    gone = placed.keys() - standing.keys()
    return differing + [f"{endpoint}: placed, but there is no such route" for endpoint in gone]


def test_every_route_has_its_place(world: World) -> None:
    assert misplaced(world.app) == []


def test_every_argument_of_an_address_can_be_filled(world: World) -> None:
    arguments = {name for rule, _method in routes(world.app) for name in rule.arguments}
    known = {name.split(".")[-1] for name in (*ROWS, *WORDS)}
    assert arguments == known, "an argument without its row, or a row that is in no address any more"


def test_no_door_is_open_to_who_lacks_the_permission(world: World) -> None:
    assert wrongly_open(world) == []


def test_no_row_of_another_side_is_shown_or_touched(world: World) -> None:
    assert leaking(world) == []


def test_own_rows_are_found(walked: list[Seen]) -> None:
    """Otherwise the walk would only prove that nobody finds anything."""
    answers: dict[str, set[int]] = {}
    for seen in walked:
        if set(seen.rule.arguments) & ROWS.keys():
            answers.setdefault(seen.rule.endpoint, set()).add(seen.status)
    assert [f"{room} answers {sorted(found)}" for room, found in answers.items() if not found & FOUND] == []


def test_nobody_meets_a_fault(walked: list[Seen]) -> None:
    """Whatever stands in the address, nobody of those who may come in sees a page that says it is our fault."""
    assert [f"{seen.rule.endpoint} fails for {seen.role}" for seen in walked if seen.status >= 500] == []


def test_no_link_leads_to_a_closed_door(world: World, walked: list[Seen]) -> None:
    assert dead_ends(world, walked) == set()


def test_no_page_asks_too_much(walked: list[Seen]) -> None:
    """Counted, not timed: it says the same on a busy machine. What may ask more has its name and its reason."""
    asked = [(seen.rule.endpoint, seen.role.value, seen.queries) for seen in walked if seen.status == 200]
    assert [one for one in asked if one[2] > MORE_QUERIES.get(one[0], MOST_QUERIES)] == []


def test_no_page_asks_row_by_row(world: World, walked: list[Seen]) -> None:
    """Where there is more of everything, a list asks as much as before; at night every page does."""
    lists = [seen for seen in walked if seen.status == 200 and (NIGHTLY or not seen.rule.arguments)]
    grow(world)
    more = [(was, now) for was, now in fetched_again(world, lists) if now.queries > was.queries]
    assert [f"{was.rule.endpoint}: {was.queries}, then {now.queries}" for was, now in more] == []


# The walk itself can fail.


@pytest.fixture
def extended(app: Flask) -> Callable[..., World]:
    """An application with one more route, before that is walked."""

    def extend(address: str, view: Callable[..., Any]) -> World:
        app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
        app.add_url_rule(address, "extra", view)
        return build(app, only="extra")

    return extend


def test_an_application_with_an_unguarded_route_does_not_start() -> None:
    app = Flask(__name__)
    app.add_url_rule("/open", "open", lambda: "anything")
    with pytest.raises(UnguardedRoute, match="open"):
        init_guard(app)


def test_a_route_that_nobody_placed_is_found(extended: Callable[..., World]) -> None:
    assert "extra" in str(misplaced(extended("/extra", public(lambda: "anything")).app))


def test_a_guard_with_the_wrong_permission_is_found(app: Flask) -> None:
    view = app.view_functions["admin.people"]
    app.view_functions["admin.people"] = guard(P.OWN_PROFILE)(lambda: view())
    assert "admin.people" in str(misplaced(app))


def test_a_guard_that_lets_everybody_pass_is_found(
    extended: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = extended("/extra", guard(P.MANAGE_PEOPLE)(lambda: "anything"))
    monkeypatch.setattr("portal.web.guard.may", lambda _actor, _permission: True)
    assert "GET extra answers" in str(wrongly_open(world))


def test_a_link_to_a_closed_door_is_found(extended: Callable[..., World]) -> None:
    world = extended("/extra", guard(P.OWN_POSTER)(lambda: '<a href="/admin/people">'))
    assert dead_ends(world, walk(world)) == {"extra leads referrer to /admin/people, where he may not go"}


def test_a_row_without_scope_is_found(extended: Callable[..., World]) -> None:
    def view(person_id: int) -> str:
        database: Database = world.app.extensions["database"]
        with database.reading() as session:
            return session.get_one(Person, person_id).name

    world = extended("/extra/<int:person_id>", guard(P.MANAGE_BROKERS)(view))
    assert "extra answers principal 200" in str(leaking(world))
