"""What tags and points can be set by: figures that follow from what happened, never typed by anybody.

A mark such as `MONEY` is 1 or 0. `DAYS_WITHOUT_CONTACT` counts from the newest contact, or from the day on which the
file was opened.
"""

from collections.abc import Mapping
from enum import StrEnum


class Fact(StrEnum):
    """A figure of a care file."""

    VIRTUAL_TOURS = "virtual_tours"
    PRICE_QUESTIONS = "price_questions"
    LOAN_QUESTIONS = "loan_questions"
    FAMILY_VISITS = "family_visits"
    VISITS = "visits"
    CONTACTS = "contacts"
    DAYS_WITHOUT_CONTACT = "days_without_contact"
    MONEY = "money"
    AUTHORITY = "authority"
    DESIRE = "desire"
    NEEDS_KNOWN = "needs_known"
    REGISTERED = "registered"
    WALKED_IN = "walked_in"
    REFERRED = "referred"
    BY_POSTER = "by_poster"


FileFacts = Mapping[Fact, int]
"""The figures of one file; what is not there is 0."""


class Behaviour(StrEnum):
    """What a client was seen to do, as his carer notes it, once for each time."""

    VIRTUAL_TOUR = "virtual_tour"
    ASKED_PRICE = "asked_price"
    ASKED_LOAN = "asked_loan"
    BROUGHT_FAMILY = "brought_family"


COUNTED: Mapping[Behaviour, Fact] = {
    Behaviour.VIRTUAL_TOUR: Fact.VIRTUAL_TOURS,
    Behaviour.ASKED_PRICE: Fact.PRICE_QUESTIONS,
    Behaviour.ASKED_LOAN: Fact.LOAN_QUESTIONS,
    Behaviour.BROUGHT_FAMILY: Fact.FAMILY_VISITS,
}
"""By which figure each is counted."""


class LossReason(StrEnum):
    """What a person says of who will not buy here."""

    BOUGHT_ELSEWHERE = "bought_elsewhere"
    PRICE = "price"
    COMPETITOR = "competitor"
    CHANGED_NEEDS = "changed_needs"
    NO_LOAN = "no_loan"
    UNREACHABLE = "unreachable"
    OTHER = "other"
