"""Refusals around invoices, in words; `messages` holds them with the others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

INVOICES: Mapping[str, Any] = {
    "invoice_missing": _l("The agency has not sent its invoice over %(payable_fen)s. Payment waits for it."),
    "invoice_unequal": _l(
        "The invoice says %(invoiced_fen)s, the statement pays %(payable_fen)s. Payment waits for another invoice."
    ),
    "invoice_unchecked": _l("The invoice is here; finance checks it before the payment goes on."),
    "invoice_checked_already": _l("This invoice is checked already. Look at it again."),
    "invoice_read_differs": _l(
        "You read %(read_fen)s on the PDF, the agency typed %(invoiced_fen)s. Look again; where the PDF says another sum, reject the invoice."
    ),
    "invoice_number_known": _l(
        "An invoice with this number counts already. The number of an e-invoice is given out once in the country: compare it with the PDF."
    ),
    "tax_number_wrong": _l(
        "This is no tax number: 18 signs of which the last proves the others, or 15 or 20 digits. Compare it with the PDF."
    ),
    "tax_rate_unknown": _l("Choose the rate that stands on the invoice."),
    "invoice_too_large": _l(
        "This file is larger than %(most_mb)s MB. Send the invoice alone, as the PDF that you got."
    ),
    "invoice_kind": _l("This is not a PDF. Send the invoice as a PDF file."),
    "invoice_damaged": _l("This PDF is damaged or not whole. Download the invoice again and send that."),
    "invoice_not_wanted": _l("This statement needs no invoice any more."),
    "invoice_day": _l("An invoice's day is today or lies within the last 400 days. Compare it with the invoice."),
    "invoice_same": _l("This very invoice is here already, and counts."),
    "invoice_number_used": _l(
        "You sent an invoice with this number for statement %(statement)s. Each statement needs its own."
    ),
    "invoice_file_used": _l(
        "You sent this file for statement %(statement)s. Choose the file of this statement's invoice."
    ),
    "invoice_file_known": _l(
        "We know this file from elsewhere, so we cannot take it for you. Please choose your own invoice, or ask our finance."
    ),
    "invoice_raced": _l("Another invoice came in at the same moment. Look at the statement again."),
    "invoice_ended": _l("Somebody was faster: this invoice counts no more. Look at the statement again."),
    "invoice_reason_needed": _l("Say what is wrong, so that the agency can send a right one."),
}
