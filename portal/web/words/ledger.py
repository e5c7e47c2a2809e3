"""The ledger in words: what an account holds and whose it is, and what a fault means."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from commissions.ledger import ADJUSTMENTS, BANK, COUNTERPARTS, EXPENSE, FINES, REWARDS, WITHHELD, Fault

from ...models import Cause
from ...services.ledger.balances import OF_PAYEES, Odd, OddBalance
from ...services.ledger.trail import Source, SourceKind
from ..components import instant
from .statuses import status

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
    "period": _l("%(reference)s in block %(number)s was written by a close, and nobody was closing that month."),
    "seal": _l("Statement %(reference)s came from a close, and the ranks of its month are not sealed."),
    "closing": _l(
        "Month %(reference)s is said to be closed at another instant than was written down as it was closed."
    ),
    "payout_steps": _l("Payout %(reference)s did not come to where it stands by the steps that are written down."),
    "hands": _l("Payout %(reference)s went through the same hands twice."),
    "bank_details": _l("The bank details of %(reference)s are not those that two people brought into force."),
    "sent_account": _l("Payout %(reference)s was sent to another account than it was approved for."),
    "bank_result": _l("Payout %(reference)s does not agree with what the bank answered."),
    "fine": _l("%(reference)s: the fine does not agree with its strike."),
    "summary": _l("The balance that is shown for %(reference)s is not what its transfers come to."),
    "rewritten": _l("The chain was made anew: block %(number)s is not the one that an earlier verification saw."),
    "fact_chain": _l("Entry %(number)s of the register of facts, %(reference)s, was changed, added or removed."),
    "fact": _l("%(reference)s is not what was recorded: it was changed, added or removed past the portal."),
    "deal": _l(
        "%(reference)s: price, dates, plan, agency or parts do not follow from its milestones, corrections and "
        "decisions."
    ),
    "rating": _l("%(reference)s: what is posted is not what the deal should have earned by now."),
    "paper": _l("The paper %(reference)s is not the one that was given: its file was changed, or is gone."),
    "facts_rewritten": _l(
        "The register of facts was made anew: entry %(number)s is not the one that an earlier verification saw."
    ),
    "audit": _l("Of the first %(number)s entries of the audit log some were removed since an earlier verification."),
    "balance": _l("The account %(reference)s does not hold what statements and payouts say."),
}


ODD: Mapping[str, Any] = {
    Odd.PAYABLE_OVERDRAWN: _l("More was sent than was payable."),
    Odd.IN_TRANSIT_OVERDRAWN: _l("More was settled than was sent to the bank."),
    Odd.TAX_OVERDRAWN: _l("More tax was returned than was kept back."),
    Odd.IN_TRANSIT_LATE: _l("On its way to the bank since %(since)s, for more than %(days)s days."),
}

STEPS: Mapping[str, Any] = {
    "statement": _l("Statement issued"),
    "export": _l("Sent to the bank"),
    "paid": _l("Paid by the bank"),
    "failed": _l("Failed at the bank"),
    "returned": _l("Sent back by the bank"),
}
_STEPS_OF: Mapping[str, tuple[str, ...]] = {
    "accrued": ("statement",),
    "payable": ("statement", "export", "failed", "returned"),
    "in_transit": ("export", "paid", "failed"),
    BANK: ("paid", "returned"),
}
"""The steps that post to an account of this kind."""


def kind_words(kind: str) -> str:
    """What the accounts of a kind hold."""
    return str(ACCOUNTS[kind])


def odd_words(odd: OddBalance, days: int) -> str:
    """Why a balance is unusual, in a sentence."""
    return str(ODD[odd.why] % {"since": instant(odd.since) if odd.since else "", "days": days})


def why_word(why: str) -> str:
    """What posted a transfer: a line's cause, or a step of a statement or payout."""
    return str(STEPS[why] if why in STEPS else status("line", why).word)


def why_choices(account: str) -> list[str]:
    """What can post to an account."""
    kind = account.split(":")[0] if account.split(":")[0] in OF_PAYEES else account
    causes = [cause.value for cause in Cause if kind == "accrued" or COUNTERPARTS.get(cause, EXPENSE) == kind]
    return [*causes, *_STEPS_OF.get(kind, ())]


def source_url(source: Source) -> str:
    """Where the record that a transfer was posted for can be read."""
    if source.kind is SourceKind.LINE:
        return url_for("ledger.evidence", line_id=source.id)
    if source.kind is SourceKind.STATEMENT:
        return url_for("statements.show", statement_id=source.id)
    return url_for("payouts.show", payout_id=source.id)


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
    return str(FAULTS[fault.what] % {"number": fault.number, "reference": _named(fault)})


FACTS: Mapping[str, Any] = {
    "plan": _l("Commission plan"),
    "reward_plan": _l("Reward plan"),
    "plan_acceptance": _l("Took an offered reward plan"),
    "tax_table": _l("Tax table"),
    "deal": _l("Deal"),
    "attribution": _l("Attribution"),
    "deal_move": _l("Move of a deal"),
    "deal_part": _l("Part of a deal"),
    "milestone": _l("Milestone"),
    "correction": _l("Correction"),
    "review": _l("Decision over a showing"),
    "strike": _l("Strike"),
    "freeze": _l("Freeze"),
    "appeal": _l("Decision over an appeal"),
    "goods": _l("Goods that count as income"),
    "adjustment": _l("Adjustment"),
    "invoice": _l("Invoice"),
    "dispute": _l("Step of a dispute"),
    "seal": _l("Locked window"),
    "period": _l("Closed month"),
    "lines": _l("Lines of block"),
    "statement": _l("Statement"),
    "paper": _l("Paper of a statement"),
}
"""What the register of facts holds, by its kind."""


def _named(fault: Fault) -> str:
    """Where a fault is, the kinds of facts in words: `deal:12:signed`."""
    if fault.what not in _OF_FACTS or fault.reference is None:
        return fault.reference or ""
    kind, key, *instalment = fault.reference.split(":")
    at = [str(status("deal", one).word) for one in instalment]
    return " · ".join([_("%(kind)s no. %(number)s", kind=FACTS[kind], number=key), *at])


_OF_FACTS = ("fact_chain", "fact", "deal", "rating")
