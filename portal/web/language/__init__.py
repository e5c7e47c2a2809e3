"""The reader's language: chosen by hand, remembered, otherwise what the browser asks for."""

from flask import request, session
from flask_login import current_user

from ..edge import config

LOCALES = ("zh_Hans_CN", "en")
_TAGS = {"zh-CN": "zh_Hans_CN", "zh": "zh_Hans_CN", "en": "en"}


def choose() -> str:
    """The locale of this request."""
    chosen = session.get("locale")
    if chosen in LOCALES:
        return str(chosen)
    if current_user.is_authenticated and current_user.person.locale in LOCALES:
        return str(current_user.person.locale)
    tag = request.accept_languages.best_match(list(_TAGS))
    return _TAGS[tag] if tag else config().default_locale
