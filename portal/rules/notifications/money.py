"""Kinds about statements, invoices and payouts."""

from .kind import Importance, Kind, Page, Topic, Whom

_PAYEE = (Whom.PERSON, Whom.PRINCIPALS)
_PAYOUT = Page("payouts.show")

KINDS = {
    "payout_paid": Kind(
        "payouts",
        _PAYEE,
        Topic.MONEY,
        _PAYOUT,
        Importance.MONEY,
        facts=("reference", "amount_fen"),
        deeds=("bank_result_imported",),
        outside=True,
    ),
    "payout_failed": Kind(
        "payouts",
        (*_PAYEE, Whom.FINANCE),
        Topic.MONEY,
        _PAYOUT,
        Importance.MONEY,
        facts=("reference", "amount_fen"),
        deeds=("bank_answer_confirmed",),
        outside=True,
    ),
    "payout_returned": Kind(
        "payouts",
        (*_PAYEE, Whom.FINANCE),
        Topic.MONEY,
        _PAYOUT,
        Importance.MONEY,
        facts=("reference", "amount_fen"),
        deeds=("bank_answer_confirmed",),
        outside=True,
    ),
}
