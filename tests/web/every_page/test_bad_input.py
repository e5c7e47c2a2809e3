"""Whatever somebody puts into an address or a form: never a fault of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from wtforms import DateField, DateTimeLocalField, Form

from portal.access.policy import ALLOWED
from portal.config import Config
from portal.models import Role
from portal.web.forms.fields import DayField, InstantField
from portal.web.guard import permission_of
from portal.web.lists.arguments import day_of, month_in
from tests import factories as make
from tests.applications import made
from tests.clock import MovableClock
from tests.nightly import NIGHTLY, by_day, nightly, some
from tests.reader import Tag, read
from tests.web.client import PageClient, filled_in
from tests.web.every_page.test_permissions import address_of
from tests.web.routes import FILES_OUTSIDE, ROWS, side


@pytest.fixture
def manager(store, signed_in) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
        make.referrer(session)
    return signed_in(person)


def test_an_id_that_no_database_holds_is_no_page(manager) -> None:
    manager.get(f"/registrations/{2**63}", status=404)


@pytest.mark.parametrize("address", ["/deals?q=%00", "/deals?a=1&a=%00"])
def test_a_zero_byte_is_refused(manager, address) -> None:
    manager.get(address, status=400)


def test_an_amount_of_blanks_is_no_amount(manager) -> None:
    page = manager.get("deals.new").submit({"price": "  "}, status=422)
    assert any("金额" in error or "价" in error for error in page.errors), page.errors
    page = manager.get("programmes.new", which="corporate").submit({"discount": "  "}, status=422)
    assert page.errors


def test_a_development_that_is_not_offered_is_not_reckoned_with(manager) -> None:
    form = manager.get("deals.new")
    token = form.one("main input[name=csrf_token]")["value"]
    for key in (2**63, 0, -1, "x"):
        sent = {"csrf_token": token, "action": "reckon", "development": key, "phone": "13812345678", "price": "1"}
        assert manager.http.post("/deals/new", data=sent | {"at": "2026-03-10T09:00"}).status_code == 200


@pytest.mark.parametrize("hostile", ["kind=x", "_external=1", "_scheme=javascript", "endpoint=x", "_anchor=x"])
def test_names_of_our_own_functions_in_an_address_change_nothing(manager, hostile) -> None:
    links = [link["href"] for link in manager.get(f"/referrers/?{hostile}").all("main a[href]")]
    assert all(link.startswith("/") for link in links), links


@dataclass(frozen=True, slots=True)
class World:
    """An application with a row of everything, and a reader of every role."""

    app: Flask
    rows: dict[str, int]
    clients: dict[Role, FlaskClient]

    def pages(self) -> Iterator[tuple[Rule, list[Role]]]:
        """Every page behind a sign-in, with those who may read it."""
        for rule in self.app.url_map.iter_rules():
            permission = permission_of(self.app, rule.endpoint)
            if permission is not None and "GET" in (rule.methods or ()) and rule.endpoint not in FILES_OUTSIDE:
                yield rule, sorted(ALLOWED[permission])

    def address(self, rule: Rule) -> str:
        """Where it stands, for the rows that there are."""
        return address_of(self.app, rule, self.rows)


HOSTILE = "kind=x&_external=1&_scheme=javascript&endpoint=x&_anchor=x&group=x&account=x"


@pytest.fixture(scope="module")
def world(migrated, secrets, tmp_path_factory) -> Iterator[World]:
    """Built once, with a row for everything that an address can name: a list that shows something links to more."""
    with migrated.copy("sqlite") as url:
        config = Config(data_dir=tmp_path_factory.mktemp("bad-input"), database_url=url, step_up_minutes=0, **secrets)
        app = made(config, MovableClock(datetime(2026, 3, 10, 2, tzinfo=UTC)))
        app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
        with app.extensions["database"].transaction() as session:
            one = side(session)
            rows = {name: row(session, one) for name, row in ROWS.items()}
        clients = {role: PageClient(app).sign_in(person).http for role, person in one.people.items()}
        yield World(app, rows, clients)
        app.extensions["database"].dispose()


def test_no_page_of_anybody_fails_on_them_or_leads_elsewhere(world) -> None:
    """Over every page without an id in its address: for everybody who may read it at night, by day over every
    fourth, for one of them."""
    for rule, roles in world.pages():
        if rule.arguments or not by_day(rule.endpoint):
            continue
        for role in some(rule.endpoint, roles):
            page = world.clients[role].get(f"{rule}?{HOSTILE}")
            assert page.status_code < 500, f"{rule} for {role}"
            assert "javascript:" not in page.text, f"{rule} for {role}"


# The calendar's edges: a day before has no start in UTC, a day after has no next one

EDGES = ("0001-01-01", "9999-12-31", "")
SPANS = (("0001-01-01", "9999-12-31"), ("2026-01-01", "9999-12-31"), ("9999-12-31", "0001-01-01"))
DAYS = {"since", "until", "day", "on"}
"""What filters of days are called; those that a page's own forms offer are added to them."""


