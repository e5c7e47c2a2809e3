"""Words about how the portal runs."""

from collections.abc import Mapping

from ....rules.keys.starting import KeyKind
from ..marks import N_
from ..wording import Told, Words

_KEYS: Mapping[str, str] = {
    KeyKind.DATA: N_("data key"),
    KeyKind.INDEX: N_("index key"),
    KeyKind.SIGNING: N_("signing key"),
    KeyKind.SECRET: N_("session key"),
}

WORDS: Mapping[str, Told] = {
    "clock_doubted": {
        None: Words(
            N_("The clock of the machine is in doubt"),
            N_("As long as it is, nothing ends by time alone: no protection, no freeze, no voucher."),
            N_("Look at the health page; if the clock is right, say so there."),
        )
    },
    "clock_right_again": {
        None: Words(N_("The clock of the machine is believed again"), N_("What ends by time ends again.")),
    },
    "worker_silent": {
        None: Words(
            N_("The worker is silent since %(since_at)s"),
            N_("What ends by time alone does not end, and no import and no close of a month goes on."),
            N_("Start it again; the health page says whether it lives."),
        )
    },
    "backup_is_old": {
        None: Words(
            N_("The last backup is too old"),
            N_("It was made at %(made_at)s; what came since would be lost with the disk."),
            N_("Make one now, and find out why the timer did not."),
        )
    },
    "key_taken_into_use": {
        None: Words(
            N_("A key was taken into use: %(key)s"),
            N_("Personal data is encrypted, found or signed with it from now on."),
            N_("Nobody planned that? Find out at once who changed the settings."),
            terms={"key": _KEYS},
        )
    },
    "keys_rotated": {
        None: Words(
            N_("Everything was encrypted anew with the first data key"),
            N_("Nothing in the database and no file needs a former key any more."),
            N_("Keep the former keys for as long as the backups that need them."),
        )
    },
    "key_retired": {
        None: Words(
            N_("A key was retired: %(key)s"),
            N_("Nothing needs it any more."),
            N_("Keep it for as long as the backups that need it."),
            terms={"key": _KEYS},
        )
    },
}
