"""Kinds about statements, invoices and payouts."""

from .kind import Importance, Kind, Page, Topic, Whom

_PAYEE = (Whom.PERSON, Whom.PRINCIPALS)
_PAYOUT = Page("payouts.show")


def _payout(*deeds: str, whom: tuple[Whom, ...]) -> Kind:
    facts = ("reference", "amount_fen")
    return Kind("payouts", whom, Topic.MONEY, _PAYOUT, Importance.MONEY, facts, deeds, outside=Whom.PRINCIPALS in whom)


def _invoice(deed: str, whom: Whom) -> Kind:
    facts = ("statement", "statement_id", "amount_fen")
    page = Page("invoices.show", "statement_id")
    topic = Topic.MONEY if whom is Whom.PRINCIPALS else Topic.QUEUES
    return Kind("invoices", (whom,), topic, page, Importance.MONEY, facts, (deed,), outside=whom is Whom.PRINCIPALS)


def _late(whom: Whom) -> Kind:
    """What nothing holds and nobody has moved on for days; said once a day."""
    facts = ("count", "since_at")
    return Kind("portal", (whom,), Topic.QUEUES, Page("payouts.index"), Importance.DEADLINE, facts)


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
    "payout_approved": _payout("payout_approved", "payout_approved_anew", whom=(*_PAYEE, Whom.CASHIER)),
    "payout_rejected": _payout("payout_rejected", whom=(*_PAYEE, Whom.FINANCE)),
    "payout_voided": _payout("payout_voided", whom=(*_PAYEE, Whom.APPROVER)),
    "payout_hold_released": _payout("hold_released", whom=(*_PAYEE, Whom.FINANCE)),
    "payout_held": Kind(
        "payouts",
        _PAYEE,
        Topic.MONEY,
        _PAYOUT,
        Importance.MONEY,
        facts=("reference", "amount_fen", "hold", "lifts"),
        outside=True,
    ),
    "payout_waits": Kind(
        "payouts",
        (Whom.APPROVER,),
        Topic.QUEUES,
        _PAYOUT,
        facts=("reference", "amount_fen"),
        deeds=("payout_requested",),
    ),
    "payout_waits_anew": _payout(whom=(Whom.APPROVER,)),
    "month_ready": Kind(
        "portal", (Whom.FINANCE,), Topic.QUEUES, Page("periods.index"), Importance.DEADLINE, facts=("month",)
    ),
    "month_is_blocked": Kind(
        "portal", (Whom.FINANCE,), Topic.QUEUES, Page("periods.index"), Importance.DEADLINE, facts=("month", "count")
    ),
    "approvals_wait": _late(Whom.APPROVER),
    "payments_wait_for_bank": _late(Whom.CASHIER),
    "invoice_missing": Kind(
        "statements",
        (Whom.PRINCIPALS,),
        Topic.MONEY,
        Page("invoices.show"),
        Importance.MONEY,
        facts=("month", "amount_fen"),
    ),
    "payout_waits_for_second": _payout("payout_approved_first", "payout_approved_anew_first", whom=(Whom.APPROVER,)),
    "payouts_exported": Kind(
        "payout_batches",
        (Whom.FINANCE, Whom.APPROVER),
        Topic.MONEY,
        Page("payouts.index"),
        facts=("number", "count", "total_fen"),
        deeds=("payouts_exported",),
    ),
    "statement_issued": Kind(
        "statements",
        _PAYEE,
        Topic.MONEY,
        Page("statements.show"),
        Importance.MONEY,
        facts=("month", "payable_fen"),
        deeds=("statement_issued",),
        outside=True,
    ),
    "period_closed": Kind(
        "periods",
        (Whom.FINANCE, Whom.APPROVER, Whom.CASHIER),
        Topic.MONEY,
        Page("periods.index"),
        facts=("month", "statements", "payable_fen"),
        deeds=("period_closed",),
        staff_page=Page("payouts.index"),
    ),
    "invoice_sent": _invoice("invoice_sent", Whom.FINANCE),
    "invoice_checked": _invoice("invoice_checked", Whom.PRINCIPALS),
    "invoice_rejected": _invoice("invoice_rejected", Whom.PRINCIPALS),
    "invoice_copy_refused": Kind(
        "statements",
        (Whom.FINANCE,),
        Topic.MONEY,
        Page("invoices.show"),
        Importance.MONEY,
        facts=("number",),
        deeds=("invoice_copy_refused",),
    ),
    "statement_accepted": Kind(
        "statements",
        (Whom.FINANCE,),
        Topic.MONEY,
        Page("statements.show"),
        Importance.INFO,
        facts=("number",),
        deeds=("statement_accepted",),
    ),
    "dispute_waits": Kind(
        "disputes",
        (Whom.FINANCE,),
        Topic.QUEUES,
        Page("disputes.show"),
        Importance.MONEY,
        deeds=("line_disputed",),
    ),
    "dispute_answered": Kind(
        "disputes",
        (Whom.PRINCIPALS,),
        Topic.MONEY,
        Page("disputes.show"),
        Importance.MONEY,
        facts=("outcome",),
        deeds=("dispute_answered",),
        outside=True,
    ),
    "adjustment_waits": Kind(
        "adjustments",
        (Whom.APPROVER, Whom.FINANCE),
        Topic.QUEUES,
        Page("adjustments.show"),
        Importance.MONEY,
        facts=("amount_fen",),
        deeds=("adjustment_proposed",),
    ),
    "adjustment_made": Kind(
        "adjustments",
        _PAYEE,
        Topic.MONEY,
        Page("statements.index"),
        Importance.MONEY,
        facts=("amount_fen",),
        deeds=("adjustment_approved",),
        outside=True,
    ),
    "adjustment_refused": Kind(
        "adjustments",
        (Whom.PERSON,),
        Topic.MONEY,
        Page("adjustments.show"),
        facts=("amount_fen",),
        deeds=("adjustment_refused",),
    ),
    "bank_answer_dismissed": Kind(
        "bank_results",
        (Whom.FINANCE, Whom.CASHIER),
        Topic.MONEY,
        Page("bank_answers.show"),
        facts=("reference",),
        deeds=("bank_answer_dismissed",),
    ),
    "bank_details_wait": Kind(
        "bank_changes",
        (*_PAYEE, Whom.FINANCE),
        Topic.MONEY,
        Page("bank_details.mine"),
        Importance.SECURITY,
        deeds=("bank_details_proposed",),
        staff_page=Page("bank_details.show"),
    ),
    "bank_details_changed": Kind(
        "bank_changes",
        _PAYEE,
        Topic.MONEY,
        Page("bank_details.mine"),
        Importance.SECURITY,
        facts=("last_four",),
        deeds=("bank_details_confirmed",),
    ),
    "bank_details_refused": Kind(
        "bank_changes",
        _PAYEE,
        Topic.MONEY,
        Page("bank_details.mine"),
        Importance.MONEY,
        deeds=("bank_details_refused",),
    ),
    "bank_proposal_decided": Kind(
        "bank_changes",
        (Whom.PERSON,),
        Topic.PARTNERS,
        Page("bank_details.show"),
        facts=("outcome",),
        deeds=("bank_details_confirmed", "bank_details_refused"),
    ),
    "bank_details_objected": Kind(
        "bank_changes",
        (Whom.FINANCE, Whom.APPROVER, Whom.CASHIER),
        Topic.MONEY,
        Page("bank_details.show"),
        Importance.SECURITY,
        deeds=("bank_details_objected",),
    ),
    "ledger_does_not_hold": Kind(
        "ledger",
        (Whom.FINANCE, Whom.APPROVER),
        Topic.OPERATION,
        Page("ledger.verify"),
        Importance.SECURITY,
        facts=("number",),
        deeds=("ledger_verified",),
    ),
}
