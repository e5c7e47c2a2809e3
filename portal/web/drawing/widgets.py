"""The attributes of form fields, in fewer calls than WTForms takes for them; what they say is the same (ADR 97).

An editor has some thousand options. WTForms formats each attribute of each of them as a template of its own, and
escapes every part of it anew.
"""

from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape
from wtforms import widgets
from wtforms.widgets import core

from .runtime import escape_text, marked


def attributes(**given: Any) -> Markup:
    """The attributes of a tag, in their order: `True` stands alone, `False` is left out."""
    parts = []
    for key in sorted(given):
        value = given[key]
        if value is True:
            parts.append(_name(key))
        elif value is not False:
            parts.append(f'{_name(key)}="{_value(value)}"')
    return marked(Markup, " ".join(parts))


@lru_cache(maxsize=1_000)
def _name(key: str) -> str:
    return str(escape(core.clean_key(key)))


def _value(value: Any) -> str:
    """A text is escaped whole; of what is HTML already, what would end the attribute."""
    if value.__class__ is str:
        escaped: str = escape_text(value)
        return escaped
    return str(escape(value)).replace('"', "&quot;")


def init_widgets() -> None:
    """Give WTForms this way to write attributes. Once a process."""
    core.html_params = widgets.html_params = attributes
    core.Input.html_params = core.Button.html_params = staticmethod(attributes)
