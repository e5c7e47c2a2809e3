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
    "plan_offered": {
        None: Words(
            N_("Another reward plan is offered to you"),
            N_("For friends of %(development)s who leave a number after you took it, from %(from_on)s on."),
            N_("Compare it under My rewards, and take it until %(until_on)s. Otherwise nothing changes."),
        )
    },
    "voucher_ready": {
        None: Words(
            N_("Your voucher is ready: %(title)s"),
            N_("It is for the friend whom you brought to %(development)s."),
            N_("Show it at reception until %(until_on)s."),
            terms={"title": TITLES},
        )
    },
    "poster_line_waits": {
        None: Words(
            N_("A line for a poster in %(development)s waits to be read"),
            N_("What stands under our name on a poster is read by somebody first."),
            N_("Read it, then approve it or send it back."),
        )
    },
    "poster_line_approved": {
        None: Words(
            N_("Your line may stand on your poster"),
            N_("It was read and approved."),
            N_("Choose it on your poster, and download the poster anew."),
        )
    },
    "poster_line_refused": {
        None: Words(
            N_("Your line cannot stand on a poster"),
            N_("The reason stands beside it."),
            N_("Change it and ask again, or take one of ours."),
        )
    },
}
