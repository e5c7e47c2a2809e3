"""Kinds about referrers: friends, rewards, vouchers, codes."""

from .kind import Importance, Kind, Page, Topic, Whom

KINDS = {
    "voucher_ready": Kind(
        "vouchers",
        (Whom.PERSON,),
        Topic.REWARDS,
        Page("my_vouchers.index"),
        Importance.MONEY,
        facts=("title", "until_on"),
        deeds=("voucher_issued",),
    ),
}
