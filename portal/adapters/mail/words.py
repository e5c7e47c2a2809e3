"""What our mails say: templates of ours, in the language that the reader chose on the page.

The worker sends mails too, where no request and so no Flask is: the templates are read here, with the same catalogues.
Each mail has `<template>.txt`, whose first line is the subject, and `<template>.html`. They load nothing from anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from .sender import Letter

_PORTAL = Path(__file__).parents[2]
_TEMPLATES = _PORTAL.parent / "templates" / "mail"
_CATALOGUES = _PORTAL / "translations"


class Words:
    """Words mails; `brands` is the owner's name by locale."""

    def __init__(self, brands: Mapping[str, str]) -> None:
        self._brands = brands

    def letter(self, to: str, template: str, params: Mapping[str, Any], locale: str) -> Letter:
        """The mail of this template with these values."""
        values = {**params, "brand": self._brands[locale], "language": locale.split("_")[0]}
        environment = _environment(locale)
        text = environment.get_template(f"{template}.txt").render(values)
        subject, _, body = text.partition("\n")
        html = environment.get_template(f"{template}.html").render(values)
        return Letter(to, subject.strip(), body.strip() + "\n", html, locale, params.get("unsubscribe"))


@cache
def _environment(locale: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(Translations.load(_CATALOGUES, [locale]), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    return environment
