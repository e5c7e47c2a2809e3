"""What a compiled template asks besides Jinja: calls, attributes and escapes that are not the usual ones."""

from collections.abc import Callable, Hashable
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from flask_babel import LazyString
from jinja2 import Environment
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

try:
    from markupsafe._speedups import _escape_inner as escape_text
except ImportError:  # markupsafe came without its compiled part
    from markupsafe._native import _escape_inner as escape_text

from .language import language, worded

__all__ = ["DRAWN", "Drawn", "DrawnOnce", "Markup", "attribute", "escape_text", "html", "marked", "prepared"]

marked = str.__new__
"""`marked(Markup, text)`: a text that is HTML, without asking what it is."""

_MOST_KEPT = 2_000
"""So many things one macro keeps: more than there are icons and states; who asks for more gets what is made anew."""


def attribute(environment: Environment, owner: Any, name: str) -> Any:
    """What an object without this attribute has under this key; else what says so where it is used."""
    try:
        return owner[name]
    except (TypeError, LookupError, AttributeError):
        return environment.undefined(obj=owner, name=name)


def html(shown: Any) -> str:
    """What is neither plain text nor HTML already, as HTML: a number, or a text that is worded when it is shown."""
    return worded(shown) if shown.__class__ is LazyString else escape(shown)


class Drawn(Macro):
    """A macro. `by_place`: what to call with so many arguments, none of them by name, in the place of the macro."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._plain = not (self.catch_kwargs or self.catch_varargs or self.explicit_caller)
        self.by_place: dict[int, Callable[..., str]] = {}
        if self._plain:
            no_caller = (self._environment.undefined("No caller defined", name="caller"),) if self.caller else ()
            self._func.__defaults__ = (*(missing for _ in self.arguments), *no_caller)
            self.by_place = dict.fromkeys(range(len(self.arguments) + 1), self._func)

    def __call__(self, *given: Any, **named: Any) -> str:
        """What the macro makes of these arguments. What it does not take is Jinja's to refuse."""
        arguments, unused = [*given], len(named)
        for name in self.arguments[len(given) :]:
            if name in named:
                arguments.append(named[name])
                unused -= 1
            else:
                arguments.append(missing)
        if self.caller and "caller" in named:
            arguments.append(named["caller"])
            unused -= 1
        if unused or len(given) > len(self.arguments) or not self._plain:
            return super().__call__(*given, **named)
        return self._func(*arguments)


class DrawnOnce(Drawn):
    """A macro that keeps what it made, by its arguments and the reader's language."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.by_place.clear()
        self._kept: dict[Hashable, str] = {}

    def __call__(self, *given: Any, **named: Any) -> str:
        """What the macro makes of these arguments, or once made of them."""
        key = (language(), given, *named.items())
        drawn = self._kept.get(key)
        if drawn is None:
            drawn = super().__call__(*given, **named)
            if len(self._kept) < _MOST_KEPT:
                self._kept[key] = drawn
        return drawn


DRAWN = frozenset({Drawn, DrawnOnce})
_AS_THEY_ARE = DRAWN | {FunctionType, MethodType, BuiltinFunctionType}


def prepared(context: Context, function: Any) -> Any:
    """What to call: a function as it is, anything else by Jinja's rules (it may want the context, or be undefined)."""
    if function.__class__ in _AS_THEY_ARE and not hasattr(function, "jinja_pass_arg"):
        return function
    return partial(context.call, function)
