"""The page of each code: what it means in both languages, for who reads it in another system's log."""

import re
from typing import Any

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from ..guard import public
from ..language import LOCALES
from ..messages import SENTENCES

bp = Blueprint("problems", __name__)

_FACT = re.compile(r"%\((\w+)\)s")


@bp.get("/problems")
@public
def index() -> ResponseReturnValue:
    """Every code with its sentence, in the reader's language."""
    return render_template("partner_api/problems.html", codes={code: _general(code) for code in sorted(SENTENCES)})


@bp.get("/problems/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """What a code means; where the sentence has facts, their names stand in their place."""
    if code not in SENTENCES:
        abort(404)
    said: dict[str, str] = {}
    for locale in LOCALES:
        with force_locale(locale):
            said[locale] = _general(code)
    return render_template("partner_api/problem.html", code=code, said=said)


def _general(code: str) -> str:
    sentence: Any = SENTENCES[code]
    return _FACT.sub(r"‹\1›", str(sentence)).replace("%%", "%")
