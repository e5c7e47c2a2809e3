"""Flask, drawing quickly: templates by the compiler beside, addresses from patterns."""

import re
from typing import Any

from flask import Flask
from flask.globals import _cv_request
from werkzeug.routing import BaseConverter, IntegerConverter, Rule, UnicodeConverter

from ..light_pages import STATIC
from .compiler import DrawingEnvironment

_request = _cv_request.get
"""The context itself, not by the proxy each time."""

_PLACE = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>")


class Portal(Flask):
    """Flask with our templates' environment, which asks its router once where a page lies, and not for each id."""

    jinja_environment = DrawingEnvironment

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._patterns: dict[tuple[str | type, ...], str | None] = {}
        self._files: dict[tuple[str, str], str] = {}

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """Flask's `url_for`: a list's hundred links are one pattern filled in with their ids, or with plain words.

        What lies elsewhere, or has more in it, is Flask's to build each time; a file's address is kept.
        """
        if not _at_the_root():
            return super().url_for(endpoint, **values)
        kinds = []
        for value in values.values():
            kind = value.__class__
            if kind is not int and not (kind is str and value.isascii() and value.isidentifier()):
                return self._file(endpoint, **values) if endpoint in STATIC else super().url_for(endpoint, **values)
            kinds.append(kind)
        key = (endpoint, *values, *kinds)
        pattern = self._patterns[key] if key in self._patterns else self._learn(key, endpoint, values)
        return super().url_for(endpoint, **values) if pattern is None else pattern % values

    def _file(self, endpoint: str, filename: str, **values: Any) -> str:
        if values:
            return super().url_for(endpoint, filename=filename, **values)
        key = (endpoint, filename)
        if key not in self._files:
            self._files[key] = super().url_for(endpoint, filename=filename)
        return self._files[key]

    def _learn(self, key: tuple[str | type, ...], endpoint: str, values: dict[str, Any]) -> str | None:
        """The pattern of a page's address, where the router itself makes the same of it; None: ask the router."""
        if endpoint not in self.view_functions:
            return None
        rules = list(self.url_map.iter_rules(endpoint))
        pattern = _pattern_of(rules[0], values) if len(rules) == 1 else None
        if pattern is not None and pattern % values != super().url_for(endpoint, **values):
            pattern = None
        self._patterns[key] = pattern
        return pattern


_FILLED: dict[type[BaseConverter], type] = {IntegerConverter: int, UnicodeConverter: str}
"""What these parts of an address take as it is."""


def _pattern_of(rule: Rule, values: dict[str, Any]) -> str | None:
    """A route as a text to fill in, if these ids and words are all that it wants to know; others are its query."""
    if rule.defaults or not rule.arguments <= values.keys() or any(name.startswith("_") for name in values):
        return None
    for name, converter in rule._converters.items():
        if values[name].__class__ is not _FILLED.get(type(converter)):
            return None
    query = "&".join(f"{name}=%({name})s" for name in values if name not in rule.arguments)
    return _PLACE.sub(r"%(\1)s", rule.rule.replace("%", "%%")) + ("?" + query if query else "")


def _at_the_root() -> bool:
    """Whether a request is answered now, by a portal that stands at its host's root."""
    try:
        adapter = _request().url_adapter
    except LookupError:
        return False
    return adapter is not None and adapter.script_name == "/"
