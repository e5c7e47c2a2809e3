"""Every text of the product stands in the Chinese catalogue, whole. The English text is its own key."""

import ast
import configparser
import re
from functools import cache

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from babel.util import pathmatch

from tests.house.source import ROOT, committed, nodes, python_files

TRANSLATIONS = ROOT / "portal" / "translations"
KEYWORDS = {
    "_": None,
    "_l": None,
    "N_": None,
    "_p": ((1, "c"), 2),
    "_lp": ((1, "c"), 2),
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
}
"""What marks a text, as in `make messages`."""
CALL = re.compile(rf"\b(?:{'|'.join(KEYWORDS)})\s*\(")
"""A file of Python without one has no text, and to take it to pieces for that takes long."""


@cache
def extracted() -> Catalog:
    """The texts that the source marks, found the way `make messages` finds them."""
    mapping = configparser.ConfigParser()
    mapping.read(ROOT / "babel.cfg")
    catalog = Catalog()
    for how, pattern in (section.split(": ", 1) for section in mapping.sections()):
        for path in committed():
            if not pathmatch(pattern, str(path)):
                continue
            if how == "python" and not CALL.search((ROOT / path).read_text(encoding="utf-8")):
                continue
            for line, message, _comments, context in extract_from_file(how, ROOT / path, keywords=KEYWORDS):
                catalog.add(message, locations=[(str(path), line)], context=context)
    return catalog


@cache
def translated() -> Catalog:
    with (TRANSLATIONS / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def test_texts_are_found() -> None:
    """The tests below would pass on an extraction that finds nothing."""
    assert len(extracted()) > 100


def test_no_text_hides_in_an_f_string() -> None:
    """The extraction does not look into one, so its texts would be in no catalogue."""
    hidden = [
        f"{path}:{call.lineno}"
        for path in python_files("portal")
        for text in nodes(path)
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
    ]
    assert not hidden, "\n".join(hidden)


def test_every_text_is_translated() -> None:
    catalog = translated()
    missing = [
        f"{message.locations[0][0]}: {message.id!r}"
        for message in extracted()
        if message.id and not _whole(catalog.get(message.id, message.context))
    ]
    assert not missing, "\n".join(missing)


def _whole(message: object) -> bool:
    text = getattr(message, "string", "")
    forms = text if isinstance(text, tuple | list) else (text,)
    return bool(message) and not getattr(message, "fuzzy", True) and bool(forms) and all(forms)


def test_no_translation_outlives_its_text() -> None:
    known = {(message.id, message.context) for message in extracted()}
    left = [str(message.id) for message in translated() if message.id and (message.id, message.context) not in known]
    assert not left, "\n".join(left)
    assert not translated().obsolete


def test_translations_keep_their_placeholders() -> None:
    """`%(name)s` lost or misspelt in a translation breaks the page that shows it."""
    wrong = {str(message.id): [str(error) for error in errors] for message, errors in translated().check() if errors}
    assert not wrong
