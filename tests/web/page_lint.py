"""What must hold for every page, whoever asked for it: `faults` says where one does not keep to it.

Each check reads the page as a browser or a screen reader would and yields sentences. None of them knows any
page, so a new page is checked from its first day.
"""

import re
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import html5lib
from babel.messages.pofile import read_po
from html5lib.constants import E as HTML_ERRORS

from tests.reader import Tag, read
from tests.web.known_good import KnownGood

CATALOGUES = Path(__file__).parents[2] / "portal" / "translations"
REQUIRED_HEADERS = {"X-Content-Type-Options": ("nosniff",), "Referrer-Policy": ("same-origin", "no-referrer")}
"""By header the values that will do: behind a link that is a secret nothing may tell its address."""

DIRECTIVES_WITHOUT_FALLBACK = ("base-uri", "form-action", "frame-ancestors")
LOOSE_SOURCES = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:")
WECHAT = "https://res.wx.qq.com"
"""The one place from which a page may take a script that is not ours: a page that asks WeChat for a card."""
DATA_MAY_COME_FROM = ("img-src", "media-src", "font-src")
LEFTOVERS = re.compile(r"%\(\w+\)[sd]|\{\{|\}\}|\{%|%\}|<\w+ object at|LazyString|Undefined|\bNone\b")
UNSEEN = ("script", "style", "template", "svg", "noscript")


def faults(html: str, headers: Mapping[str, str], language: str, soup: Tag | None = None) -> list[str]:
    """Everything that is wrong with a page in `language` (`zh` or `en`); an empty list for a good one.

    `soup` is the page as it was read, where somebody read it already.
    """
    page = _Read(soup or read(html))
    return [
        *_is_html5(html),
        *_says_what_it_is(page, language),
        *_ids_hold(page),
        *_controls_have_names(page),
        *_keeps_to_the_policy(page, headers.get("Content-Security-Policy", "")),
        *_runs_only_ours(page),
        *_headers_protect(headers),
        *_scripts_are_ours(page, headers.get("Content-Security-Policy", "")),
        *_forms_are_guarded(page),
        *_is_translated(page, language),
    ]


def text_of(tag: Tag) -> str:
    """A tag's text as it is read, with single spaces and without the signs that only hold a line together."""
    return " ".join(tag.get_text(" ").replace("\N{WORD JOINER}", "").split())


class _Read:
    """A page gone through once: what the checks look for, by name and by attribute. A selector would search anew."""

    def __init__(self, soup: Tag) -> None:
        self.texts: list[tuple[str, Tag]] = []
        self._named: dict[str, list[Tag]] = {}
        self._having: dict[str, list[Tag]] = {}
        unseen: set[Tag | None] = set()
        for around, one in soup.walk():
            if isinstance(one, Tag):
                self._enter(one)
                if one.name in UNSEEN or around in unseen:
                    unseen.add(one)
            elif around and around not in unseen and (words := " ".join(one.split())):
                self.texts.append((words, around))
        self.ids = Counter(str(tag["id"]) for tag in self.having("id"))
        self.by_id = {str(tag["id"]): tag for tag in reversed(self.having("id"))}
        self.labels = {str(tag["for"]): tag for tag in reversed(self.named("label")) if tag.get("for")}

    def _enter(self, tag: Tag) -> None:
        self._named.setdefault(tag.name, []).append(tag)
        for attribute in tag.attrs:
            self._having.setdefault(attribute, []).append(tag)

    def named(self, *names: str) -> list[Tag]:
        return [tag for name in names for tag in self._named.get(name, ())]

    def having(self, attribute: str) -> list[Tag]:
        return self._having.get(attribute, [])

    @property
    def attributes(self) -> list[str]:
        return list(self._having)


_TAG = re.compile(r"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_VALUE = re.compile(r"""=("[^"&]*"|'[^'&]*')""")
_REFERENCE = re.compile(r"&[^;\s<]*;?")
_WITHIN = re.compile(r"<main\b[\s\S]*</main>")
_EMPTY = '<!doctype html><html lang=""><head><title>x</title></head><body>%s</body></html>'
_good_shapes = KnownGood(
    Path(__file__).parents[2] / ".cache" / "pages" / "good-shapes",
    reader=f"{html5lib.__version__} {sys.version} ".encode() + Path(__file__).read_bytes(),
)


