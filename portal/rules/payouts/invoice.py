"""What finance looks at on an invoice before it counts (验票): its sum, the seller's tax number, and the rate.

The sum is typed anew from the PDF, so that the agency's own word for it proves nothing. Source of the tax number:
统一社会信用代码, GB 32100-2015, with its check sign; older numbers have fifteen or twenty digits.
"""

import re

from commissions.money import WHOLE_BPS
from commissions.refusal import Refusal

RATES_BPS = (0, 100, 150, 300, 500, 600, 900, 1300)
"""The rates of value-added tax that an invoice may show, in basis points; 0 is exempt."""

_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE = re.compile(f"[{_CODE_SIGNS}]{{18}}")
_OLDER = re.compile(r"[0-9]{15}|[0-9]{20}")


def check_invoice(*, invoiced_fen: int, read_fen: int, tax_number: str, rate_bps: int) -> None:
    """Let an invoice count whose PDF says what the agency typed.

    `read_fen` is what finance read on the PDF. Raises Refusal `invoice_read_differs` with both sums,
    `tax_number_wrong` and `tax_rate_unknown`.
    """
    if read_fen != invoiced_fen:
        raise Refusal("invoice_read_differs", field="amount", invoiced_fen=invoiced_fen, read_fen=read_fen)
    if not is_tax_number(tax_number):
        raise Refusal("tax_number_wrong", field="tax_number")
    if rate_bps not in RATES_BPS:
        raise Refusal("tax_rate_unknown", field="tax_bps")


def is_tax_number(number: str) -> bool:
    """Whether a company may have this tax number: eighteen signs of which the last proves the others, or an older
    one of fifteen or twenty digits."""
    if not _CODE.fullmatch(number):
        return bool(_OLDER.fullmatch(number))
    weighed = sum(_CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(number[:17]))
    return _CODE_SIGNS[(31 - weighed % 31) % 31] == number[17]


def tax_fen(amount_fen: int, rate_bps: int) -> int:
    """The tax in an amount that includes it: what the net amount, half up to the fen, leaves of the whole."""
    gross_bps = WHOLE_BPS + rate_bps
    return amount_fen - (2 * amount_fen * WHOLE_BPS + gross_bps) // (2 * gross_bps)
