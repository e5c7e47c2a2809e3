"""Promises in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from ...models import ConfirmedBy, Promise
from ...rules.promises.promise import PromiseKind
from .rewards import title_of

KINDS: Mapping[PromiseKind, Any] = {
    PromiseKind.DISCOUNT: _l("Discount"),
    PromiseKind.FEE_RELIEF: _l("Property fee"),
    PromiseKind.GIFT: _l("Gift"),
    PromiseKind.REFUND: _l("Refund"),
    PromiseKind.OTHER: _l("Something else"),
}

WAYS: Mapping[ConfirmedBy, Any] = {
    ConfirmedBy.LINK: _l("by the link"),
    ConfirmedBy.PAPER: _l("on paper"),
}


def what(promise: Promise) -> str:
    """What is promised, in a few words: a gift by its name, a property fee with its months."""
    if promise.kind is PromiseKind.GIFT:
        return title_of(promise.item)
    kind = str(KINDS[promise.kind])
    if promise.months is None:
        return kind
    span = ngettext("%(num)d month", "%(num)d months", promise.months)
    return f"{kind} · {span}"
