"""Refusals in words: joining as a referrer, and the code that shows whose number it is (`messages` joins them)."""

from typing import Any

from flask_babel import lazy_gettext as _l

JOINING: dict[str, Any] = {
    "joining_not_open": _l("Nobody joins by this page at the moment. Please ask at the sales office."),
    "joining_full": _l("Very many have joined today. Please come back tomorrow."),
    "joining_too_late": _l("This page has been open for long. Please begin once more."),
    "joining_terms": _l("Without your agreement you cannot take part."),
    "joining_name_words": _l(
        "This name holds words that may not stand on our posters. If you are really called so, ask the sales office to "
        "enter you."
    ),
    "joining_name": _l("Enter your name as on your identity card: rewards are paid to who bears it."),
    "joining_already": _l(
        "You have joined already. Sign in with this number. Forgot the password? Have a link sent there."
    ),
    "refers_here_already": _l("This number refers for this development already."),
    "plan_not_offered": _l("This plan is not offered to you any more. What you were promised holds on."),
    "plan_taken": _l("You have taken this plan already."),
    "offer_days": _l("Choose a day on which the plan holds already, or later."),
    "offer_to_programmes": _l("A programme gives what is in force. Leave this empty."),
    "joining_is_staff": _l("This number has an account of our staff. Colleagues earn no rewards for referrals."),
    "joining_is_partner": _l(
        "This number has an account of a broker. Sign in, and register your clients there: it earns a commission."
    ),
    "joining_closed": _l("The account of this number was closed. Please ask at the sales office."),
    "invitation_over": _l("This invitation is over, or was answered already. Please ask at the sales office."),
    "invitation_ended": _l("This invitation was answered or taken back already."),
    "invitation_just_sent": _l("It was sent a short while ago. It can be sent again from %(try_again_at)s on."),
    "invitation_sent_often": _l("It was sent %(most)s times. Talk to the homeowner instead."),
    "homeowner_list_heading": _l(
        "No row names the columns. It needs one of names and one of phones, such as 姓名 and 手机."
    ),
    "homeowner_list_empty": _l("There is no row under the heading."),
    "homeowner_list_long": _l("One list may hold %(most)s homeowners. Split it."),
    "homeowner_list_lost": _l("What was looked at is not there any more. Choose the file again."),
    "homeowner_formula": _l("It holds a formula. Put in its value."),
    "homeowner_home_long": _l("The house number is longer than %(most)s characters."),
    "homeowner_twice": _l("It has the same number as row %(first)s."),
    "homeowner_refers_already": _l("Refers friends already."),
    "homeowner_has_account": _l("The number has another account here, or one that was closed."),
    "homeowner_said_stop": _l("Asked us to text no more."),
    "homeowner_declined": _l("Said no to an invitation before."),
    "homeowner_asked_enough": _l("Was invited %(most)s times, and did not answer."),
    "homeowner_invited": _l("Was invited on %(at)s, and has not answered yet."),
    "codes_of_page": _l("Very many codes were asked for here today. Please come back tomorrow."),
    "codes_from_here": _l(
        "Very many codes went to this network today. Switch Wi-Fi on or off and try again, or come back tomorrow."
    ),
    "number_code_over": _l("This code no longer counts. Have a new one sent."),
    "number_code_guessed_out": _l("Five tries were wrong, so this code no longer counts. Have a new one sent."),
    "codes_used_up": _l("Codes were sent to this number several times today. Please try again tomorrow."),
}
