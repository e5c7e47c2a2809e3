"""In which language the reader reads, and its texts: asked for hundreds of times a page, so found by two steps.

flask-babel decides both (`web.language.choose`, `force_locale`), but looks its own notes of this request up anew for
each text. Here they are read where it keeps them, and a text is translated once for each language.
"""

from typing import Any

from babel import Locale
from babel.support import Translations
from flask import Flask
from flask.globals import _cv_app
from flask_babel import Domain, LazyString, get_babel, get_locale
from flask_babel import get_translations as translations_now
from markupsafe import Markup

_context = _cv_app.get
"""The context itself, not by the proxy each time."""

_MOST_KEPT = 20_000
"""Texts that are kept: a catalogue has fewer in its two languages."""


def locale_now() -> Locale | None:
    """The reader's locale; None where nobody asks."""
    try:
        chosen: Locale | None = _context().g._flask_babel.babel_locale
    except (AttributeError, LookupError):  # nothing was worded yet, or there is no request
        chosen = None
    return chosen or get_locale()


def language() -> str:
    """The reader's language, `zh` or `en`; empty where nobody asks."""
    try:
        spoken: str = _context().g._flask_babel.babel_locale.language
    except (AttributeError, LookupError):
        locale = get_locale()
        return locale.language if locale is not None else ""
    return spoken


_LAZY: dict[tuple[Any, ...], Markup] = {}


def worded(lazy: LazyString) -> Markup:
    """A text that is worded when it is shown, in the reader's language."""
    if lazy._kwargs:
        return Markup(lazy)  # noqa: S704 - a text of our catalogue
    key = (language(), lazy._func, *lazy._args)
    text = _LAZY.get(key)
    if text is None:
        text = Markup(lazy)  # noqa: S704 - a text of our catalogue
        if len(_LAZY) < _MOST_KEPT:
            _LAZY[key] = text
    return text


class Words(Domain):
    """The catalogues, each found by its language alone."""

    def get_translations(self) -> Translations:
        """The texts in the reader's language."""
        spoken = language()
        found: Translations | None = self.cache.get(spoken)
        if found is None:
            found = self.cache[spoken] = super().get_translations()
        return found


class TemplateTexts:
    """`_`, `ngettext` and `pgettext` of templates: what is filled in is escaped, the text around it is not."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], Markup] = {}

    def gettext(self, message: str, **facts: Any) -> Markup:
        """A text in the reader's language."""
        key = (language(), message)
        text = self._kept.get(key) or self._keep(key, translations_now().ugettext(message))
        return text % facts if "%" in text else text

    def pgettext(self, context: str, message: str, **facts: Any) -> Markup:
        """A text that means this in its context."""
        key = (language(), context, message)
        text = self._kept.get(key) or self._keep(key, translations_now().upgettext(context, message))
        return text % facts if "%" in text else text

    def ngettext(self, one: str, many: str, num: int, **facts: Any) -> Markup:
        """A text about so many things."""
        text = Markup(translations_now().ungettext(one, many, num))  # noqa: S704 - a text of our catalogue
        return text % ({"num": num} | facts)

    def _keep(self, key: tuple[str, ...], text: str) -> Markup:
        safe = Markup(text)  # noqa: S704 - a text of our catalogue
        if len(self._kept) < _MOST_KEPT:
            self._kept[key] = safe
        return safe


def init_language(app: Flask) -> None:
    """Give templates and flask-babel these ways to their texts. Call it when Babel is there."""
    texts = TemplateTexts()
    with app.app_context():
        babel = get_babel().instance
    babel.domain_instance = Words()
    words = {"gettext": texts.gettext, "ngettext": texts.ngettext, "pgettext": texts.pgettext}
    app.jinja_env.globals.update(words, _=texts.gettext)
