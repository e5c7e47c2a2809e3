"""What is checked before money moves, and why a row of the bank's answer matched nothing, in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from commissions.payout import Check

from ...access.actor import Actor
from ...models import BankOutcome, Payout, Person
from ...services.payouts import holds
from ...session import Session
from ..messages import say
from .statuses import status

CHECKS: Mapping[Check, Any] = {
    Check.PAYEE_ACTIVE: _l("The payee works with us"),
    Check.BANK_DETAILS: _l("Bank details are there"),
    Check.BANK_SETTLED: _l("Bank details have rested for 24 hours since they were confirmed"),
    Check.PAYEE_AGREES: _l("The payee does not object to the account"),
    Check.ACCOUNT_APPROVED: _l("The account is the one that was approved"),
    Check.BROKERS_FREE: _l("No broker of these deals is frozen"),
    Check.APPEALS_DECIDED: _l("No appeal over these deals' showings is open"),
    Check.DISPUTES_ANSWERED: _l("No dispute of a line waits for an answer"),
    Check.CONFLICTS_DECIDED: _l("Whose each deal is, nobody has still to decide"),
    Check.QUESTIONS_ANSWERED: _l("No question to the partner holds anything of it"),
    Check.DEALS_UNCHANGED: _l("No deal of this payment was cancelled, corrected or moved since its statement"),
    Check.INVOICE_EQUAL: _l("The agency's invoice is there, over just this sum, and finance has checked it"),
    Check.TAX_COMPUTED: _l("The tax on a person's payment is worked out"),
}

HOLDS: Mapping[Check, Any] = {
    Check.PAYEE_ACTIVE: _l("Payee closed"),
    Check.BANK_DETAILS: _l("No bank details"),
    Check.BANK_SETTLED: _l("New bank details"),
    Check.PAYEE_AGREES: _l("Payee objects"),
    Check.ACCOUNT_APPROVED: _l("Approved for another account"),
    Check.BROKERS_FREE: _l("Broker frozen"),
    Check.APPEALS_DECIDED: _l("Appeal open"),
    Check.DISPUTES_ANSWERED: _l("Line disputed"),
    Check.CONFLICTS_DECIDED: _l("Conflict open"),
    Check.QUESTIONS_ANSWERED: _l("Question open"),
    Check.DEALS_UNCHANGED: _l("Deal changed since"),
    Check.INVOICE_EQUAL: _l("Invoice not in order"),
    Check.TAX_COMPUTED: _l("Tax not worked out"),
}
"""What holds a payout, in two or three words: for lists."""

TOLD_TO_PAYEE = frozenset(
    {
        *(Check.INVOICE_EQUAL, Check.BANK_DETAILS, Check.BANK_SETTLED),
        *(Check.PAYEE_AGREES, Check.DEALS_UNCHANGED),
    }
)
"""The holds that a payee reads: those that he can end, by an invoice, by bank details, by leaving them alone for a day;
and that his own deals have changed, which he is the first to know."""

UNMATCHED: Mapping[BankOutcome, Any] = {
    BankOutcome.UNKNOWN_REFERENCE: _l("We never sent a payment with this reference."),
    BankOutcome.OTHER_BATCH: _l("This payment is in another bank file."),
    BankOutcome.OTHER_AMOUNT: _l("We sent another amount. Ask the bank."),
    BankOutcome.ALREADY_SETTLED: _l("This payment was settled already, with another answer."),
}


def held_in_words(session: Session, actor: Actor, now: datetime, rows: Sequence[Payout]) -> Mapping[int, list[str]]:
    """What holds each of these payouts, by its id, for a list. A payee reads what is his to know."""
    waiting = [row for row in rows if row.state in holds.OPEN]
    return {
        key: [say(refusal) for check, refusal in held.items() if actor.staff or check in TOLD_TO_PAYEE]
        for key, held in holds.found(session, now, waiting).items()
        if held
    }


def hold_choices() -> list[tuple[str, Any]]:
    """What a list can be narrowed to: everything that is held, or by one check."""
    return [("any", _l("Held, for whatever reason")), *((check.value, HOLDS[check]) for check in Check)]


def held_by(actor: Actor, now: datetime, chosen: str) -> ColumnElement[bool] | None:
    """The condition on payouts that a choice of a list stands for, if it is one, for the staff."""
    if actor.staff and chosen == "any":
        return holds.condition(now)
    return holds.condition(now, Check(chosen)) if actor.staff and chosen in set(Check) else None


def history(payout: Payout, *, staff: bool) -> list[dict[str, Any]]:
    """Whose hands a payout has been through, the first first: partners see what happened and when, staff also who."""

    def name(person: Person) -> str:
        return person.name if staff else ""

    def event(at: datetime, title: object, text: str, tone: str) -> dict[str, Any]:
        return {"at": at, "title": title, "text": text, "tone": tone}

    steps = []
    for step in payout.steps:
        said = status("payout", step.state)
        words = [part for part in (name(step.actor), step.note) if part]
        steps.append(event(step.at, said.word, " · ".join(words), said.tone))
    if first := payout.first_approval:
        steps.insert(1, event(first.at, _("Approved, 1 of 2"), name(first.approver), "info"))
    for half in payout.first_anew:
        steps.append(event(half.at, _("Approved for the new account, 1 of 2"), name(half.approver), "info"))
    for whole in payout.approvals[1:]:
        steps.append(event(whole.approved_at, _("Approved for the new account"), name(whole.approver), "success"))
    return sorted(steps, key=lambda one: one["at"])
