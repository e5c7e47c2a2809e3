"""Refusals around vouchers, in words; `messages` holds them with the others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

VOUCHERS: Mapping[str, Any] = {
    # what reception reads, with somebody standing at the desk
    "voucher_mistyped": _l("This is no voucher code. Compare it with the voucher, or scan it again."),
    "voucher_unknown": _l("We issued no voucher with this code. Do not hand anything out."),
    "voucher_elsewhere": _l("This voucher is for another development: it can be redeemed at %(place)s."),
    "voucher_redeemed": _l(
        "This voucher was redeemed already: on %(at)s at %(place)s, by %(by)s. Do not hand anything out."
    ),
    "voucher_revoked": _l("This voucher was taken back. Do not hand anything out. Its owner may have another one."),
    "voucher_held": _l(
        "The purchase that this voucher belongs to has changed, and a colleague has yet to decide what becomes of it. "
        "Do not hand anything out until then."
    ),
    "voucher_reason_needed": _l("Say why. The owner of the voucher reads it."),
    "voucher_not_over": _l("There is a voucher that can be redeemed, or nothing is left to be issued."),
    "own_approval": _l("You approved it or issued its voucher. A colleague hands it out."),
    "parking_in_past": _l("This day is over. Parking begins today or later."),
    "parking_too_late": _l("Parking begins by %(latest)s at the latest."),
    "voucher_expired": _l("This voucher ended on %(at)s. Do not hand anything out."),
    "voucher_per_bill": _l("This voucher pays bills of property management. Enter the bill below."),
    "voucher_not_open": _l("This voucher is redeemed or taken back already."),
    "out_of_stock": _l("None is left. The voucher is good until its last day: say when to come, or ask the manager."),
    "stock_below_zero": _l("There cannot be fewer than none."),
    "not_fee_relief": _l("This voucher pays no property fee."),
    "relief_not_positive": _l("Enter at least one month."),
    "relief_exceeded": _l("Only %(left)s months are left on this voucher."),
    "bill_differs": _l(
        "This bill was paid with other figures already. Look at the bills below. Were they wrong, a manager takes the "
        "bill back, and you enter it anew."
    ),
    "bill_paid_before": _l(
        "Bill %(bill)s was paid out of another voucher of this owner already, on %(at)s. If that was only a part of "
        "it, write which part this is behind the number, such as %(bill)s/2."
    ),
    "bill_too_large": _l(
        "For so many months a bill comes to at most %(most_fen)s here. Compare the amount with the bill."
    ),
    "bill_number_wrong": _l("Enter the number as it stands on the bill, in at most 40 letters and digits."),
    "own_bill": _l("You entered this bill yourself. A colleague takes it back."),
    "bill_returned": _l("This bill was taken back already."),
    "bill_return_reason_needed": _l("Say what was wrong. It stays with the bill."),
    "goods_asked_for": _l("This was asked for already, or nothing of it can be asked for."),
    "no_qr_found": _l(
        "There is no voucher's QR code to be seen in this picture. Take it again from nearer, or type the code."
    ),
}
