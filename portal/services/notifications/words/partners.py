"""Words about agencies, agreements, and the plans that they are paid by."""

from collections.abc import Mapping

from referral.rewards.reward_plan import Audience

from ....rules.notifications.kind import Whom
from ..marks import N_
from ..wording import Told, Words

_AUDIENCES: Mapping[str, str] = {
    Audience.HOMEOWNER: N_("homeowners"),
    Audience.CITIZEN: N_("citizen brokers"),
    Audience.PROGRAMME: N_("programmes"),
}

_WEBHOOK = {
    "made": N_("was made"),
    "changed": N_("was changed"),
    "renewed": N_("has a new secret"),
    "disabled": N_("was switched off"),
    "enabled": N_("was switched on again"),
    "deleted": N_("was deleted"),
}
_WEBHOOK_OFF = {
    "gone": N_("It answered that it is gone for good (410)."),
    "failing": N_("Twenty attempts in a row failed."),
}

_ROBOT = {"set": N_("was set up"), "replaced": N_("was replaced"), "removed": N_("was taken out")}

WORDS: Mapping[str, Told] = {
    "agency_closed": {
        None: Words(
            N_("An agency was closed: %(agency)s"),
            N_("Its people are signed out. What it has earned stays due."),
        )
    },
    "agency_opened_again": {
        None: Words(
            N_("Your agency was opened again"),
            N_("Everybody can sign in as before; links of before are worthless."),
        ),
        Whom.CHANNEL_MANAGER: Words(N_("An agency was opened again: %(agency)s"), N_("Its people can sign in again.")),
        Whom.FINANCE: Words(N_("An agency was opened again: %(agency)s"), N_("Its people can sign in again.")),
    },
    "api_key_made": {
        None: Words(
            N_("A key for your agency's own systems was made: %(name)s"),
            N_("Whoever holds it acts for your agency, as far as it was made for."),
            N_("Do you not know of it? Revoke it at once."),
        )
    },
    "api_key_revoked": {
        None: Words(
            N_("The key %(name)s was revoked"),
            N_("The system that holds it is refused from now on."),
            N_("Is the system still needed? Make it another key."),
        )
    },
    "api_key_version_chosen": {
        None: Words(
            N_("The key %(name)s is answered in version %(version)s now"),
            N_("The system that holds it gets answers of this shape from now on."),
            N_("Does the system stumble over them? Choose the former version again."),
        )
    },
    "api_version_ends": {
        None: Words(
            N_("The key %(name)s uses a version of the interface that ends soon: %(last_on)s"),
            N_("After that day version %(version)s is answered no more, and the system that holds the key is refused."),
            N_("Have its engineer read what changed, then choose the newer version for the key."),
        )
    },
    "webhook_changed": {
        None: Words(
            N_("The webhook %(name)s %(change)s"),
            N_("It tells a system of your agency what happens here."),
            N_("Do you not know of it? Delete it at once."),
            {"change": _WEBHOOK},
        )
    },
    "webhook_disabled": {
        None: Words(
            N_("The webhook %(name)s was switched off"),
            N_("%(reason)s Nothing goes there any more."),
            N_("Have the receiver mended, switch it on again, and send what it has missed."),
            {"reason": _WEBHOOK_OFF},
        )
    },
    "agreement_made": {
        None: Words(
            N_("Your agency may sell %(development)s"),
            N_("From %(starts_on)s. Its last day: %(last_on)s."),
            N_("Tell your brokers: from that day on they can register clients there."),
        )
    },
    "agreement_changed": {
        None: Words(
            N_("Your agreement for %(development)s was changed"),
            N_("Its last day is now: %(last_on)s."),
            N_("Open it and see whether it says what was agreed."),
        )
    },
    "agreement_ended": {
        None: Words(
            N_("Your agreement for %(development)s has ended"),
            N_("No client can be registered there any more. Who is protected stays so, and those deals are paid."),
            N_("Was that not agreed? Call your channel manager."),
        ),
        Whom.CHANNEL_MANAGER: Words(
            N_("The agreement of %(agency)s for %(development)s has ended"),
            N_("Its brokers register no more clients there; who is protected stays so."),
        ),
    },
    "agreement_ends": {
        None: Words(
            N_("Your agreement for %(development)s ends soon: %(last_on)s"),
            N_("After that day no client can be registered there."),
            N_("Call your channel manager if it is to go on."),
        ),
        Whom.CHANNEL_MANAGER: Words(
            N_("The agreement of %(agency)s for %(development)s ends soon: %(last_on)s"),
            N_("After that day its brokers register no clients there."),
            N_("Is it to go on? Enter its new last day."),
        ),
    },
    "robot_changed": {
        None: Words(
            N_("The robot in the group of %(development)s %(change)s"),
            N_("What that group is told comes from it. Whoever has a robot's key writes into its group."),
            N_("Did nobody of you do that? Take it out, and make a new one in WeCom."),
            terms={"change": _ROBOT},
        )
    },
    "robot_is_gone": {
        None: Words(
            N_("The group of %(development)s is told nothing any more"),
            N_("WeCom says that our robot is no longer in that group."),
            N_("Add a robot to the group in WeCom, and enter its address here."),
        )
    },
    "licence_ends": {
        None: Words(
            N_("Your agency's licence ends soon: %(last_on)s"),
            N_("An agency without a licence gets no new agreement."),
            N_("Send the new licence to your channel manager before then."),
        ),
        Whom.CHANNEL_MANAGER: Words(
            N_("The licence of %(agency)s ends soon: %(last_on)s"),
            N_("An agency without a licence gets no new agreement."),
            N_("Ask for the new one and enter it."),
        ),
    },
    "sale_stopped": {
        None: Words(
            N_("%(development)s takes no registrations any more"),
            N_("The sale was stopped. Clients who are protected stay so, and their deals are paid as agreed."),
            N_("Tell your brokers to bring new clients to other developments."),
        )
    },
    "sale_resumed": {
        None: Words(
            N_("%(development)s takes registrations again"),
            N_("Your agreement for it counts as before."),
            N_("Tell your brokers."),
        )
    },
    "development_rules_changed": {
        None: Words(
            N_("The rules of %(development)s were changed"),
            N_("Such as how long a client is protected. What was decided before stays decided."),
            N_("Ask your channel manager what is new, and tell your brokers."),
        )
    },
    "new_plan_for_agency": {
        None: Words(
            N_("A new version of your commission plan: %(name)s, version %(version)s"),
            N_("It counts for deals that are signed from %(effective_at)s on."),
            N_("Read it, and ask before that day if something is not as agreed."),
        )
    },
    "plan_published": {
        None: Words(
            N_("Commission plan published: %(name)s, version %(version)s"),
            N_("It counts for deals that are signed from %(effective_at)s on."),
        )
    },
    "plan_draft_waits": {
        None: Words(
            N_("A commission plan waits to be published: %(name)s"),
            N_("It takes another person than who proposed it."),
            N_("Try it on history, then publish it or send it back."),
        )
    },
    "plan_draft_refused": {
        None: Words(
            N_("Your draft of a commission plan was sent back: %(name)s"),
            N_("The reason stands on its page."),
            N_("Mend it and propose it again."),
        )
    },
    "reward_plan_published": {
        None: Words(
            N_("Reward plan published: %(audience)s, version %(version)s"),
            N_("It counts for who joins from %(effective_at)s on."),
            terms={"audience": _AUDIENCES},
        )
    },
    "reward_plan_draft_waits": {
        None: Words(
            N_("A reward plan waits to be published: %(audience)s"),
            N_("It takes another person than who proposed it."),
            N_("Try it on history, then publish it or send it back."),
            terms={"audience": _AUDIENCES},
        )
    },
    "reward_plan_draft_refused": {
        None: Words(
            N_("Your draft of a reward plan was sent back: %(audience)s"),
            N_("The reason stands on its page."),
            N_("Mend it and propose it again."),
            terms={"audience": _AUDIENCES},
        )
    },
    "rule_profile_waits": {
        None: Words(
            N_("New rules for whose client it is at %(development)s wait for a second person"),
            N_("They would be in force from %(starts_on)s."),
            N_("Read them beside those of now, then confirm them or send them back."),
        )
    },
    "rule_profile_refused": {
        None: Words(
            N_("Your rules for %(development)s were sent back"),
            N_("The reason stands on their page."),
            N_("Mend them and propose them again."),
        )
    },
    "rule_profile_published": {
        None: Words(
            N_("New rules for whose client it is at %(development)s are confirmed"),
            N_("They are in force from %(starts_on)s; the agencies that sell it are told."),
        )
    },
    "rule_profile_begins": {
        None: Words(
            N_("From %(starts_on)s other rules say whose client it is at %(development)s"),
            N_("What was registered before keeps the rules of its own day."),
            N_("Read them under Our agreements, and tell your brokers."),
        )
    },
    "care_plan_waits": {
        None: Words(
            N_("A care plan waits for a second person"),
            N_("It would be in force from %(starts_on)s."),
            N_("Try it on the clients of now, then publish it or send it back."),
        )
    },
    "care_plan_refused": {
        None: Words(
            N_("Your care plan was sent back"),
            N_("The reason stands on its page."),
            N_("Mend it and propose it again."),
        )
    },
    "care_plan_published": {
        None: Words(
            N_("Another care plan is in force from %(starts_on)s"),
            N_("From that day on the lists of who cares for clients follow it."),
        )
    },
    "care_text_waits": {
        None: Words(
            N_("A text to clients waits for a review"),
            N_("Who wrote it does not approve it."),
            N_("Read it as a client would, then approve it or send it back."),
        )
    },
    "care_text_refused": {
        None: Words(
            N_("Your text to clients was sent back"),
            N_("The reason stands on its page."),
            N_("Mend it and propose it again."),
        )
    },
    "care_text_published": {
        None: Words(
            N_("Your text to clients was approved"),
            N_("It is used from now on."),
        )
    },
    "care_text_retired": {
        None: Words(
            N_("A text to clients is used no more"),
            N_("The reason stands on its page, in the library."),
            N_("Do not send it from your own notes either."),
        )
    },
    "tax_table_waits": {
        None: Words(
            N_("A tax table from %(month)s on waits for a second person"),
            N_("Everybody who earns as a person is taxed by it."),
            N_("Compare it with the official one, then confirm it or send it back."),
        )
    },
    "tax_table_refused": {
        None: Words(
            N_("Your tax table was sent back"),
            N_("The reason stands on its page."),
            N_("Mend it and propose it again."),
        )
    },
    "tax_table_published": {
        None: Words(
            N_("Tax table %(version)s published"),
            N_("It counts for what is earned from %(month)s on."),
        )
    },
}
