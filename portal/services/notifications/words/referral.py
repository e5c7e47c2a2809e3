"""Words about referrers: friends, rewards, vouchers, codes."""

from collections.abc import Mapping

from ..marks import N_
from ..wording import Told, Words

TITLES = {
    "property_fee_relief": N_("Property fee waived"),
    "appliance_voucher": N_("Appliance voucher"),
    "parking_space": N_("Free parking space"),
    "referral_bonus": N_("Cash bonus"),
    "stand_gift": N_("Welcome gift"),
    "coffee_coupon": N_("Coffee coupon"),
}
"""Titles of the given plans, as on the pages; a plan of the owner's own says its titles itself."""

WORDS: Mapping[str, Told] = {
    "voucher_ready": {
        None: Words(
            N_("Your voucher is ready: %(title)s"),
            N_("It is for the friend whom you brought to %(development)s."),
            N_("Show it at reception until %(until_on)s."),
            terms={"title": TITLES},
        )
    },
}
