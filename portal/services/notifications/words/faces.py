"""Words about enrolled faces and what is erased of them."""

from collections.abc import Mapping

from ..marks import N_
from ..wording import Told, Words

_DONE = N_("Photos and templates were erased at once; what is left is that and when it was done.")

WORDS: Mapping[str, Told] = {
    "face_waits": {
        None: Words(
            N_("A face waits to be confirmed"),
            N_("The enrolment was in doubt, so somebody has to meet its owner."),
            N_("Meet the person, film him with your own device, and confirm or refuse."),
        )
    },
    "face_confirmed": {
        None: Words(N_("Your face was confirmed"), N_("You can check in with a photo from now on.")),
    },
    "face_refused": {
        None: Words(
            N_("Your face was not confirmed"),
            N_("It was erased. The reason stands on your page."),
            N_("Enrol it anew, or check in without a photo."),
        )
    },
    "face_taken_back": {None: Words(N_("Somebody took the consent to his face back"), _DONE)},
    "face_erased": {
        None: Words(
            N_("Your face was erased"),
            N_("You had asked for it, or your consent ended."),
            N_("To check in with a photo again, enrol it anew."),
        )
    },
    "faces_to_file": {
        None: Words(
            N_("The faces of %(stored)s persons are stored; from %(most)s on that must be filed"),
            N_("The law gives 30 working days for the filing from that day on."),
            N_("Prepare the filing, or erase what is not needed any more."),
        )
    },
    "client_face_taken_back": {
        None: Words(N_("A client took the consent to photos back"), _DONE),
    },
}
