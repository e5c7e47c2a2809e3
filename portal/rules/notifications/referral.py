"""Kinds about referrers: friends, rewards, vouchers, codes."""

from .kind import Importance, Kind, Page, Topic, Whom

KINDS = {
    "plan_offered": Kind(
        "referrers",
        (Whom.PERSON,),
        Topic.REWARDS,
        Page("rewards.index", number=""),
        Importance.INFO,
        facts=("from_on", "until_on"),
    ),
    "voucher_ready": Kind(
        "vouchers",
        (Whom.PERSON,),
        Topic.REWARDS,
        Page("my_vouchers.index"),
        Importance.MONEY,
        facts=("title", "until_on"),
        deeds=("voucher_issued",),
    ),
    "poster_line_waits": Kind(
        "poster_lines",
        (Whom.CHANNEL_MANAGER,),
        Topic.QUEUES,
        Page("own_lines.show"),
        deeds=("poster_line_asked",),
    ),
    "poster_line_approved": Kind(
        "poster_lines", (Whom.PERSON,), Topic.REWARDS, Page("poster.show"), deeds=("poster_line_approved",)
    ),
    "poster_line_refused": Kind(
        "poster_lines", (Whom.PERSON,), Topic.REWARDS, Page("own_lines.mine"), deeds=("poster_line_refused",)
    ),
}
