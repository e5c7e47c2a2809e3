"""Refusals in words: joining as a referrer, and the code that shows whose number it is (`messages` joins them)."""

from typing import Any

from flask_babel import lazy_gettext as _l

JOINING: dict[str, Any] = {
    "joining_not_open": _l("Nobody joins by this page at the moment. Please ask at the sales office."),
    "joining_full": _l("Very many have joined today. Please come back tomorrow."),
    "joining_too_late": _l("This page has been open for long. Please begin once more."),
    "joining_terms": _l("Without your agreement you cannot take part."),
    "joining_name": _l("Enter your name as on your identity card: rewards are paid to who bears it."),
    "joining_already": _l(
        "You have joined already. Sign in with this number. Forgot the password? Have a link sent there."
    ),
    "joining_elsewhere": _l("You refer for another development already. Ask at this sales office to refer here too."),
    "joining_is_staff": _l("This number has an account of our staff. Colleagues earn no rewards for referrals."),
    "joining_is_partner": _l(
        "This number has an account of a broker. Sign in, and register your clients there: it earns a commission."
    ),
    "joining_closed": _l("The account of this number was closed. Please ask at the sales office."),
    "codes_of_page": _l("Very many codes were asked for here today. Please come back tomorrow."),
    "codes_from_here": _l(
        "Very many codes went to this network today. Switch Wi-Fi on or off and try again, or come back tomorrow."
    ),
    "number_code_over": _l("This code no longer counts. Have a new one sent."),
    "number_code_guessed_out": _l("Five tries were wrong, so this code no longer counts. Have a new one sent."),
    "codes_used_up": _l("Codes were sent to this number several times today. Please try again tomorrow."),
}
