"""The ledger in words: what an account holds and whose it is, and what a fault means."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from commissions.ledger import ADJUSTMENTS, BANK, EXPENSE, FINES, REWARDS, WITHHELD, Fault

ACCOUNTS: Mapping[str, Any] = {
    EXPENSE: _l("Commission expense"),
    REWARDS: _l("Reward expense"),
    ADJUSTMENTS: _l("Adjustments by hand"),
    FINES: _l("Fines"),
    WITHHELD: _l("Tax withheld"),
    BANK: _l("Bank"),
    "accrued": _l("Earned, not payable yet"),
    "payable": _l("Payable"),
    "in_transit": _l("On its way to the bank"),
}

FAULTS: Mapping[str, Any] = {
    "number": _l("Block %(number)s is not the next one: a block is missing or was added."),
    "previous": _l("Block %(number)s does not follow the block before it."),
    "digest": _l("A transfer in block %(number)s was changed, added or removed."),
    "reference": _l("%(reference)s was posted twice, the second time in block %(number)s."),
    "line": _l("The line %(reference)s does not agree with its transfer in block %(number)s."),
    "transfer": _l("The transfer %(reference)s in block %(number)s belongs to no line."),
    "statement": _l("Statement %(reference)s does not agree with its lines."),
    "opening": _l("Statement %(reference)s does not open with what was carried on before."),
    "statement_transfer": _l("Statement %(reference)s does not agree with its transfer."),
    "payout": _l("Payout %(reference)s does not agree with its statement."),
    "payout_transfer": _l("Payout %(reference)s does not agree with its transfers."),
    "bank_file": _l("Bank file %(reference)s was changed, or does not agree with its payouts."),
    "adjustment": _l("%(reference)s: the line does not agree with its approved adjustment."),
    "withholding": _l("%(reference)s: the tax that was posted is not the tax on what was earned in that month."),
    "reward": _l("%(reference)s: the lines do not come to what was promised."),
    "balance": _l("The account %(reference)s does not hold what statements and payouts say."),
}


def account_words(account: str, payees: Mapping[str, str]) -> str:
    """What an account holds, and of whom."""
    if account in ACCOUNTS:
        return str(ACCOUNTS[account])
    kind, _, payee = account.partition(":")
    return f"{ACCOUNTS[kind]} · {payees.get(payee, payee)}"


def account_order(account: str) -> tuple[int, int]:
    """Accounts of a kind stand together, an agency's by its number: expense and bank come first."""
    kind, *payee = account.split(":")
    place = list(ACCOUNTS).index(account if account in ACCOUNTS else kind)
    return place, int(payee[-1]) if payee and payee[-1].isdigit() else 0


def fault_words(fault: Fault | None) -> str | None:
    """The first fault in a sentence; None for a ledger that holds."""
    if fault is None:
        return None
    return str(FAULTS[fault.what] % {"number": fault.number, "reference": fault.reference})
