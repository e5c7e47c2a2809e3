"""Refusals around a client's way to the site, and the robot that tells of it, in words; `messages` holds them with the
others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

ARRIVALS: Mapping[str, Any] = {
    "registration_withdrawn": _l("The broker took this registration back, a few minutes after making it."),
    "nothing_to_remind_of": _l("That time is over, or nobody knows it. Try to register the client again."),
    "not_your_registration": _l("Only who registered a client can do this."),
    "undo_too_late": _l(
        "A registration can be taken back for %(minutes)s minutes. It ends by itself when its protection does."
    ),
    "undo_nothing_held": _l("This registration protects nobody any more: there is nothing to take back."),
    "undo_built_on": _l(
        "Something came of this registration already, such as a code or a visit. Ask the channel manager."
    ),
    "walk_in_too_late": _l(
        "A walk-in can be corrected or taken back for %(minutes)s minutes. Ask the channel manager, if it was a slip."
    ),
    "walk_in_over": _l("This walk-in protects nobody any more, or a colleague took it back: load the list again."),
    "walk_in_built_on": _l("There is a deal with this client already, so the walk-in stays. Ask the channel manager."),
    "no_arrival": _l("This check-in was not made at reception. Look at it in the list of showings."),
    "already_received": _l("A colleague has received them already, or decided otherwise. Load the list again."),
    "site_code_unknown": _l("This is not the code of the site. Scan the one on the tablet at the desk."),
    "site_code_old": _l(
        "This code has changed meanwhile: it counts for half a minute. Scan it again on the tablet at the desk."
    ),
    "site_code_elsewhere": _l(
        "This is the code of %(place)s. Your client is registered for another development: scan the code there."
    ),
    "site_code_used": _l(
        "You have checked in with this code already. Wait for the next one, half a minute at most, and scan it."
    ),
    "no_robot_address": _l("This is no robot's address: copy the Webhook address in WeCom, and paste all of it."),
    "robot_was_changed": _l("A colleague has just set up another robot. Load the page again to see which."),
    "no_robot": _l("No robot speaks in this group any more: a colleague took it out. Load the page again."),
}
