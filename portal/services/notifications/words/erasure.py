"""Words about requests to erase a person's data."""

from collections.abc import Mapping

from ..marks import N_
from ..wording import Told, Words

WORDS: Mapping[str, Told] = {
    "erasure_asked": {
        None: Words(
            N_("Somebody asks for the own data to be erased"),
            N_("That the number is the asker's was shown. An answer is due by %(due_at)s."),
            N_("Look what would go and what stays, and propose an answer."),
        )
    },
    "erasure_proposed": {
        None: Words(
            N_("An answer to a request for erasure waits for a second person"),
            N_("The privacy officer has proposed it; what is erased cannot be brought back."),
            N_("Look at the preview, and confirm or send it back by %(due_at)s."),
        )
    },
    "erasure_answered": {
        None: Words(
            N_("A request for erasure was answered"),
            N_("A second person confirmed it; the asker was texted where to read it."),
        )
    },
    "erasure_answer_refused": {
        None: Words(
            N_("Your answer to a request for erasure was sent back"),
            N_("The reason stands on the request's page."),
            N_("Propose another answer; the date stays the same."),
        )
    },
    "erasure_late": {
        None: Words(
            N_("A request for erasure still waits"),
            N_("An answer is due by %(due_at)s."),
            N_("Propose an answer, or confirm the one that is proposed."),
        )
    },
}