@pytest.mark.parametrize("text", ["0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31", "2026-02-30", "", None])
def test_a_day_out_of_this_century_is_no_day(text) -> None:
    assert day_of(text) is None


def test_a_day_and_a_month_of_this_century_are_read() -> None:
    assert (day_of("2000-01-01"), day_of("2100-12-31")) == (date(2000, 1, 1), date(2100, 12, 31))
    assert month_in("2026-03") == "2026-03"
    assert month_in("9999-12") is None


@pytest.mark.parametrize("field", [DayField, InstantField])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1999-12-31", "2101-01-01"])
def test_a_field_says_which_years_it_knows(app, field, day) -> None:
    class Asked(Form):
        at = field()

    with app.test_request_context(headers={"Accept-Language": "en"}):
        form = Asked(MultiDict({"at": day if field is DayField else f"{day}T12:00"}))
        assert not form.validate()
    assert form.at.data is None
    assert form.at.errors == ["Enter a year from 2000 to 2100."]


def test_every_field_of_a_day_knows_the_calendars_edges(app) -> None:
    """By their classes, so that no form is left out because a walk does not come to it."""
    bare = [
        f"{form.__name__}.{name}"
        for form in _forms(Form)
        for name, field in vars(form).items()
        if issubclass(getattr(field, "field_class", object), (DateField, DateTimeLocalField))
        and not issubclass(field.field_class, (DayField, InstantField))
    ]
    assert not bare


@pytest.fixture(scope="module")
def plain(world) -> list[tuple[Role, str, TestResponse]]:
    """Every page, by day every fourth, as one of its readers finds it when nothing is asked of it."""
    found = [(roles[0], world.address(rule)) for rule, roles in world.pages() if by_day(rule.endpoint)]
    return [(role, address, world.clients[role].get(address)) for role, address in found]


def test_no_filter_of_days_fails_at_the_calendars_edges(world, plain) -> None:
    """All edges where a page offers days to choose; at night one of them where it might read some nevertheless."""
    for role, address, page in plain:
        offered = {str(field["name"]) for field in _day_fields(page, "form[method=get]")}
        for first, last in SPANS if offered else nightly(SPANS[0]):
            days = dict.fromkeys((DAYS | offered) - {"since"}, last)
            asked = days | {"since": first, "month": last[:7], "tried": "v1"}
            answer = world.clients[role].get(address, query_string=asked)
            assert answer.status_code < 500, f"{address} {asked} for {role}"


def test_no_form_fails_at_the_calendars_edges(world, plain) -> None:
    """Every form with a day in it, sent with the edges and otherwise filled in as well as one can without reading."""
    sent = 0
    for role, address, page in plain:
        for form in _forms_of_days(page):
            for edge in EDGES:
                target = str(form.get("action") or address)
                answer = world.clients[role].post(target, data=_typed(form, edge))
                assert answer.status_code < 500, f"{target} {edge}"
                sent += 1
    assert sent >= (5 if NIGHTLY else 1) * len(EDGES)


def _forms(of: type[Form]) -> Iterator[type[Form]]:
    for one in of.__subclasses__():
        yield one
        yield from _forms(one)


KINDS_OF_DAYS = ("date", "datetime-local", "month")


def _day_fields(page: TestResponse, form: str) -> list[Tag]:
    if page.mimetype != "text/html" or not any(f'type="{kind}"' in page.text for kind in KINDS_OF_DAYS):
        return []
    fields = ", ".join(f"{form} input[name][type={kind}]" for kind in KINDS_OF_DAYS)
    return read(page.text).select(fields)


def _forms_of_days(page: TestResponse) -> list[Tag]:
    around = (field.find_parent("form") for field in _day_fields(page, "form[method=post]"))
    return list(dict.fromkeys(form for form in around if form))


def _typed(form: Tag, edge: str) -> MultiDict[str, str]:
    fields = filled_in(form, {})
    for tag in form.select("input[name], textarea[name]"):
        kind, name = str(tag.get("type", "text")), str(tag["name"])
        if kind == "datetime-local":
            fields[name] = f"{edge}T00:00"
        elif kind == "date":
            fields[name] = edge
        elif kind in ("tel", "text", "number") and not fields.get(name):
            fields[name] = "13800001111" if kind == "tel" or name == "phone" else "1"
    return fields
