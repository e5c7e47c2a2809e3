"""Every refusal in words, in one place: what happened, and what to do now (house, "Errors").

Facts are put in by name and shown as the reader reads them: `…_fen` as money, `…_bps` as a rate, instants and
days as dates. A code without a sentence fails the tests.
"""

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from commissions.refusal import Refusal

from .components import day, instant, money, percent

SENTENCES: dict[str, Any] = {
    # people and sign-in
    "sign_in_failed": _l("Phone or password is not right. Check both and try again."),
    "sign_in_locked": _l("Too many tries. For safety, sign-in is closed until %(until)s. Try again then."),
    # contacts
    "invalid_phone": _l("This is not a phone number we can use. Enter the full number, for example 13800138000."),
}


def say(refusal: Refusal) -> str:
    """The refusal's sentence in the reader's language."""
    return str(SENTENCES[refusal.code] % {name: _shown(name, fact) for name, fact in refusal.facts.items()})


def _shown(name: str, fact: Any) -> Any:
    if isinstance(fact, datetime):
        return instant(fact)
    if isinstance(fact, date):
        return day(fact)
    if name.endswith("_fen"):
        return money(fact)
    if name.endswith("_bps"):
        return percent(fact)
    return fact
