"""Refusals about sums and the hands that move them, in words; `messages` puts them to the others."""

from typing import Any

from flask_babel import lazy_gettext as _l

MONEY: dict[str, Any] = {
    "price_not_positive": _l("Enter a price above zero."),
    "price_impossible": _l(
        "No home of this development costs that. A price lies between %(least_fen)s and %(most_fen)s: compare it with "
        "the contract. What is usual stands in the development's policy."
    ),
    "price_unlikely": _l(
        "Homes of this development usually cost %(least_fen)s to %(most_fen)s. Compare the price with the contract; if "
        "it is right, say so in the form."
    ),
    "adjustment_too_large": _l("One adjustment comes to at most %(most_fen)s. Compare the amount with the paper."),
    "bad_amount": _l("This is not an amount in yuan. Enter it like 2000000 or 2,000,000.00."),
    "amount_too_large": _l("No amount is larger than %(most_fen)s. Compare what you typed with the paper."),
    "plan_pays_nothing": _l("Step %(step)s pays nothing."),
    "plan_pays_less": _l("Step %(step)s pays less than the step before it: who sells more earns less a deal."),
    "correction_needs_second": _l(
        "This correction moves %(moved_fen)s. Above %(limit_fen)s another person confirms it: propose it."
    ),
    "correction_too_large": _l(
        "This correction would move %(moved_fen)s; the most is %(most_fen)s. Check what you typed."
    ),
    "correction_stale": _l(
        "Something happened in this window since it was proposed: the correction would post other lines now. Send it "
        "back, so that it is proposed anew."
    ),
    "first_approval_old": _l(
        "The payee's bank details were changed after the first approval of %(at)s. Reject this payout, so that it is "
        "requested and approved by two anew."
    ),
    "bank_file_outcome": _l(
        "Row %(row)s, column outcome: the words known there are %(known)s. Correct it and import again; nothing was done."
    ),
    "bank_answer_decided": _l("Somebody decided on this row already, or the payment has moved on. Look at it again."),
    "answer_reason_needed": _l("Say why it is not so: what the bank told you, and when."),
}
