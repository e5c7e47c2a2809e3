"""Refusals in words: codes, posters, leads and programmes (`messages` puts them together)."""

from typing import Any

from flask_babel import lazy_gettext as _l

REFERRAL: dict[str, Any] = {
    # referral
    "code_mistyped": _l("This is not a referral code we know how to read: %(typed)s. Compare it with the poster."),
    "code_unknown": _l("The code %(typed)s belongs to nobody here. Ask who gave it to you."),
    "poster_design_unknown": _l("There is no design %(design)s. Choose another one."),
    "poster_design_taken": _l("There is a design %(design)s already. Give this one another name."),
    "poster_designs_full": _l("There are %(most)s designs already. Withdraw one that nobody needs."),
    "poster_design_gone": _l("The design %(design)s is withdrawn. Upload it again."),
    "poster_design_in_use": _l("Posters of many are being drawn with %(design)s. Withdraw it when they are done."),
    "poster_not_for_paper": _l("The design %(design)s is made for screens: take it as a picture."),
    "poster_batch_empty": _l("Nobody has a code that holds here. Let referrers join first."),
    "poster_batch_not_ready": _l("The posters are not drawn yet, or their file is erased."),
    "house_type_exists": _l(
        "There is a house type with this name already. Change that one, or give this one another name."
    ),
    "house_types_full": _l("A page has at most %(most)s house types. Take one off first."),
    "pictures_full": _l("A page has at most %(most)s pictures. Take one off first."),
    "picture_too_small": _l(
        "This picture is too small: %(width)s by %(height)s pixels. It needs at least %(least)s each way. Choose a larger one."
    ),
    "own_line_contact": _l(
        "No phone number, web address or messenger here: your friends come through the code, or they do not count for you."
    ),
    "advertising_promise": _l(
        "“%(word)s” may not stand in an advertisement for homes: %(promise)s (%(source)s). Write it without."
    ),
    "own_lines_off": _l("For this development the posters say the developer's words alone."),
    "own_line_empty": _l("Write the line first."),
    "own_lines_many": _l("%(most)s lines of yours wait already. Please wait until they are read."),
    "no_presale_permit": _l(
        "%(development)s has no pre-sale permit number here, and without it nothing may be advertised. The sales office "
        "enters it with the development."
    ),
    "own_line_office": _l("Nobody may take you for the sales office. Write what you are: a homeowner, a friend."),
    "code_revoked": _l("This invitation has ended. You are welcome all the same."),
    "offer_over": _l("This offer is over. You are welcome all the same."),
    "code_too_early": _l("This offer begins on %(begins)s. You are welcome all the same."),
    "revocation_reason_needed": _l("Say why. The referrer reads it."),
    "referrer_not_eligible": _l(
        "The person who invited you cannot invite at the moment. You are welcome all the same."
    ),
    "consent_missing": _l("Without your agreement we must not contact you. Tick the box if you agree."),
    "referral_not_counted": _l("This invitation could not be counted for this number."),
    "invitation_ended": _l("The invitation had ended when this number was left."),
    "opt_out_too_late": _l("This page is over an hour old. Begin again."),
    "self_referral": _l("This is the referrer's own number."),
    "lead_is_partner": _l("This number belongs to a partner or colleague."),
    "already_your_lead": _l("This friend came through you already. That lead stands and is not renewed."),
    "phone_not_proven": _l("The number has not been confirmed to be the friend's."),
    "not_invited": _l("Whose number it is says that nobody of ours invited them."),
    "lead_note_empty": _l("Nothing to write down yet: say what happened, what comes next, or that the step is done."),
    "lead_step_incomplete": _l("A next step says what, who does it, and by when. Fill in what is missing."),
    "lead_step_past": _l("This day has been. Choose today or a later one."),
    "lead_step_for_nobody": _l("This colleague does not look after leads. Choose another one."),
    "lead_decided": _l("This lead was decided meanwhile. Look at it again."),
    "visitor_invited": _l("An invitation waits for this number. Ask the visitor who invited them, and choose."),
    "shown_name_unknown": _l("Choose one of the names that are offered."),
    "already_known": _l("This client is in contact with us already."),
    "vanity_shape": _l("Use %(least)s to %(most)s Latin letters and digits, with a letter among them."),
    "vanity_taken_word": _l("This word cannot be a code. Choose another."),
    "vanity_similar": _l("Somebody has this code, or one that differs by a single slip. Choose another."),
    "vanity_chosen": _l("You have chosen your code already. It stays yours."),
    "contact_withdrawn": _l("This person asked on %(since)s not to be contacted. Please do not call."),
    "lead_daily_limit": _l(
        "Very many have left a number here today. Please come back tomorrow, or simply come to see the homes."
    ),
    "number_left": _l("A name and a number were left on this day. Whether the invitation counts stands elsewhere."),
    "link_expired": _l("This link has ended. Open the page again."),
    "reward_plan_invalid": _l("This reward plan cannot be used: %(problem)s."),
    # programmes
    "programme_no_account": _l("A programme is no person: nobody signs in to it."),
    "gift_code_needed": _l("Scan the code on the tablet at the stand; then the gift is yours."),
    "gift_code_used": _l("The gifts of this code were taken. Scan the tablet once more: it shows another one by now."),
    "own_gift_dearer": _l("A stand's own gift is worth at most what the plan gives: %(most_fen)s."),
    "own_gift_unplanned": _l("The plan of programmes gives nothing for this, so no stand can. Finance adds it first."),
    "no_gift_for_number": _l("No gift waits for this number: it was not left at a stand, or was known to us before."),
    "programme_over": _l("This programme was ended. Set up another one."),
    "programme_ends_first": _l("The last day lies before the first one."),
    "discount_invalid": _l("Enter a discount above zero and below a hundred percent."),
    "discount_above": _l("In this development a company's programme takes at most %(most_bps)s off the price."),
    "discount_own_check": _l(
        "You confirmed by hand that this client works at %(company)s. Let somebody else record the subscription: a "
        "discount needs two people."
    ),
    "domain_invalid": _l("%(domain)s is not a mail domain. Write what stands after the @, for example example.com."),
    "domain_public": _l("Anybody can have an address at %(domain)s: it does not show where a person works."),
    "domains_many": _l("A programme has at most %(most)s mail domains."),
    "cost_nothing": _l("Enter an amount above zero, or below zero to correct an entry."),
    "cost_too_large": _l("One entry comes to at most %(most_fen)s. Compare the amount with the receipt."),
    "cost_not_yet": _l("That day is still to come."),
    "cost_too_old": _l("Enter a day from %(first)s on."),
    "cost_key_used": _l("An entry of %(stored_fen)s was recorded from this page already. Record this one as well?"),
    "cost_below_zero": _l("That is more than was spent so far."),
    "no_gift_here": _l("There is no gift here at the moment."),
    "gifts_from_here": _l(
        "Very many gifts went to this network today. Switch Wi-Fi on or off and try again, or ask at the stand."
    ),
    "gifts_fetched": _l(
        "%(most)s gifts were fetched today with phones like this one from this network. One more? Ask at the stand."
    ),
    "gifts_used_up": _l("The gifts of today are used up. You are welcome all the same."),
}
