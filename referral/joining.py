"""Who may join as a referrer by himself: a citizen broker on a public page, or a homeowner by an invitation.

It is asked when the number is proven, so the answer may say what is known of it: it says it to its owner.
"""

import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

from commissions.refusal import Refusal
from referral.posters import advertising, display_lines

TERMS_VERSION = "1"
"""The terms that stand on the page today. Other words get another version; who joined under earlier ones keeps it."""

_BESIDE_LETTERS = " ·•.'’-"
_FEWEST_LETTERS = 2


SENDINGS = 3
"""So often is one invitation sent, the first time included."""

APART = timedelta(days=2)
"""Until then who was just invited is left alone."""


class Account(StrEnum):
    """What the number is to us already."""

    NONE = "none"
    REFERRER_HERE = "referrer_here"
    REFERRER_ELSEWHERE = "referrer_elsewhere"
    STAFF = "staff"
    PARTNER = "partner"
    CLOSED = "closed"


def check_page(*, allowed: bool, development_closed: bool, joined_today: int, most_a_day: int) -> None:
    """Refuse what the page does not take: joining_not_open, joining_full (today)."""
    if development_closed or not allowed:
        raise Refusal("joining_not_open")
    if joined_today >= most_a_day:
        raise Refusal("joining_full")


def check_account(account: Account) -> None:
    """Refuse whose number has an account already: joining_already, joining_is_staff, joining_is_partner,
    joining_closed. Each sentence says what to do instead. Who refers for another development may join here too."""
    if account is Account.REFERRER_HERE:
        raise Refusal("joining_already")
    if account is Account.STAFF:
        raise Refusal("joining_is_staff")
    if account is Account.PARTNER:
        raise Refusal("joining_is_partner")
    if account is Account.CLOSED:
        raise Refusal("joining_closed")


def check_sending_again(now: datetime, sent_at: datetime, times: int) -> None:
    """Refuse to send an invitation again: invitation_just_sent (with `try_again_at`), invitation_sent_often."""
    if times >= SENDINGS:
        raise Refusal("invitation_sent_often", most=SENDINGS)
    if now < sent_at + APART:
        raise Refusal("invitation_just_sent", try_again_at=sent_at + APART)


def check_terms(version: str | None) -> None:
    """Refuse with `joining_terms` who did not agree to the terms of today."""
    if version != TERMS_VERSION:
        raise Refusal("joining_terms", field="terms")


def check_real_name(name: str) -> None:
    """Refuse with `joining_name` what nobody is called: a reward is paid to who bears the name.

    It stands on posters under the developer's brand as well, where a name is asked nothing more. So what no line may
    say there is `joining_name_words`; whoever is really called so is entered by staff.
    """
    letters = [sign for sign in name if unicodedata.category(sign)[0] == "L"]
    beside = [sign for sign in name if unicodedata.category(sign)[0] not in "LM" and sign not in _BESIDE_LETTERS]
    if len(letters) < _FEWEST_LETTERS or beside:
        raise Refusal("joining_name", field="name")
    try:
        display_lines.check(name)
        advertising.check(name)
    except Refusal as refusal:
        raise Refusal("joining_name_words", field="name") from refusal
