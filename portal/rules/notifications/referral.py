"""Kinds about referrers: friends, rewards, vouchers, codes."""

from .kind import Group, Importance, Kind, Page, Topic, Whom

_MINE = Page("rewards.index")


def _of_code(deed: str) -> Kind:
    return Kind("referrers", (Whom.PERSON,), Topic.REWARDS, Page("my_code.show"), Importance.DEADLINE, (), (deed,))


def _reward(deed: str, *staff: Whom, also: tuple[str, ...] = (), page: Page | None = None) -> Kind:
    """What became of a reward; its referrer is told, and the staff for whom it waits."""
    whom, deeds = (Whom.PERSON, *staff), (deed, *also)
    return Kind("rewards", whom, Topic.REWARDS, _MINE, Importance.MONEY, ("title",), deeds, staff_page=page)


def _voucher(deed: str) -> Kind:
    page = Page("my_vouchers.show")
    return Kind("vouchers", (Whom.PERSON,), Topic.REWARDS, page, Importance.MONEY, ("title",), (deed,))


KINDS = {
    "plan_offered": Kind(
        "referrers",
        (Whom.PERSON,),
        Topic.REWARDS,
        _MINE,
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
        group=Group(),
    ),
    "poster_line_approved": Kind(
        "poster_lines", (Whom.PERSON,), Topic.REWARDS, Page("poster.show"), deeds=("poster_line_approved",)
    ),
    "poster_line_refused": Kind(
        "poster_lines", (Whom.PERSON,), Topic.REWARDS, Page("own_lines.mine"), deeds=("poster_line_refused",)
    ),
    "referral_code_revoked": _of_code("referral_code_revoked"),
    "referral_code_restored": _of_code("referral_code_restored"),
    "referrer_joined": Kind(
        "referrers",
        (Whom.CHANNEL_MANAGER,),
        Topic.REWARDS,
        Page("referrers.show"),
        facts=("way",),
        deeds=("referrer_joined",),
    ),
    "friend_came": Kind(
        "leads",
        (Whom.PERSON,),
        Topic.REWARDS,
        Page("friends.index"),
        facts=("outcome",),
        deeds=("lead_left", "lead_decided"),
    ),
    "lead_step_given": Kind(
        "leads",
        (Whom.PERSON,),
        Topic.QUEUES,
        Page("referrers.lead"),
        facts=("until_on",),
        deeds=("lead_note_written",),
    ),
    "friend_visited": Kind("touches", (Whom.PERSON,), Topic.REWARDS, Page("friends.index"), deeds=("friend_visited",)),
    "reward_granted": _reward("reward_granted"),
    "reward_changed": _reward("reward_reranked"),
    "reward_revoked": _reward("reward_revoked"),
    "reward_in_review": _reward("reward_sent_to_review", Whom.CHANNEL_MANAGER, page=Page("handing_out.review")),
    "reward_stands": _reward("reward_review_closed", also=("reward_reviewed",)),
    "reward_taken_back": _reward("reward_reviewed"),
    "reward_due": _reward("reward_due", Whom.CHANNEL_MANAGER, page=Page("handing_out.index")),
    "reward_approved": _reward("reward_approved"),
    "reward_refused": _reward("reward_refused"),
    "voucher_reissued": _reward("voucher_reissued"),
    "voucher_redeemed": _voucher("voucher_redeemed"),
    "voucher_revoked": _voucher("voucher_revoked"),
    "fee_relieved": _voucher("fee_relieved"),
    "bill_taken_back": _voucher("bill_taken_back"),
    "parking_ended": _voucher("parking_ended"),
    "voucher_ends": Kind(
        "vouchers",
        (Whom.PERSON,),
        Topic.REWARDS,
        Page("my_vouchers.show"),
        Importance.DEADLINE,
        facts=("title", "last_on"),
    ),
}