def _shape(html: str) -> str:
    """A page as HTML's own rules see it: its tags with their attributes' names, where text stands, its entities."""
    parts, at = [], 0
    for found in _TAG.finditer(html):
        parts += (_place_of_text(html[at : found.start()]), _VALUE.sub('=""', found[0]))
        at = found.end()
    return "".join((*parts, _place_of_text(html[at:])))


def _place_of_text(text: str) -> str:
    return "".join(("x" if text.strip() else " " if text else "", *_REFERENCE.findall(text)))


def _is_html5(html: str) -> Iterator[str]:
    """A page is good where its frame is, and what its frame holds is within an empty one; each shape is read once."""
    shape = _shape(html)
    within = _WITHIN.search(shape)
    parts = [_EMPTY % within[0], shape.replace(within[0], "<main></main>")] if within else [shape]
    unknown = [part for part in parts if not _good_shapes.knows(part)]
    found = list(_html_errors(html)) if any(fault for part in unknown for fault in _html_errors(part)) else []
    if not found:
        for part in unknown:
            _good_shapes.add(part)
    yield from found


def _html_errors(html: str) -> Iterator[str]:
    parser = html5lib.HTMLParser()
    parser.parse(html)
    for (line, _column), code, details in parser.errors:
        yield f"HTML, line {line}: {HTML_ERRORS[code] % details}"


def _says_what_it_is(page: _Read, language: str) -> Iterator[str]:
    headings = page.named("h1")
    if len(headings) != 1:
        yield f"there are {len(headings)} h1, there must be one"
    title = next(map(text_of, page.named("title")), "")
    if headings and not title.startswith(text_of(headings[0])):
        yield f"the title {title!r} does not begin with the h1 {text_of(headings[0])!r}"
    said = next((str(tag.get("lang", "")) for tag in page.named("html")), "")
    if said.split("-")[0] != language:
        yield f"the page says it is in {said!r}, not {language!r}"
    if not any(tag.get("name") == "viewport" for tag in page.named("meta")):
        yield "there is no viewport: a phone would show a tiny desktop"
    if len(page.named("main")) != 1:
        yield "there must be one main"


def _ids_hold(page: _Read) -> Iterator[str]:
    yield from (f"the id {name!r} is used {times} times" for name, times in page.ids.items() if times > 1)
    for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
        for tag in page.having(attribute):
            value = tag[attribute]
            for name in value if isinstance(value, list) else value.split():
                if name not in page.ids:
                    yield f"{_short(tag)}: {attribute} names {name!r}, which is not there"
    for link in page.named("a"):
        name = str(link.get("href", ""))
        if name.startswith("#") and name[1:] and name[1:] not in page.ids:
            yield f"{_short(link)} leads to {name[1:]!r}, which is not there"


def _controls_have_names(page: _Read) -> Iterator[str]:
    for control in page.named("input", "select", "textarea"):
        kind = control.get("type", "")
        if kind != "hidden" and not _name(page, control) and not (kind == "submit" and control.get("value")):
            yield f"{_short(control)} has no label"
    for tag in page.named("a", "button", "summary"):
        if (tag.name != "a" or tag.has_attr("href")) and not _name(page, tag):
            yield f"{_short(tag)} has no name that can be read out"
    for image in page.named("img"):
        if image.get("alt") is None:
            yield f"{_short(image)} has no alt"


def _name(page: _Read, tag: Tag) -> str:
    """What a screen reader calls a control."""
    if spoken := str(tag.get("aria-label", "")).strip():
        return spoken
    if labels := str(tag.get("aria-labelledby", "")).split():
        return " ".join(text_of(page.by_id[name]) for name in labels if name in page.by_id)
    if tag.name in {"a", "button", "summary"}:
        return text_of(tag) or " ".join(str(image.get("alt", "")) for image in tag.find_all("img")).strip()
    if around := tag.find_parent("label"):
        return text_of(around)
    label = page.labels.get(str(tag["id"])) if tag.get("id") else None
    return text_of(label) if label else ""


def _keeps_to_the_policy(page: _Read, policy: str) -> Iterator[str]:
    for script in page.named("script"):
        if not script.has_attr("src") and script.get("type") != "application/json":
            yield f"{_short(script)} is an inline script"
    yield from (f"{_short(tag)} is an inline style" for tag in page.having("style"))
    for style in page.named("style"):
        if f"'{digest_of(style)}'" not in policy:
            yield f"{_short(style)} is an inline style that the policy does not name"


