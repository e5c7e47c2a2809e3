"""Webhooks in words: what an endpoint can hear, why an attempt failed, why a delivery was given up."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ...rules.notifications.kind import Topic, Whom
from ...rules.partner_api.keys import Mode
from ...rules.webhooks.hearing import HEARD, TEST
from ...services.notifications.wording import translated, words_of
from ...services.notifications.words import WORDS
from ..language import choose
from ..notifications.words import TOPICS

MODES: Mapping[Mode, Any] = {
    Mode.LIVE: _l("What is real: it is told what happens to your clients, deals and money."),
    Mode.TEST: _l("The sandbox: it is told what your test keys do there. Nothing of it is real."),
}

_FACT = re.compile(r"%\(\w+\)s")

_FAILURES: Mapping[str, Any] = {
    "name_unknown": _l("The name in the address is not known to the internet."),
    "name_slow": _l("The name in the address could not be looked up in time."),
    "address_refused": _l("The name leads to an address that is not on the public internet."),
    "unreachable": _l("Nobody answered at this address."),
    "tls": _l("The certificate does not hold for this name."),
    "too_slow": _l("There was no whole answer within ten seconds."),
    "broken_off": _l("The connection broke off."),
    "answer_odd": _l("What came back is no answer by HTTP."),
}

_GIVEN_UP: Mapping[str, Any] = {
    "no_success": _l("No attempt was answered with a yes."),
    "gone": _l("The receiver answered that it is gone for good (410)."),
    "failing": _l("Twenty attempts in a row failed, and the endpoint was switched off."),
    "endpoint_disabled": _l("The endpoint was switched off while it waited."),
    "endpoint_deleted": _l("The endpoint was deleted while it waited."),
    "agency_inactive": _l("The agency was closed while it waited."),
}


def kinds() -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be heard: for each topic its kinds of events, each with what it says; facts stand as dots."""
    found: dict[Topic, list[tuple[str, str]]] = {}
    for name, kind in HEARD.items():
        found.setdefault(kind.topic, []).append((name, kind_word(name)))
    return [(str(TOPICS[topic]), rows) for topic, rows in found.items()]


def kind_word(name: str) -> str:
    """What a kind of event says, without its facts."""
    if name == TEST:
        return _("Test")
    if name not in WORDS:
        return name
    subject = words_of(WORDS[name], Whom.PRINCIPALS).subject
    return _FACT.sub("…", translated(subject, choose()))


def kind_words(names: Iterable[str]) -> str:
    """What several kinds say, in a line."""
    return _(", ").join(kind_word(name) for name in names)


def why_given_up(row: WebhookDelivery) -> str:
    """Why a delivery was given up."""
    return str(_GIVEN_UP.get(row.why or "", row.why))


def said(row: WebhookAttempt) -> str:
    """What an attempt came to."""
    if row.status is not None:
        return _("Answered with %(status)s", status=row.status)
    return str(_FAILURES.get(row.failure or "", row.failure))


def state_of(row: WebhookEndpoint) -> str:
    """How an endpoint stands, as the table of states calls it."""
    if row.disabled_why is not None:
        return row.disabled_why.value
    if row.failures:
        return "resting"
    return row.mode.value
