"""Refusals around whose client it is, in words; `messages` holds them with the others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

JUDGEMENTS: Mapping[str, Any] = {
    "profile_syntax": _l("This is not well-formed: %(place)s. %(reason)s."),
    "profile_unknown_key": _l("%(place)s is not a word that a rule profile knows. Check its spelling."),
    "profile_value": _l("%(place)s cannot be “%(value)s”. Expected: %(expected)s."),
    "profile_until_alone": _l("showing_until needs showing_days beside it, to say which day's clock is meant."),
    "duplicate_touch": _l("Contact %(touch_id)s is there twice. Count each contact once."),
    "what_if_many_touches": _l(
        "These are %(count)s registrations, walk-ins and leads; a page compares %(most)s at most. Choose one development, or fewer months."
    ),
}
