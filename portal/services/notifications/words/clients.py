"""Words about registrations, showings and the protection of clients."""

from collections.abc import Mapping

from ..marks import N_
from ..wording import Told, Words

WORDS: Mapping[str, Told] = {
    "registration_accepted": {
        None: Words(
            N_("Your client in %(development)s is registered"),
            N_("The client is protected for you until %(protected_until_at)s."),
            N_("Bring the client to the site before that, and check in there."),
        )
    },
    "registration_refused": {
        None: Words(
            N_("A client in %(development)s could not be registered"),
            N_("The receipt says why, and when to try again."),
            N_("Open it to read the reason."),
        )
    },
}
