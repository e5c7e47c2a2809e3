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
    "phone_taken": _l("There is an account with this phone already."),
    "role_not_yours_to_give": _l("You cannot open accounts of this kind."),
    "agency_needed": _l("Choose the agency that the principal belongs to."),
    "not_yourself": _l("You cannot close your own account. Ask another administrator."),
    "last_administrator": _l("This is the last administrator. Open another administrator's account first."),
    "person_inactive": _l("This account is closed. Open it again before you make a link."),
    "link_invalid": _l("This link has ended or was used already. Ask who sent it to you for a new one."),
    "password_wrong": _l("This is not your present password."),
    "password_too_short": _l("Use at least %(least)s characters."),
    "password_too_long": _l("Use at most %(most)s characters."),
    "password_too_common": _l("This password is one of the first that others would try. Choose another."),
    "password_is_phone": _l("Your phone number is no secret. Choose another password."),
    # contacts
    "invalid_phone": _l("This is not a phone number we can use. Enter the full number, for example 13800138000."),
    # registration (rules 2.4): what happened, never who the rival is; the page adds when to try again
    "account_frozen": _l("Your account is frozen after confirmed fake showings. You can read and appeal."),
    "agency_inactive": _l("Your agency no longer works with us. Ask your agency's principal."),
    "no_agreement": _l("Your agency has no agreement for this development today."),
    "self_dealing": _l("This is the phone of a broker or of our staff. Register the buyer's own number."),
    "already_yours": _l("You have registered this client already. That registration stands and is not renewed."),
    "daily_limit": _l("You have reached the number of registrations for one day in this development."),
    "walked_in_first": _l("This client came to the site before the registration."),
    "protected_by_other": _l("This client was brought by somebody else first and is still protected."),
    # a development's settings
    "policy_unknown_setting": _l("There is no setting with the name %(setting)s."),
    "policy_wrong_value": _l("The setting %(setting)s must be a whole number within its range."),
}


def say(refusal: Refusal) -> str:
    """The refusal's sentence in the reader's language."""
    return sentence(refusal.code, **refusal.facts)


def sentence(code: str, **facts: Any) -> str:
    """The sentence of a refusal that was stored, in the reader's language."""
    return str(SENTENCES[code] % {name: _shown(name, fact) for name, fact in facts.items()})


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
