"""Reasons of not buying and what is tried against them, in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from ...rules.not_bought.reasons import Reason, Tried

REASONS: Mapping[Reason, Any] = {
    Reason.PRICE: _l("The price"),
    Reason.COMPETITOR: _l("Competitor"),
    Reason.HESITATION: _l("Hesitation"),
    Reason.NEEDS: _l("Changed needs"),
    Reason.OTHER: _l("Other"),
}

TRIED: Mapping[Tried, Any] = {
    Tried.OFFER: _l("An offer on the price"),
    Tried.PAYMENT: _l("Another way to pay"),
    Tried.OTHER_HOME: _l("Another home"),
    Tried.COMPARISON: _l("A comparison with facts"),
    Tried.MANAGER: _l("A talk with the manager"),
    Tried.FAMILY: _l("The family invited"),
    Tried.TIME: _l("Time to think, the home kept"),
    Tried.PROMISE: _l("A promise in writing"),
    Tried.NOTHING: _l("Nothing tried yet"),
}
