"""What is checked before money moves, and why a row of the bank's answer matched nothing, in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from commissions.payout import Check

from ...models import BankOutcome

CHECKS: Mapping[Check, Any] = {
    Check.PAYEE_ACTIVE: _l("The agency works with us"),
    Check.BANK_DETAILS: _l("Bank details are there"),
    Check.BANK_SETTLED: _l("Bank details have not changed for 24 hours"),
    Check.BROKERS_FREE: _l("No broker of these deals is frozen"),
    Check.APPEALS_DECIDED: _l("No appeal over these deals' showings is open"),
    Check.DISPUTES_ANSWERED: _l("No dispute of a line waits for an answer"),
    Check.INVOICE_EQUAL: _l("The agency's invoice is there, over just this sum"),
    Check.TAX_COMPUTED: _l("The tax on a person's payment is worked out"),
}

UNMATCHED: Mapping[BankOutcome, Any] = {
    BankOutcome.UNKNOWN_REFERENCE: _l("We never sent a payment with this reference."),
    BankOutcome.OTHER_BATCH: _l("This payment is in another bank file."),
    BankOutcome.OTHER_AMOUNT: _l("We sent another amount. Ask the bank."),
    BankOutcome.ALREADY_SETTLED: _l("This payment was settled already, with another answer."),
}
