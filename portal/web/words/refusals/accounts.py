"""Refusals of accounts, links and passwords in words; `messages` holds them with all others."""

from typing import Any

from flask_babel import lazy_gettext as _l

ACCOUNTS: dict[str, Any] = {
    "way_does_not_reach_you": _l(
        "Nothing reaches you this way yet. Enter and confirm your address under “How I am told”, then try again."
    ),
    "mail_address_odd": _l("This is no mail address. Write it like name@example.com."),
    "mail_checks_used_up": _l("Today's mails with a link were all sent. Open the latest, or try again tomorrow."),
    "sign_in_failed": _l("Phone or password is not right. Check both and try again."),
    "account_closed": _l("Your account is closed. Ask who manages it: your agency's principal, or an administrator."),
    "agency_closed": _l("Your agency's account is closed, so nobody of it can sign in. Ask your agency's principal."),
    "passwords_busy": _l("Very many people are signing in at this moment. Try again in %(seconds)s seconds."),
    "sign_in_locked": _l(
        "Too many tries. For safety, sign-in is closed here until %(until)s. A device on which you signed in before "
        "stays open, and a new link to choose a password opens this one."
    ),
    "factor_wrong": _l(
        "This code is not right, or was used already. Wait until the app shows the next one, or type a recovery code."
    ),
    "factor_code_wrong": _l(
        "These are not the digits that the app shows now. Look at the app again; the phone's clock has to be right."
    ),
    "factor_there": _l("This second factor is on your list already."),
    "factor_name": _l("A name needs at least one letter, at most %(most)s, and no signs that nobody sees."),
    "too_many_factors": _l("There are %(most)s of this kind already. Remove one that you no longer use."),
    "last_factor": _l("This is your last second factor, and your role needs one. Add another one first."),
    "account_alarmed": _l(
        "You said that somebody else was at this account, so it moves neither money nor powers. An administrator lifts that."
    ),
    "password_void": _l(
        "This password opens nothing any more: the account's owner said that somebody else knows it. Choose another one "
        "by “Forgotten your password?”, or ask an administrator."
    ),
    "alarm_password_first": _l("The owner has not chosen another password yet. The alarm is lifted after that."),
    "alarm_by_two": _l("This account moves money: one administrator makes sure, another one lifts the alarm."),
    "no_factors_to_reset": _l("This account has no second factor, so there is nothing to take away."),
    "no_second_for_reset": _l(
        "There is nobody else who could confirm this. Who has the server does it: portal user reset-factors."
    ),
    "reset_note_needed": _l("Say how you made sure who asks: who confirms it reads that."),
    "reset_waits": _l("A reset for this account is under way already: look at it under “Lost second factors”."),
    "not_your_broker": _l("An administrator confirms this; for a broker, the principal of the agency may, too."),
    "not_your_reset": _l("Whose factors they are may stop this, and the two who decided on it."),
    "reset_over": _l("It was done, or stopped, a moment ago. Load the page again."),
    "passkey_wrong": _l("This passkey was not taken. Use it once more, or type a code."),
    "passkey_odd": _l("This device's passkey could not be taken. Try again, or use an app with codes."),
    "half_over": _l("This took too long. Sign in from the beginning."),
    "hand_over_reason_needed": _l("Say why: who takes it over reads it, and it stays on record."),
    "client_handed_over": _l("This client was handed over to a colleague, who checks in from now on."),
    "successor_needed": _l("Choose who takes it over: somebody with an open account who may do this work."),
    "successor_is_the_same": _l("It is in these hands already. Choose somebody else."),
    "nothing_to_hand_over": _l(
        "Nothing of this could be handed over: a colleague was faster, its time is over, or the client's number is the "
        "successor's own. Look at the list again."
    ),
    "person_name": _l("A name needs at least one letter, at most %(most)s, and no signs that nobody sees."),
    "phone_not_invitable": _l(
        "This number cannot be invited. Who still has an account at another agency can be, once that one is closed. "
        "Ask its owner, or ask us."
    ),
    "phone_taken": _l(
        "There is an account with this phone already. Who comes from another agency is moved by an administrator, or "
        "invited again once that account is closed."
    ),
    "phone_by_two": _l("Two administrators change this number together: propose it on the account's page."),
    "phone_alone": _l("This number is changed on the account's page, without a second administrator."),
    "name_alone": _l("This name is changed on the account's page, without a second administrator."),
    "account_reason_needed": _l("Say why: it stays with the account."),
    "nothing_to_change": _l("Nothing would change."),
    "role_not_yours_to_give": _l("You cannot open accounts of this kind."),
    "agency_needed": _l("Choose the agency that the principal belongs to."),
    "not_yourself": _l("You cannot close your own account. Ask another administrator."),
    "last_administrator": _l("This is the last administrator. Open another administrator's account first."),
    "person_inactive": _l("This account is closed. Open it again before you make a link."),
    "second_administrator_needed": _l(
        "An account that moves money is opened, reopened and given links by two administrators together."
    ),
    "no_second_administrator": _l(
        "There is no second administrator who could confirm this. Open that account on the server first: portal user create."
    ),
    "own_account": _l("This is about your own account. Another administrator must confirm it."),
    "proposal_waits": _l("The same is proposed already and waits for another administrator."),
    "not_staff": _l("Only people of the staff get another role here."),
    "role_unchanged": _l("This is the role of today. Choose another one."),
    "person_active": _l("This account is open already."),
    "link_by_shell": _l(
        "No texts go out from here, so nobody would get this link but you. Make it on the server: portal user link."
    ),
    "account_rests": _l(
        "Your account is new, or was changed by others. Until %(until)s it can read everything and prepare, but approve, "
        "send, issue or publish nothing: time for you and your colleagues to notice what you did not ask for."
    ),
    "link_invalid": _l(
        "This link has ended, was used already, or gave way to a newer one. Ask who sent it to you for a new one."
    ),
    "password_locked": _l(
        "Too many wrong passwords. Try again at %(until)s, or sign out and ask for a link to choose a new one."
    ),
    "password_wrong": _l("This is not your present password."),
    "password_too_short": _l("Use at least %(least)s characters."),
    "password_too_long": _l("Use at most %(most)s characters."),
    "password_too_common": _l(
        "This password would soon be guessed: it is much used, or made of common words, a pattern, a date or a name. Three or four words that have nothing to do with each other are better."
    ),
    "password_is_phone": _l("Your phone number is no secret. Choose another password."),
}
