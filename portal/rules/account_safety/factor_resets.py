"""Taking second factors away from who lost them: who decides on it, and when it is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from commissions.refusal import Refusal

from ..accounts.accounts import MONEY_ROLES

WAITING_ROLES = MONEY_ROLES | {"principal", "referrer"}
"""Who moves money, or says to which account it goes: between the second person's yes and the reset lies a day, in which
its owner can stop it."""

RESET_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Hand:
    """Who would decide on a reset: the number and the role, and the agency of who belongs to one."""

    id: int
    role: str | None
    agency_id: int | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose second factors they are."""

    id: int
    role: str
    agency_id: int | None = None


def due_at(role: str, confirmed_at: datetime) -> datetime:
    """When a reset is done that a second person confirmed then."""
    return confirmed_at + RESET_WAIT if role in WAITING_ROLES else confirmed_at


def check_proposing(hand: Hand, owner: Owner, *, factors: int, confirmers: int) -> None:
    """Refuse what nobody could confirm, or what would take nothing away.

    `confirmers` are the others who could: administrators, and the principals of a broker's agency.
    Raises Refusal: own_account, no_factors_to_reset, no_second_for_reset.
    """
    if hand.id == owner.id:
        raise Refusal("own_account")
    if factors == 0:
        raise Refusal("no_factors_to_reset")
    if confirmers == 0:
        raise Refusal("no_second_for_reset")


def check_confirming(hand: Hand, owner: Owner) -> None:
    """Refuse who may not be the second: the owner himself, and a principal of another agency, or of other than brokers.

    Raises Refusal: own_account, not_your_broker.
    """
    if hand.id == owner.id:
        raise Refusal("own_account")
    manages = hand.role == "principal" and owner.role == "broker" and hand.agency_id == owner.agency_id
    if hand.role != "administrator" and not manages:
        raise Refusal("not_your_broker")


def check_stopping(hand: Hand, owner: Owner, deciders: frozenset[int | None]) -> None:
    """Refuse with `not_your_reset` who neither owns the account nor decided on the reset."""
    if hand.id != owner.id and hand.id not in deciders:
        raise Refusal("not_your_reset")
