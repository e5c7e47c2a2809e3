"""Employees of a company (rules 7.3): how one is known, and what the company's discount takes off a price.

A buyer is known as an employee by the company's list, by a mail to the work address, or by a person who has seen the
badge. What is compared is put into one form first, so that nobody fails by a blank or a capital letter; it is hashed
outside, and nothing readable is kept.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from commissions.money import half_up
from commissions.refusal import Refusal

LINK_LASTS = timedelta(hours=72)
"""How long the link in a mail can be used."""

MAILS_A_DAY = 3
"""Mails to confirm an address that one lead may have sent in a day."""

_LOCAL = re.compile(r"[a-z0-9_'-]+(?:[.+][a-z0-9_'-]+)*")
"""What companies give out, and no more: an encoded word (=?…?=), `%` or `!` would lead to a mailbox that is spelt
otherwise, so that one mailbox could prove many people."""

_LONGEST_LOCAL = 64


@dataclass(frozen=True, slots=True)
class WorkAddress:
    """A mail address in lower case; the domain as mail is addressed to it."""

    local: str
    domain: str

    @property
    def written(self) -> str:
        """As mail goes to it."""
        return f"{self.local}@{self.domain}"

    @property
    def mailbox(self) -> str:
        """Whose it is: what stands after a plus leads to the same person."""
        return f"{self.local.partition('+')[0]}@{self.domain}"

    @property
    def masked(self) -> str:
        """As a page may show it: w***@company.example."""
        return f"{self.local[:1]}***@{self.domain}"


def parse_address(text: str, domains: Collection[str]) -> WorkAddress:
    """The work address that somebody typed; a domain below a listed one is another company's until it is listed too.

    Raises Refusal `work_email_invalid`, and `work_email_elsewhere` with `domain`, both at the field `work_email`.
    """
    local, _, domain = unicodedata.normalize("NFKC", text).strip().lower().rpartition("@")
    if len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        raise Refusal("work_email_invalid", field="work_email")
    try:
        addressed = domain.rstrip(".").encode("idna").decode()
    except UnicodeError as error:
        raise Refusal("work_email_invalid", field="work_email") from error
    if "." not in addressed:
        raise Refusal("work_email_invalid", field="work_email")
    if addressed not in domains:
        raise Refusal("work_email_elsewhere", field="work_email", domain=domain[:60])
    return WorkAddress(local, addressed)


def same_badge(number: str, name: str) -> str:
    """Staff number and name as they are compared: without blanks, case, full-width letters. Empty without either."""
    folded = [re.sub(r"\s+", "", unicodedata.normalize("NFKC", part)).casefold() for part in (number, name)]
    return "\n".join(folded) if all(folded) else ""


class NoDiscount(StrEnum):
    """Why a price has no company's discount."""

    NO_COMPANY = "no_company"
    OTHER_OWNER = "other_owner"
    NOT_RUNNING = "not_running"
    NOT_CHECKED = "not_checked"
    SAME_HAND = "same_hand"
    USED_UP = "used_up"
    TOO_SMALL = "too_small"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a company promised its employees when a home was subscribed, and whether it has this client.

    `owns`: its lead is the touch that owns the deal. `runs`: the programme was open then. `checked`: the client is
    known as its employee. `same_hand`: known by the word of who set the programme's terms, which is one person's word
    for both. `used_up`: the client has the homes that one employee may buy with the discount.
    """

    rate_bps: int
    owns: bool
    runs: bool
    checked: bool
    same_hand: bool = False
    used_up: bool = False


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off: `amount_fen` is `rate_bps` of the list price, half up; `price_fen` is what is left."""

    list_price_fen: int
    rate_bps: int
    amount_fen: int

    @property
    def price_fen(self) -> int:
        return self.list_price_fen - self.amount_fen


def take_off(list_price_fen: int, offer: Offer | None) -> Discount | NoDiscount:
    """The discount on a home, or the first reason why there is none.

    `offer` is that of the company whose page the client was on; None where there was none. A price so small that the
    discount would be nothing, or all of it, has none.
    """
    if offer is None:
        return NoDiscount.NO_COMPANY
    if not offer.owns:
        return NoDiscount.OTHER_OWNER
    if not offer.runs:
        return NoDiscount.NOT_RUNNING
    if not offer.checked:
        return NoDiscount.NOT_CHECKED
    if offer.same_hand:
        return NoDiscount.SAME_HAND
    if offer.used_up:
        return NoDiscount.USED_UP
    amount_fen = half_up(list_price_fen, offer.rate_bps)
    if not 0 < amount_fen < list_price_fen:
        return NoDiscount.TOO_SMALL
    return Discount(list_price_fen, offer.rate_bps, amount_fen)
