"""Words about a broker's standing: strikes, freezes, appeals."""

from collections.abc import Mapping

from ....rules.notifications.kind import Whom
from ..marks import N_
from ..wording import Told, Words

_STRIKE = N_("Somebody looked at the showing and decided so. Three strikes that count freeze an account for a month.")

WORDS: Mapping[str, Told] = {
    "strike_confirmed": {
        None: Words(
            N_("You have a strike: a showing in %(development)s was confirmed to be a fake"),
            _STRIKE,
            N_("Was the visit real? Appeal until %(appeal_until_at)s."),
        ),
        Whom.PRINCIPALS: Words(
            N_("%(person)s has a strike: a showing in %(development)s was confirmed to be a fake"),
            _STRIKE,
            N_("Talk to your broker: an appeal is possible until %(appeal_until_at)s."),
        ),
    },
    "strike_voided": {
        None: Words(
            N_("A strike of yours is voided"),
            N_("The appeal was upheld: the showing in %(development)s counts as genuine."),
        ),
        Whom.PRINCIPALS: Words(
            N_("A strike of %(person)s is voided"),
            N_("The appeal was upheld: the showing in %(development)s counts as genuine."),
        ),
    },
    "account_frozen": {
        None: Words(
            N_("Your account is frozen until %(until_at)s"),
            N_("Three strikes count against you."),
            N_("Until then you cannot register clients or check in. It ends by itself; you can still appeal in time."),
        ),
        Whom.PRINCIPALS: Words(
            N_("The account of %(person)s is frozen until %(until_at)s"),
            N_("Three strikes count against this broker."),
            N_("Let a colleague take care of the clients meanwhile. Their protection runs on."),
        ),
    },
    "freeze_lifted": {
        None: Words(
            N_("Your account is not frozen any more"),
            N_("One of the three strikes was voided, so the freeze was never deserved."),
            N_("You can register clients and check in again."),
        ),
        Whom.PRINCIPALS: Words(
            N_("The account of %(person)s is not frozen any more"),
            N_("One of the three strikes was voided, so the freeze was never deserved."),
        ),
    },
    "freeze_over": {
        None: Words(
            N_("Your account is not frozen any more"),
            N_("The month is over."),
            N_("You can register clients and check in again."),
        ),
        Whom.PRINCIPALS: Words(
            N_("The account of %(person)s is not frozen any more"),
            N_("The month is over."),
        ),
    },
    "appeals_are_late": {
        None: Words(
            N_("Appeals wait too long: %(count)s"),
            N_("The oldest was filed at %(since_at)s."),
            N_("Decide those of strikes that somebody else confirmed."),
        )
    },
    "reviews_are_late": {
        None: Words(
            N_("Showings wait too long for a review: %(count)s"),
            N_("The oldest is of %(since_at)s. Until then nobody knows whether the client is protected."),
            N_("Look at the oldest first."),
        )
    },
    "appeal_waits": {
        None: Words(
            N_("Your appeal was received"),
            N_("Somebody else than who confirmed the strike decides it."),
            N_("You need do nothing. You are told as soon as it is decided."),
        ),
        Whom.CHANNEL_MANAGER: Words(
            N_("An appeal against a strike waits"),
            N_("Somebody else than who confirmed the strike decides it."),
            N_("Read what the broker says, look at the pictures, and decide."),
        ),
    },
    "appeal_rejected": {
        None: Words(
            N_("Your appeal was rejected"),
            N_("The strike stands. The reason stands on the page of the appeal."),
        ),
        Whom.PRINCIPALS: Words(
            N_("An appeal of %(person)s was rejected"),
            N_("The strike stands. The reason stands on the page of the appeal."),
        ),
    },
}
