"""Templates compiled for speed say what Jinja's own compiler makes them say; addresses are the router's."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel, force_locale, lazy_gettext
from jinja2 import DictLoader, Environment, pass_context
from markupsafe import Markup

from portal.web.drawing.application import Portal
from portal.web.drawing.compiler import Compiler, Drawing
from portal.web.drawing.language import init_language
from portal.web.drawing.widgets import attributes


@dataclass
class Row:
    name: str
    items: str = "an attribute goes before a key"
    number: int = 3
    nothing: None = None

    def spoken(self, times: int = 1) -> str:
        return self.name * times

    @property
    def broken(self) -> str:
        raise AttributeError("inside")


@pass_context
def seen(context: Any, name: str) -> Any:
    return context.get(name, "unseen")


FACTS = {
    "row": Row("<b>"),
    "facts": {"name": "&", "items": "a key", "deep": {"name": "'"}},
    "rows": [Row("a"), Row('"')],
    "safe": Markup("<i>"),
    "lazy": lazy_gettext("<u>"),
    "seen": seen,
    "call": lambda *given, **named: f"{given} {named}",
}
MACROS = (
    "{% macro m(a, b='B', c=none) %}[{{ a }}|{{ b }}|{{ c }}]{% endmacro %}"
    "{% macro each(rows) %}{% for row in rows %}{{ caller(row, loop.index) }},{% endfor %}{% endmacro %}"
    "{% macro box() %}<p>{% if caller %}{{ caller() }}{% endif %}</p>{% endmacro %}"
    "{% macro any(a) %}{{ a }} {{ varargs }} {{ kwargs }}{% endmacro %}"
    "{% macro own(caller=none) %}{{ caller() if caller else 'alone' }}{% endmacro %}"
)
SAME = (
    "{{ row.name }} {{ safe }} {{ lazy }} {{ row.number }} {{ row.nothing }} {{ 1.5 }} {{ 'x<' }}",
    "{{ facts.name }} {{ facts.deep.name }} {{ facts['name'] }} {{ row['name'] }} {{ facts.items is callable }}",
    "{{ facts.gone }}|{{ row.gone }}|{{ gone }}|{{ facts.gone is defined }}|{{ row.broken is defined }}",
    "{{ row.gone.gone }}",
    "{{ gone() }}",
    "{{ gone.gone }}",
    "{{ row.spoken() }} {{ row.spoken(2) }} {{ row.spoken(times=3) }} {{ call(1, *[2, 3], x=4, **{'class': 5}) }}",
    "{{ 'yes' if row.number }}|{{ 'yes' if not row.number }}|{% set x = 'y' if not row.number %}{{ x is defined }}",
    "{{ row.name ~ safe }}|{{ rows|map(attribute='name')|join('<') }}|{{ row.name|upper }}",
    "{% for row in rows if row.name %}{{ loop.index }}{{ row.name }}{{ seen('row') }}{% else %}none{% endfor %}",
    "{% set name = row.name %}{{ seen('name') }} {{ seen('rows')|length }} {{ dict(a=1).a }} {{ range(3)|list }}",
    "{{ m(1) }}{{ m(1, 2, 3) }}{{ m(b='<', a=safe) }}{{ m() }}{{ m(1, c=2) }}{{ m(*[1, 2]) }}{{ m(**{'a': 1}) }}",
    "{{ m(1, 2, 3, 4) }}",
    "{{ m(1, a=2) }}",
    "{{ m(1, d=2) }}",
    "{% call(row, at) each(rows) %}{{ at }}{{ row.name }}{% endcall %}|{% call box() %}<b>{{ safe }}{% endcall %}",
    "{{ box() }}|{{ own() }}|{% call own() %}c{% endcall %}|{{ each([]) }}",
    "{{ each(rows) }}",
    "{% call m(1) %}unasked{% endcall %}",
    "{{ any(1, 2, 3, x=4) }}|{{ any(1) }}|{{ m.name }} {{ m.arguments }}",
    "{% set kept %}{{ row.name }}{{ m(row.name) }}{% endset %}{{ kept }}",
    "{% filter upper %}{{ row.name }}{% endfilter %}",
    "{% from 'lib' import m as other %}{{ other(1) }}",
    "{% import 'lib' as lib %}{{ lib.m(row.name) }}{{ lib.gone is defined }}",
    "{% include 'part' %}{% autoescape false %}{{ row.name }}{% endautoescape %}",
)


@pytest.mark.parametrize("source", SAME)
def test_a_template_says_what_jinja_makes_of_it(source) -> None:
    """Also where it fails: by the same error with the same words."""
    assert _said(source, quick=True) == _said(source, quick=False)


def test_a_part_says_what_jinja_makes_of_it_when_it_is_imported_again_under_other_globals() -> None:
    environment = _environment(quick=True)
    for extra in ({}, {"fromage": "b"}, {}):
        template = environment.from_string("{% from 'globe' import told %}{{ told() }}", globals=extra)
        assert template.render() == extra.get("fromage", "")


def _environment(*, quick: bool) -> Environment:
    parts = {"lib": MACROS, "part": "{{ row.name }}{{ m is defined }}", "globe": _GLOBE}
    environment = Environment(loader=DictLoader(parts), autoescape=True)
    if quick:
        environment.code_generator_class, environment.template_class = Compiler, Drawing
    return environment


_GLOBE = "{% macro told() %}{{ fromage }}{% endmacro %}"


def _said(source: str, *, quick: bool) -> str:
    app = Flask(__name__)
    Babel(app)
    try:
        with app.test_request_context():
            return _environment(quick=quick).from_string(MACROS + source).render(FACTS)
    except Exception as error:  # whatever Jinja makes of it
        return f"{type(error).__name__}: {error}"


# Texts


@pytest.fixture
def app() -> Portal:
    app = Portal("portal")
    Babel(app)
    init_language(app)
    return app


LAZY = {"lazy": lazy_gettext("Clients"), "lazy_with": lazy_gettext("until %(instant)s", instant="now")}


@pytest.mark.parametrize(
    ("source", "zh", "en"),
    [
        ("{{ _('Clients') }}{{ _('Clients') }}", "客户客户", "ClientsClients"),
        ("{{ _('until %(instant)s', instant='<') }}", "至 &lt;", "until &lt;"),
        ("{{ ngettext('%(num)d unread', '%(num)d unread', 2) }}", "2 条未读", "2 unread"),
        ("{{ pgettext('registration', 'Accepted') }}", "报备有效", "Accepted"),
        ("{{ lazy }}{{ lazy }}", "客户客户", "ClientsClients"),
        ("{{ lazy_with }}", "至 now", "until now"),
    ],
)
def test_a_text_is_in_the_language_of_the_moment(app, source, zh, en) -> None:
    with app.test_request_context():
        template = app.jinja_env.from_string(source)
        for locale, text in (("zh_Hans_CN", zh), ("en", en), ("zh_Hans_CN", zh)):
            with force_locale(locale):
                assert template.render(LAZY) == text


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ 1 }} · {{ 2 }}", "1\N{NO-BREAK SPACE}· 2"),
        ("{{ 1 }}\n  · <b>2</b>", "1\N{NO-BREAK SPACE}·\n  <b>2</b>"),
        ("1 {%- if true %} · 2{% endif %}", "1\N{NO-BREAK SPACE}· 2"),
        ("{{ [1, 2]|join(' · ') }}", "1\N{NO-BREAK SPACE}· 2"),
        ("tap ··· at the top, A·B", "tap ··· at the top, A·B"),
    ],
)
def test_no_line_begins_with_a_dot(app: Portal, source: str, said: str) -> None:
    with app.test_request_context():
        assert app.jinja_env.from_string(source).render() == said


ATTRIBUTES = {
    "in their order": ({"name": "a", "id": "b"}, 'id="b" name="a"'),
    "true stands alone, false is left out": ({"required": True, "disabled": False, "id": "x"}, 'id="x" required'),
    "python's words": ({"class_": "field", "for_": "x"}, 'class="field" for="x"'),
    "hyphens": ({"data_a_b": 1, "aria_label": "c", "max_length": 3}, 'aria-label="c" data-a-b="1" max_length="3"'),
    "a text is escaped": ({"value": "a\"b<c>'&"}, 'value="a&#34;b&lt;c&gt;&#39;&amp;"'),
    "html is not, but for its quotes": ({"value": Markup('<b class="x">')}, 'value="<b class=&quot;x&quot;>"'),
    "nothing": ({}, ""),
}


@pytest.mark.parametrize(("given", "written"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes_are_written_as_wtforms_writes_them(given: dict[str, object], written: str) -> None:
    assert attributes(**given) == written
    assert isinstance(attributes(**given), Markup)


# Addresses

ADDRESSES = {
    "a page": ("page", {}),
    "an id": ("row", {"id": 7}),
    "an id that is a word": ("row", {"id": "seven"}),
    "an id that is missing": ("row", {}),
    "an id and a query": ("row", {"id": 7, "state": "open", "page": 2}),
    "a word": ("kind", {"key": "payout_sent"}),
    "a word that is an id": ("kind", {"key": 7}),
    "a word with a slash": ("kind", {"key": "a/b"}),
    "a word in Chinese": ("kind", {"key": "报备"}),
    "a query in Chinese": ("page", {"q": "王 & 小明"}),
    "a query of nothing": ("page", {"q": None, "state": "open"}),
    "a query of several": ("page", {"state": ["open", "closed"]}),
    "a part of a page": ("page", {"_anchor": "signs"}),
    "the whole address": ("row", {"id": 7, "_external": True}),
    "a percent in the path": ("share", {"id": 7}),
    "one of two paths": ("both", {"id": 7}),
    "beside the page that asks": (".page", {"state": "open"}),
    "nowhere": ("gone", {"id": 7}),
}


@pytest.mark.parametrize(("endpoint", "values"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_is_the_routers(app: Portal, endpoint: str, values: dict[str, object]) -> None:
    """Asked for again it comes from a pattern; also for other ids, and also where the router refuses."""
    for path, name in PATHS:
        app.add_url_rule(path, name, str)
    with app.test_request_context():
        for _ in range(2):
            assert _address(app, endpoint, values) == _address(super(Portal, app), endpoint, values)
        others = {name: _OTHER.get(type(value), value) for name, value in values.items()}
        assert _address(app, endpoint, others) == _address(super(Portal, app), endpoint, others)


PATHS = (
    ("/page", "page"),
    ("/rows/<int:id>", "row"),
    ("/kinds/<key>", "kind"),
    ("/100%/<int:id>", "share"),
    ("/both/<int:id>", "both"),
    ("/both", "both"),
)
_OTHER = {int: 8, str: "another"}


def _address(app: Any, endpoint: str, values: dict[str, object]) -> str:
    try:
        return str(app.url_for(endpoint, **values))
    except Exception as error:  # whatever the router makes of it
        return f"{type(error).__name__}: {error}"
