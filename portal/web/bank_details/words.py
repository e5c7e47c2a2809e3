"""Bank details in words: one line of an account, since when it is in force by whom, and what its payee is told."""

from dataclasses import dataclass
from datetime import timedelta

from flask import request
from flask_babel import gettext as _
from flask_login import current_user

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Agency, BankChange, Person, ProposalState
from ...rules.bank_details.bank_details import BankDetails
from ...services.bank_details import bank_details
from ...services.bank_details.bank_details import Account
from ..components import instant
from ..edge import actor, db, now
from ..words.roles import role_word

TOLD_FOR = timedelta(days=7)
"""How long the payee's pages tell of a change."""

TELLING = frozenset(
    {
        *("home.index", "poster.show", "rewards.index", "statements.index", "statements.show"),
        *("payouts.index", "payouts.show", "bank_details.mine"),
    }
)
"""The pages on which a payee is told: his first one, and those about money."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a payee is told of his bank details."""

    tone: str
    title: str
    text: str
    may_object: bool


def in_short(details: BankDetails | None) -> str:
    """An account on one line: who holds it, where, and its last four digits."""
    return f"{details.holder} · {details.bank} · {details.masked_account}" if details else ""


def since(account: Account) -> str:
    """Since when an account is in force, and by whose two hands. A payee reads what these are and not who."""
    at = account.owner.bank_changed_at
    if at is None:
        return ""
    if account.change is None or account.change.decider is None:
        return _("In force since %(at)s", at=instant(at))
    given = {"at": instant(at), "one": _called(account.change.proposer), "other": _called(account.change.decider)}
    return _("In force since %(at)s: proposed by %(one)s, confirmed by %(other)s", **given)


def notice() -> Notice | None:
    """What the signed-in payee is told on this page, if his bank details were touched lately."""
    if request.endpoint not in TELLING or not current_user.is_authenticated:
        return None
    if not may(actor(), Permission.OWN_BANK_DETAILS):
        return None
    latest = bank_details.latest(db(), bank_details.payee_of(own_payee()))
    if latest is None:
        return None
    since_at = latest.decided_at or latest.proposed_at
    lately = now() < since_at + TOLD_FOR
    return _told(latest) if lately or latest.state is ProposalState.PROPOSED else None


def own_payee() -> Agency | Person:
    """As whom the signed-in person is paid: his agency, or himself."""
    person: Person = current_user.person
    return db().get_one(Agency, person.agency_id) if person.agency_id else db().get_one(Person, person.id)


def _told(change: BankChange) -> Notice:
    given = {
        "account": in_short(bank_details.proposed_details(db(), change)),
        "at": instant(change.decided_at or change.proposed_at),
        "by": _called(change.proposer),
    }
    if change.objection is not None:
        title = _("You have objected to the account that you are to be paid to")
        return Notice("danger", title, _("Payments wait until your bank details are given anew."), may_object=False)
    if change.state is ProposalState.CONFIRMED:
        text = _("Since %(at)s: %(account)s, proposed by %(by)s. Not yours? Object now, and nothing is paid.", **given)
        return Notice("warning", _("You are paid to another account"), text, may_object=True)
    if change.state is ProposalState.PROPOSED:
        text = _("%(account)s, proposed by %(by)s on %(at)s. It is in force once we have called you.", **given)
        return Notice("info", _("Another account was proposed for your payments"), text, may_object=False)
    text = _("%(account)s, proposed by %(by)s: %(reason)s", **given, reason=change.reason)
    return Notice("info", _("Proposed bank details were sent back"), text, may_object=False)


def _called(person: Person) -> str:
    """A colleague by name; for a payee what he is, except for his own people."""
    if actor().staff or person.id == actor().person_id or (person.agency_id and person.agency_id == actor().agency_id):
        return person.name
    return str(role_word(person.role))
