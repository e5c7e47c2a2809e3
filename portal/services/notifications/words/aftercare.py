"""Words about complaints, surveys, and answers to invitations."""

from collections.abc import Mapping

from ....rules.notifications.kind import Whom
from ..marks import N_
from ..wording import Told, Words

WORDS: Mapping[str, Told] = {
    "complaint_opened": {
        None: Words(
            N_("An owner in your care at %(development)s complains"),
            N_("The first answer is due until %(due_at)s."),
            N_("Call the owner, then write down what you answered."),
        ),
        Whom.CHANNEL_MANAGER: Words(
            N_("An owner at %(development)s complains"),
            N_("The first answer is due until %(due_at)s."),
            N_("See that somebody answers by then."),
        ),
    },
    "complaint_late": {
        None: Words(
            N_("A complaint at %(development)s has not been answered in time"),
            N_("The first answer was due until %(due_at)s."),
            N_("Call the owner now, then write down what you answered."),
        ),
    },
    "complaint_answered": {
        None: Words(
            N_("A complaint at %(development)s was answered"),
            N_("Its page says what, and how often it was spoken about."),
        ),
    },
    "complaint_settled": {
        None: Words(
            N_("An owner at %(development)s says that a complaint is settled"),
            N_("It is closed by the owner's word."),
        ),
    },
    "complaint_reopened": {
        None: Words(
            N_("An owner at %(development)s says that a complaint is not settled"),
            N_("It is open again; an answer is due until %(due_at)s."),
            N_("Read what is missing, and call the owner."),
        ),
    },
    "survey_answered": {
        None: Words(
            N_("An owner in your care at %(development)s answered a survey"),
            N_("The lowest mark is %(mark)s of 5."),
        ),
    },
    "guest_answered": {
        None: Words(
            N_("A client in your care answered an invitation to %(development)s"),
            N_("Coming: %(people)s. Nobody: 0."),
        ),
    },
}