def _runs_only_ours(page: _Read) -> Iterator[str]:
    for name in page.attributes:
        if name.startswith(("on", "hx-on")):
            yield from (f"{_short(tag)} has the handler {name}" for tag in page.having(name))
    for attribute in ("src", "href", "action"):
        for tag in page.having(attribute):
            address = str(tag[attribute])
            if address.strip().lower().startswith("javascript:"):
                yield f"{_short(tag)} runs a script by its {attribute}"
            if tag.name != "a" and re.match(r"(https?:)?//", address):
                yield f"{_short(tag)} brings something from elsewhere: {address}"


def digest_of(style: Tag) -> str:
    """A style that stands in a page, as a policy names it."""
    digest = sha256(style.text.encode()).digest()
    return f"sha256-{b64encode(digest).decode()}"


def _headers_protect(headers: Mapping[str, str]) -> Iterator[str]:
    for name, values in REQUIRED_HEADERS.items():
        if headers.get(name) not in values:
            yield f"the header {name} is {headers.get(name)!r}"
    parts = (part.split() for part in headers.get("Content-Security-Policy", "").split(";"))
    policy = {part[0]: part[1:] for part in parts if part}
    if policy.get("default-src") not in (["'self'"], ["'none'"]):
        yield f"the content security policy's default-src is {policy.get('default-src')}"
    yield from (f"the policy lacks {name}" for name in DIRECTIVES_WITHOUT_FALLBACK if name not in policy)
    for directive, sources in policy.items():
        for source in sources:
            if source in LOOSE_SOURCES and not (source == "data:" and directive in DATA_MAY_COME_FROM):
                yield f"the policy's {directive} allows {source}"


def _scripts_are_ours(page: _Read, policy: str) -> Iterator[str]:
    """Nothing but our own, and where a page asks WeChat for a card, WeChat's script."""
    asks = any(str(tag["data-sdk"]).startswith(f"{WECHAT}/") for tag in page.having("data-sdk"))
    for directive, *sources in (part.split() for part in policy.split(";") if part.strip()):
        for source in sources:
            elsewhere = re.match(r"(https?:)?//.|[\w*]+\.\w", source)
            if elsewhere and not (directive == "script-src" and source == WECHAT and asks):
                yield f"the policy's {directive} allows {source}"


def _forms_are_guarded(page: _Read) -> Iterator[str]:
    for form in page.named("form"):
        token = form.select_one("input[name=csrf_token]")
        posts = str(form.get("method", "get")).lower() == "post"
        if posts and not (token and token.get("value")):
            yield f"{_short(form)} posts without a token"
        if token and not posts:
            yield f"{_short(form)} would show its token in the address"


def _is_translated(page: _Read, language: str) -> Iterator[str]:
    english = _english_of_translated_texts() if language == "zh" else frozenset()
    for words, around in _seen_texts(page):
        if LEFTOVERS.search(words):
            yield f"{_short(around)} shows what the reader should not see: {words!r}"
        elif words in english and _language_of(around) == language:
            yield f"{_short(around)} is not translated: {words!r}"


def _seen_texts(page: _Read) -> Iterator[tuple[str, Tag]]:
    yield from page.texts
    for attribute in ("alt", "title", "placeholder", "aria-label"):
        yield from ((str(tag[attribute]), tag) for tag in page.having(attribute))


def _language_of(tag: Tag) -> str:
    said: Tag | None = tag
    while said and not said.get("lang"):
        said = said.parent
    return str(said["lang"]).split("-")[0] if said else ""


@cache
def _english_of_translated_texts() -> frozenset[str]:
    """The texts that a Chinese page must not show, because Chinese exists for them."""
    with (CATALOGUES / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    known = ((message.id, message.string) for message in catalogue if message.id)
    return frozenset(one for one, chinese in known if isinstance(one, str) and chinese not in ("", one))


def _short(tag: Tag) -> str:
    """The opening of a tag, enough to find it."""
    attributes = "".join(f' {name}="{tag[name]}"' for name in ("id", "name", "class", "href") if tag.get(name))
    return f"<{tag.name}{attributes}>"
