"""The reasons why somebody comes and does not buy, and what is tried against them."""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why a visit was not followed by a subscription."""

    PRICE = "price"
    COMPETITOR = "competitor"
    HESITATION = "hesitation"
    NEEDS = "needs"
    OTHER = "other"


class Tried(StrEnum):
    """What a carer tried against a reason."""

    OFFER = "offer"
    PAYMENT = "payment"
    OTHER_HOME = "other_home"
    COMPARISON = "comparison"
    MANAGER = "manager"
    FAMILY = "family"
    TIME = "time"
    PROMISE = "promise"
    NOTHING = "nothing"


GIVEN_SHARES: Mapping[Reason, int] = {
    Reason.PRICE: 38,
    Reason.COMPETITOR: 25,
    Reason.HESITATION: 20,
    Reason.NEEDS: 17,
}
"""Percent, as the owner's handbook has them."""
