"""Refusals around a client's way to the site, booked or not, and the robot that tells of it, in words; `messages` holds them with the
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
    "release_nothing_held": _l("This registration protects nobody any more: there is nothing to give up."),
    "given_up_lately": _l(
        "Your agency gave this client up. It may register the client again when that protection would have ended."
    ),
    "release_sold": _l("There is a deal: the client is protected for good, and cannot be given up."),
    "release_in_conflict": _l("It is being decided whose client this is. Wait for the decision."),
    "extension_off": _l("By the rules of this registration's day no protection is made longer."),
    "extension_nothing_held": _l("This registration protects nobody any more: there is nothing to make longer."),
    "extension_for_good": _l("There is a deal: the client is protected for good."),
    "extension_made": _l("This protection was made longer already. It is possible once."),
    "extension_in_conflict": _l("It is being decided whose client this is. Decide that first."),
    "extension_days_wrong": _l("One to %(most)s days, by the rules of this registration's day."),
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
    "slots_off": _l(
        "No visits are booked at this development at present. Come while the site is open, without a booking."
    ),
    "slot_unknown": _l("This time is not offered any more. Choose one of those below."),
    "slot_over": _l("This time has begun already. Choose a later one, or come without a booking."),
    "slot_full": _l("Somebody took the last place at this time just now. Choose another one."),
    "slot_too_soon": _l("A check-in of this client counts from %(earliest)s on. Choose a later time."),
    "slot_after_protection": _l(
        "The client is protected until %(until)s. Book an earlier time: a showing makes the protection longer."
    ),
    "slot_visitors_wrong": _l("One to %(most)s people can come to one visit."),
    "slot_not_booked": _l("No visit is booked for this client any more. Load the page again."),
    "slot_arrived": _l("The client is at the gate already: this visit cannot be called off any more."),
    "slot_ended": _l("This visit was moved or called off. Ask for the present pass, or look for the client."),
    "slot_not_today": _l(
        "This visit is booked for %(visit)s. Receive the client without it, or let the broker move it."
    ),
    "slot_number_wrong": _l("A whole number from %(least)s to %(most)s, please."),
    "slot_hours_wrong": _l(
        "These hours cross, or are shorter than one visit (%(minutes)s minutes). Write them in their order."
    ),
    "slot_hours_unclear": _l("“%(said)s” is no time. Write hours such as 9:00–12:00, 13:30–18:00."),
    "slot_day_over": _l("This day is over. Choose today or a later one."),
    "slot_day_closed": _l("A colleague has closed this day already. Load the page again."),
}
