"""Words about referrers: friends, rewards, vouchers, codes."""

from collections.abc import Mapping

from ....models import JoinedBy, LeadOutcome
from ....rules.notifications.kind import Whom
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

_WAYS: Mapping[str, str] = {
    JoinedBy.PAGE: N_("by the public page"),
    JoinedBy.INVITATION: N_("by an invitation"),
}
_OUTCOMES: Mapping[str, str] = {
    LeadOutcome.ACCEPTED: N_("counts for you"),
    LeadOutcome.REFUSED: N_("does not count"),
    LeadOutcome.WAITING: N_("the number has yet to be confirmed"),
}

WORDS: Mapping[str, Told] = {
    "plan_offered": {
        None: Words(
            N_("Another reward plan is offered to you"),
            N_("For friends of %(development)s who leave a number after you took it, from %(from_on)s on."),
            N_("Compare it under My rewards, and take it until %(until_on)s. Otherwise nothing changes."),
        )
    },
    "lead_step_given": {
        None: Words(
            N_("A next step with a lead in %(development)s is yours"),
            N_("A colleague wrote it down for you."),
            N_("Open the lead, read what was said so far, and do it by %(until_on)s."),
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
            N_("The reason stands under it, on the page of your own lines."),
            N_("Change it and ask again, or take one of ours."),
        )
    },
    "referral_code_revoked": {
        None: Words(
            N_("Your code in %(development)s was taken back"),
            N_("Who scans it sees that the invitation is over. The reason stands on your page."),
            N_("You do not agree? Call us; what you have earned stays yours."),
        )
    },
    "referral_code_restored": {
        None: Words(
            N_("Your code in %(development)s works again"),
            N_("Posters that are out there are good again."),
        )
    },
    "referrer_joined": {
        None: Words(
            N_("Somebody refers for %(development)s now"),
            N_("%(way)s."),
            terms={"way": _WAYS},
        )
    },
    "friend_came": {
        None: Words(
            N_("A friend left a number in %(development)s: %(outcome)s"),
            N_("What that means stands beside the friend."),
            terms={"outcome": _OUTCOMES},
        )
    },
    "friend_visited": {
        None: Words(
            N_("A friend of yours was in %(development)s"),
            N_("Reception has received the friend, who counts as yours for longer now."),
        )
    },
    "reward_granted": {
        None: Words(
            N_("You have earned: %(title)s"),
            N_("A friend of yours has signed."),
            N_("When it falls due, and why it is that much, stands under My rewards."),
            terms={"title": TITLES},
        )
    },
    "reward_changed": {
        None: Words(
            N_("A reward of yours is another one now: %(title)s"),
            N_("The order of your friends' purchases has changed."),
            terms={"title": TITLES},
        )
    },
    "reward_revoked": {
        None: Words(
            N_("A reward is not earned any more: %(title)s"),
            N_("The purchase behind it was cancelled or changed."),
            terms={"title": TITLES},
        )
    },
    "reward_in_review": {
        None: Words(
            N_("A reward that you have received is looked at again: %(title)s"),
            N_("The purchase behind it was cancelled or changed."),
            N_("You need do nothing. You are told as soon as it is decided."),
            terms={"title": TITLES},
        ),
        Whom.CHANNEL_MANAGER: Words(
            N_("A reward that was handed out is to be looked at: %(title)s"),
            N_("The purchase behind it was cancelled or changed."),
            N_("Decide whether it stands, is charged back or replaced."),
            terms={"title": TITLES},
        ),
    },
    "reward_stands": {
        None: Words(
            N_("You keep a reward: %(title)s"), N_("It was looked at again, and stands."), terms={"title": TITLES}
        ),
    },
    "reward_taken_back": {
        None: Words(
            N_("A reward is taken back: %(title)s"),
            N_("The purchase behind it was cancelled or changed; the reason stands under My rewards."),
            terms={"title": TITLES},
        )
    },
    "reward_due": {
        None: Words(
            N_("A reward of yours is due: %(title)s"),
            N_("Its day has come."),
            N_("You need do nothing: it is approved, and you are told."),
            terms={"title": TITLES},
        ),
        Whom.CHANNEL_MANAGER: Words(
            N_("A reward is due: %(title)s"), N_("Its day has come."), N_("Approve it."), terms={"title": TITLES}
        ),
    },
    "reward_approved": {
        None: Words(
            N_("A reward of yours was approved: %(title)s"),
            N_("Money comes with your next statement; a voucher stands under My vouchers."),
            terms={"title": TITLES},
        )
    },
    "reward_refused": {
        None: Words(
            N_("A reward of yours was turned down: %(title)s"),
            N_("The reason stands under My rewards."),
            N_("You do not agree? Call us."),
            terms={"title": TITLES},
        )
    },
    "voucher_reissued": {
        None: Words(
            N_("A voucher was issued anew for you: %(title)s"),
            N_("The one of before was over."),
            N_("It stands under My vouchers."),
            terms={"title": TITLES},
        )
    },
    "voucher_redeemed": {
        None: Words(
            N_("Your voucher was redeemed: %(title)s"),
            N_("At %(at)s, in %(development)s."),
            N_("It was not you? Call us."),
            terms={"title": TITLES},
        )
    },
    "voucher_revoked": {
        None: Words(
            N_("Your voucher is not good any more: %(title)s"),
            N_("The reason stands on the voucher's page."),
            terms={"title": TITLES},
        ),
    },
    "fee_relieved": {
        None: Words(
            N_("A bill was paid out of your voucher: %(title)s"),
            N_("How many months are left stands beside it."),
            terms={"title": TITLES},
        )
    },
    "bill_taken_back": {
        None: Words(
            N_("A bill that your voucher had paid was taken back: %(title)s"),
            N_("Its months are yours again."),
            terms={"title": TITLES},
        )
    },
    "parking_ended": {
        None: Words(
            N_("Your parking space ends: %(title)s"),
            N_("The purchase behind it was cancelled or changed."),
            terms={"title": TITLES},
        ),
    },
    "voucher_ends": {
        None: Words(
            N_("Your voucher ends soon: %(title)s, last day %(last_on)s"),
            N_("After that day it cannot be redeemed."),
            N_("Show its code at the site before."),
            terms={"title": TITLES},
        )
    },
}
