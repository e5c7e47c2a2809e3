"""The details of what was written down, in the reader's words: names, sums, instants and states.

What has no word here is shown as it was written down, so that nothing is hidden from who investigates.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from ...models import Role
from ...rules.conflicts.conflict import Cause
from ...rules.showings.checkin import Code
from ...services.notifications.words.exports import LISTS
from ..components import instant, money, month, percent
from ..messages import SENTENCES
from ..words.conflicts import CAUSES
from ..words.roles import role_word
from ..words.showings import said_of

NAMES: Mapping[str, Any] = {
    "after": _l("After"),
    "agency": _l("Agency no."),
    "agency_id": _l("Agency no."),
    "agreement_id": _l("Agreement no."),
    "amount_fen": _l("Amount"),
    "appeal": _l("Appeal no."),
    "at": _l("At"),
    "audit_id": _l("Last line of the log"),
    "audited": _l("Lines of the log"),
    "batches": _l("Blocks of the ledger"),
    "before": _l("Before"),
    "broker": _l("Broker no."),
    "by": _l("Proven by"),
    "code": _l("Reason"),
    "cause": _l("What opened it"),
    "conflict": _l("Conflict no."),
    "from": _l("From no."),
    "to": _l("To no."),
    "contact_changed": _l("Contact changed"),
    "count": _l("How many"),
    "brought": _l("Brought"),
    "cash": _l("No loan needed"),
    "compensates": _l("For a late loan"),
    "promise_id": _l("Promise no."),
    "risk": _l("Risk"),
    "worth_fen": _l("Worth"),
    "deal": _l("Deal no."),
    "deal_id": _l("Deal no."),
    "decision": _l("Decision"),
    "development": _l("Development no."),
    "development_id": _l("Development no."),
    "digest": _l("Digest"),
    "ends_on": _l("Ends before"),
    "facts": _l("Entries of facts"),
    "facts_head": _l("Digest of the facts"),
    "filters": _l("Filters"),
    "former_role": _l("Role before"),
    "group_name": _l("Group"),
    "head": _l("Digest of the ledger"),
    "holds": _l("All is in order"),
    "host": _l("Server"),
    "schedule": _l("Regular export no."),
    "kind": _l("Kind"),
    "api_key": _l("API key"),
    "happened_at": _l("Happened at"),
    "mode": _l("Mode"),
    "networks": _l("May call from"),
    "scopes": _l("Scopes"),
    "last_four": _l("Last four"),
    "licence_ends_on": _l("Licence ends before"),
    "licence_number": _l("Licence number"),
    "lines": _l("Lines of commission"),
    "link": _l("Link no."),
    "list": _l("List"),
    "measure": _lp("audit log", "Measure"),
    "month": _l("Month"),
    "months": _l("Months"),
    "name": _l("Name"),
    "new": _lp("audit log", "New"),
    "number": _l("Number"),
    "outcome": _l("Outcome"),
    "part": _lp("audit log", "Part"),
    "parts": _l("Parts of the deal"),
    "payable_fen": _l("Payable"),
    "payout": _l("Payout no."),
    "person": _l("Person no."),
    "photos_erased": _l("Photos erased"),
    "policy": _l("Settings"),
    "price_fen": _l("Price"),
    "purpose": _l("Purpose"),
    "pictures": _l("Pictures"),
    "reason": _l("Reason"),
    "reasons": _l("Reasons"),
    "registration": _l("Registration no."),
    "role": _l("Role"),
    "rows": _l("Rows"),
    "seconds": _l("Seconds it took"),
    "sessions_ended": _l("Sign-ins ended"),
    "showing": _l("Showing no."),
    "statement": _l("Statement"),
    "step_up": _l("Proof no."),
    "erases": _l("Erases"),
    "figure": _l("Figure"),
    "finished": _l("All done"),
    "origin": _l("Came by"),
    "records": _l("Records"),
    "shown_by": _l("Shown by"),
    "strike": _l("Strike no."),
    "templates_erased": _l("Face templates erased"),
    "total_fen": _l("Total"),
    "touch": _l("Contact no."),
    "touch_id": _l("Contact no."),
    "transfers": _l("Postings"),
    "turnover_fen": _l("Turnover"),
    "until": _l("Until"),
    "verdict": _l("Outcome"),
    "version": _l("Version"),
    "way": _l("Way"),
    "whole": _lp("audit log", "Whole"),
    "why": _l("Why"),
}

VALUES: Mapping[str, Any] = {
    "keep": _l("it stays"),
    "move": _l("it goes to another"),
    "reject": _l("the objection is without ground"),
    "accepted": _l("accepted"),
    "refused": _l("refused"),
    "rejected": _l("rejected"),
    "verified": _l("verified"),
    "needs_review": _l("to be looked at"),
    "waiting": _l("waits until the number is confirmed"),
    "genuine": _l("genuine"),
    "fake": _l("fake"),
    "inconclusive": _l("cannot be told"),
    "face": _l("with a photo"),
    "reception": _l("at reception"),
    "code": _l("by a code"),
    "page": _l("public page"),
    "officer": _l("privacy officer"),
    "shell": _l("server"),
    "papers": _l("papers and a call back"),
    "first": _l("the first password"),
    "forgotten": _l("a forgotten password"),
    "closed": _l("the account is closed"),
    "password_void": _l("the owner said that somebody else knows the password"),
    "company_only": _l("the account is opened by the company account alone"),
    "password": _l("the password was wrong"),
    "by_hand": _l("by hand"),
    "no_right": _l("no right to the list any more"),
    "gone": _l("it is not there any more"),
    "left": _l("the account is closed"),
    "fault": _l("something broke"),
    "held": _l("the account needs something first"),
}

WITHOUT_FIGURES: Mapping[str, Any] = {
    "stale_capture": _l("The photo was not taken and sent in time."),
    "too_far": _l("The device was too far from the site."),
    "registered_too_late": _l("The check-in came too soon after the registration."),
    "outside_slot": _l("The visit was outside the opening hours, or off its booked time."),
}
"""Reasons whose sentences hold figures of the case, which the log does not keep."""

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def facts_in_words(facts: Mapping[str, Any]) -> str:
    """The facts that stand with a deed, each with its name."""
    return " · ".join(_told(name, value) for name, value in sorted(facts.items()) if value is not None)


def _told(name: str, value: Any) -> str:
    return _("%(name)s: %(value)s", name=str(NAMES.get(name, name)), value=_value(name, value))


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int) and name.endswith("_fen"):
        return money(value)
    if isinstance(value, int) and name.endswith("_bps"):
        return percent(value)
    if isinstance(value, str):
        return _text(name, value)
    if isinstance(value, Mapping):
        return ", ".join(f"{NAMES.get(key, key)} {_value(str(key), one)}" for key, one in sorted(value.items()))
    if isinstance(value, Iterable):
        between = " " if name == "reasons" else ", "  # reasons are whole sentences
        return between.join(_value(name, one) for one in value) or "–"
    return str(value)


def _text(name: str, value: str) -> str:
    """A text as it is read: a role, a state, a reason, a month, an instant, or itself."""
    if name in ("code", "reasons"):
        return _reason(value)
    if name in ("role", "before", "former_role") and value in set(Role):
        return role_word(Role(value))
    if name == "cause" and value in set(Cause):
        return str(CAUSES[Cause(value)])
    if name == "list" and value in LISTS:
        return gettext(LISTS[value])
    if name == "reason":
        return value
    if name.startswith("month") and _MONTH.fullmatch(value):
        return month(value)
    if "T" in value:
        try:
            return instant(datetime.fromisoformat(value))
        except ValueError:  # no instant, or one without its offset
            return value
    return str(VALUES.get(value, value))


def _reason(code: str) -> str:
    """Why a rule said no, or what spoke against a showing: its sentence without the figures of the case."""
    if code in WITHOUT_FIGURES:
        return str(WITHOUT_FIGURES[code])
    said = said_of(Code(code)) if code in set(Code) else str(SENTENCES.get(code, code))
    return code if "%(" in said else said
