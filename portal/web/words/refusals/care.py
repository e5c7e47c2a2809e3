"""Refusals around client care, in words; `messages` holds them with the others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

CARE: Mapping[str, Any] = {
    "care_name_missing": _l("Say the client's name."),
    "care_plan_syntax": _l("This is not well-formed: %(place)s. %(reason)s."),
    "care_plan_unknown_key": _l("%(place)s is not a word that a care plan knows. Check its spelling."),
    "care_plan_missing": _l("%(place)s is missing. Every step and rhythm needs it."),
    "care_plan_value": _l("%(place)s cannot be “%(value)s”. Expected: %(expected)s."),
    "care_plan_twice": _l("%(place)s: %(value)s is there twice. Each name may stand once."),
}
