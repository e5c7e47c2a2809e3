"""How the templates are written: what djlint does not see, read off Jinja's own tree."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from tests.house.source import ROOT

_LONGEST = 140
_TEMPLATES = ROOT / "templates"
_CHANGES = {"append", "extend", "insert", "update", "add", "pop", "remove", "setdefault", "clear"}
"""What changes a list, a dictionary or a set in its place."""

_UNJOINED = re.compile(
    r"""[.?!]"(?:,(?:[^{}]|\{\})*?)?\)(?:\|\w+)?[ ]?-?\}\}   # a sentence that ends
    \s+(?:\{\{-?[ ](?:_|n?p?gettext)\(|<a[ ](?![^>]*btn))   # another one, or a link, after a space""",
    re.VERBOSE,
)
"""A sentence, and after a space another one, or a link."""

_SAFE: frozenset[str] = frozenset()
"""The templates that may take a text for HTML: none. Markup is made in Python, where it is looked at."""


@cache
def _trees() -> dict[str, nodes.Template]:
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    return {_name(path): environment.parse(path.read_text(encoding="utf-8"), _name(path)) for path in _paths()}


def _paths() -> list[Path]:
    return sorted(path for path in _TEMPLATES.rglob("*") if path.suffix in (".html", ".txt"))


def _name(path: Path) -> str:
    return path.relative_to(_TEMPLATES).as_posix()


def _imports(tree: nodes.Template) -> Iterator[tuple[str, str, str, int]]:
    """From where, which name, as what, in which line."""
    for node in tree.find_all(nodes.FromImport):
        assert isinstance(node.template, nodes.Const), "an import names its template"
        for name in node.names:
            one, alias = name if isinstance(name, tuple) else (name, name)
            yield node.template.value, one, alias, node.lineno


def _read(tree: nodes.Template) -> Counter[str]:
    return Counter(node.name for node in tree.find_all(nodes.Name) if node.ctx == "load")


def _builds_a_list(node: nodes.Node) -> bool:
    """`x.append(…)`, `{% do … %}`, or `{% set x = x + […] %}`, on a name or in a namespace."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
        return node.node.attr in _CHANGES
    if isinstance(node, nodes.Assign):
        return isinstance(node.node, nodes.Add) and _target(node.target) in set(_parts(node.node))
    return isinstance(node, nodes.ExprStmt)


def _target(node: nodes.Node) -> str:
    if isinstance(node, nodes.NSRef):
        return f"{node.name}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else ""


def _parts(node: nodes.Expr) -> Iterator[str]:
    """The names that are added up."""
    if isinstance(node, nodes.Add):
        yield from _parts(node.left)
        yield from _parts(node.right)
    elif isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        yield f"{node.node.name}.{node.attr}"
    elif isinstance(node, nodes.Name):
        yield node.name


def _building(tree: nodes.Template) -> list[int]:
    return [node.lineno for node in tree.find_all((nodes.Call, nodes.Assign, nodes.ExprStmt)) if _builds_a_list(node)]


def test_no_line_of_a_template_is_too_long() -> None:
    """What is long breaks where whitespace does not show: inside a tag, an expression, or at `{%-` and `{{-`; never in
    running text, where Chinese would show a gap. A text breaks as in Python: two strings side by side are one."""
    long = [
        f"{_name(path)}:{number}: {len(line)} characters"
        for path in _paths()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > _LONGEST
    ]
    assert not long, "\n".join(long)


def test_between_two_sentences_stands_no_space_of_its_own() -> None:
    """A Chinese full stop is wide: a space after it is a hole. `gap()` is one in English alone."""
    pages = (path for path in _paths() if path.suffix == ".html" and path.parent.name != "mail")
    found = [f"{_name(path)}: {one[0]}" for path in pages for one in _UNJOINED.finditer(path.read_text("utf-8"))]
    assert not found, "write {{ gap() }} between the two, or {{ gap() -}} at the end of the line"


@pytest.mark.parametrize(
    ("source", "sound"),
    [
        ('{{ _("One.") }} {{ _("Two.") }}', False),
        ('{{ _("At %(day)s.", day=at|day) }}\n  <a href="/">', False),
        ('{{ _("One.") }}{{ gap() }}{{ _("Two.") }}', True),
        ('{{ _("One.") }}{{ gap() -}}\n  <a href="/">', True),
        ('<p>{{ _("One.") }}</p> {{ _("Two.") }}', True),
        ('{{ _("One.") }}\n<a class="btn btn-primary" href="/">', True),
    ],
)
def test_a_hole_between_sentences_is_seen(source: str, sound: bool) -> None:
    assert (_UNJOINED.search(source) is None) is sound


def test_no_template_builds_a_list() -> None:
    """A list comes from the view, or is one expression: `|pairs`, and `+ ([…] if … else [])`."""
    built = [f"{name}:{line}" for name, tree in _trees().items() for line in _building(tree)]
    assert not built, "\n".join(built)


@pytest.mark.parametrize(
    "source",
    [
        "{% set _done = rows.append(1) %}",
        "{{ rows.insert(0, 1) or '' }}",
        "{% do rows.sort() %}",
        "{% set rows = rows + [1] %}",
        "{% set ns.rows = ns.rows + [1] + more %}",
    ],
)
def test_building_a_list_is_seen(source: str) -> None:
    assert _building(Environment(extensions=["jinja2.ext.do"]).parse(source))


@pytest.mark.parametrize("source", ["{% set rows = shown + [1] %}", "{{ rows|pairs }}", "{{ words.add_up }}"])
def test_an_expression_is_no_building(source: str) -> None:
    assert not _building(Environment().parse(source))


def test_every_import_is_there_and_read() -> None:
    trees = _trees()
    made = {name: {node.name for node in tree.find_all(nodes.Macro)} for name, tree in trees.items()}
    wrong = []
    for name, tree in trees.items():
        read, seen = _read(tree), set()
        for source, one, alias, line in _imports(tree):
            if one not in made.get(source, set()):
                wrong.append(f"{name}:{line}: {source} has no {one}")
            if not read[alias]:
                wrong.append(f"{name}:{line}: {alias} is read nowhere")
            if alias in seen:
                wrong.append(f"{name}:{line}: {alias} is imported twice")
            seen.add(alias)
    assert not wrong, "\n".join(wrong)


def test_every_macro_is_read() -> None:
    trees = _trees()
    imported = {(source, one) for tree in trees.values() for source, one, _alias, _line in _imports(tree)}
    unread = [
        f"{name}:{node.lineno}: {node.name}"
        for name, tree in trees.items()
        for node in tree.find_all(nodes.Macro)
        if not _read(tree)[node.name] and (name, node.name) not in imported
    ]
    assert not unread, "\n".join(unread)


def test_no_template_takes_a_text_for_html() -> None:
    """Neither `|safe` nor `{% autoescape false %}`."""
    trusting = [
        f"{name}:{node.lineno}"
        for name, tree in _trees().items()
        for node in tree.find_all((nodes.Filter, nodes.ScopedEvalContextModifier))
        if name not in _SAFE and (not isinstance(node, nodes.Filter) or node.name == "safe")
    ]
    assert not trusting, "\n".join(trusting)


ASKS_FOR = {"data-camera": "camera", "data-challenge": "camera", "data-scanner": "camera", "data-place": "geolocation"}
"""What a script looks for to ask the device → what the page must say that it may ask for."""


def test_who_asks_the_device_says_so() -> None:
    """Else the policy of the page forbids it, and nothing comes of the button (`web/responses/security.py`)."""
    silent = []
    for path in sorted(_TEMPLATES.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for mark, feature in ASKS_FOR.items():
            if re.search(rf"\s{mark}[\s=>]", text) and f'page_may("{feature}")' not in text:
                silent.append(f"{path.name}: {mark}")
    assert silent == []


_LINKS_STYLE = {"layouts/base.html", "errors/500.html", "errors/503.html"}
"""Which templates link a stylesheet: the frame of all pages, and two pages that stand where nothing else does."""


def test_a_page_waits_for_one_stylesheet() -> None:
    """Another one would be another thing that a phone waits for: rooms' styles are part of it (web/light_pages)."""
    assert {_name(path) for path in _paths() if 'rel="stylesheet"' in path.read_text(encoding="utf-8")} == _LINKS_STYLE
    assert (_TEMPLATES / "layouts/base.html").read_text(encoding="utf-8").count('rel="stylesheet"') == 1


_EVERY_PAGES = {"portal", "layout", "shell", "components", "forms", "help", "notifications", "landing"}
"""Styles of the frame, which says of a class in one file what it is and in another how it is printed; and `landing`,
which stands in pages of its own."""


def test_a_class_means_the_same_in_each_room() -> None:
    """The rooms' styles reach every page together."""
    rules: dict[str, set[str]] = {}
    for path in (ROOT / "portal" / "static" / "css").glob("*.css"):
        style = re.sub(r"/\*.*?\*/|@media[^{]*\{", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for one in ",".join(re.findall(r"([^{}]+)\{", style)).split(","):
            rules.setdefault(" ".join(one.split()), set()).add(path.stem)
    shared = {one: sorted(files) for one, files in rules.items() if one.startswith(".") and files - _EVERY_PAGES}
    assert {one: files for one, files in shared.items() if len({*files} - {"landing"}) > 1} == {}
