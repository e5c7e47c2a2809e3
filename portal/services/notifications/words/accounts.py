"""Words about accounts and their safety."""

from collections.abc import Mapping

from ..marks import N_
from ..wording import Told, Words

WORDS: Mapping[str, Told] = {
    "new_device": {
        None: Words(
            N_("Your account was signed in to on a device that it did not know"),
            N_("At %(at)s. Was it you? Then all is well."),
            N_("It was not you? Sign that device out and choose another password now."),
        )
    },
}
