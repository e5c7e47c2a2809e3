"""Flask, drawing quickly: templates by the compiler beside, addresses from patterns."""

import re
from typing import Any

from flask import Flask
from flask.globals import request_ctx
from werkzeug.routing import IntegerConverter, Rule

from ..light_pages import STATIC
from .compiler import DrawingEnvironment

_request = request_ctx._get_current_object  # type: ignore[attr-defined]  # the context itself, not by the proxy

_PLACE = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>")


class Portal(Flask):
    """Flask with our templates' environment, which asks its router once where a page lies, and not for each id."""

    jinja_environment = DrawingEnvironment

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._patterns: dict[tuple[str, ...], str | None] = {}
        self._files: dict[tuple[str, str], str] = {}

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """Flask's `url_for`: a list's hundred links are one pattern filled in with their ids.

        What lies elsewhere, or has more than ids in it, is Flask's to build each time; a file's address is kept.
        """
        if not _at_the_root():
            return super().url_for(endpoint, **values)
        for value in values.values():
            if value.__class__ is not int:
                return self._file(endpoint, **values) if endpoint in STATIC else super().url_for(endpoint, **values)
        key = (endpoint, *values)
        pattern = self._patterns[key] if key in self._patterns else self._learn(key, values)
        return super().url_for(endpoint, **values) if pattern is None else pattern % values

    def _file(self, endpoint: str, filename: str, **values: Any) -> str:
        if values:
            return super().url_for(endpoint, filename=filename, **values)
        key = (endpoint, filename)
        if key not in self._files:
            self._files[key] = super().url_for(endpoint, filename=filename)
        return self._files[key]

    def _learn(self, key: tuple[str, ...], values: dict[str, Any]) -> str | None:
        """The pattern of a page's address, where the router itself makes the same of it; None: ask the router."""
        endpoint, *names = key
        if endpoint not in self.view_functions:
            return None
        rules = list(self.url_map.iter_rules(endpoint))
        pattern = _pattern_of(rules[0], names) if len(rules) == 1 else None
        if pattern is not None and pattern % values != super().url_for(endpoint, **values):
            pattern = None
        self._patterns[key] = pattern
        return pattern


def _pattern_of(rule: Rule, names: list[str]) -> str | None:
    """A route as a text to fill in, if these ids are all that it wants to know."""
    if rule.defaults or set(names) != rule.arguments:
        return None
    if not all(isinstance(converter, IntegerConverter) for converter in rule._converters.values()):
        return None
    return _PLACE.sub(r"%(\1)s", rule.rule.replace("%", "%%"))


def _at_the_root() -> bool:
    """Whether a request is answered now, by a portal that stands at its host's root."""
    try:
        adapter = _request().url_adapter
    except RuntimeError:
        return False
    return adapter is not None and adapter.script_name == "/"
