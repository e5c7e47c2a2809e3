"""Refusals around client care, in words; `messages` holds them with the others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

CARE: Mapping[str, Any] = {
    "care_quiet": _l(
        "Clients are left in peace at night. The quiet hours end at %(until)s; a channel manager may override them with "
        "a reason."
    ),
    "care_override_not_yours": _l("Only a channel manager overrides the quiet hours. Ask one, or wait until morning."),
    "care_calls_used_up": _l(
        "This client was called today already, by you or a colleague: at most %(most)s a day. Again from "
        "%(try_again_at)s."
    ),
    "care_texts_used_up": _l(
        "This client got %(most)s texts today already, from you or colleagues. Again from %(try_again_at)s."
    ),
    "care_text_empty": _l("Write the text."),
    "care_text_long": _l("The text has %(signs)s signs, with how to opt out. Use at most %(most)s."),
    "care_contact_ahead": _l("This lies ahead. Write a contact down when it was made."),
    "care_contact_old": _l("This is older than %(since)s. Only contacts of the last month are written down."),
    "care_next_past": _l("That day is over. Choose today or a later day."),
    "care_not_yours": _l("Only who wrote a contact down corrects it."),
    "care_correction_late": _l("It could be corrected until %(until)s. Write down another contact that says it right."),
    "care_corrected_already": _l("It was corrected or taken back already. Look at the file again."),
    "care_text_is_out": _l("The text has gone out: it cannot be taken back."),
    "care_nobodys_turn": _l(
        "Nobody who stands in the turn here is there now. Choose somebody by hand, or put somebody into the turn."
    ),
    "care_days_turned": _l("The last day lies before the first. Turn them round."),
    "care_days_over": _l("These days are over. Choose today or later days."),
    "care_covers_himself": _l("Nobody covers for himself. Choose somebody else, or nobody."),
    "care_reason_needed": _l("Say why: who is given the client reads it."),
    "care_for_nobody": _l("Only a property consultant who still works here can be given a client. Choose another."),
    "care_his_already": _l("The client is in the care of %(name)s already."),
    "care_handed_out": _l("A colleague gave this client to somebody at this very moment. Look at the file again."),
    "care_file_elsewhere": _l(
        "This client has a file here already, in the care of %(carer)s. Ask a channel manager to give the client to you."
    ),
    "care_name_missing": _l("Say the client's name."),
    "care_plan_too_soon": _l("Choose a day from %(earliest)s on: today's lists are under way."),
    "care_plan_too_far": _l("Choose a day until %(latest)s."),
    "care_plan_day_taken": _l("Another plan for the same place already begins on %(day)s. Choose another day."),
    "care_plan_none_own": _l(
        "This development has no plan of its own on that day: it follows the one for all already."
    ),
    "care_text_for_what": _l("Choose what the text is for."),
    "care_text_channel": _l("A text is said by WeChat, call, text message or letter."),
    "care_text_too_long": _l("A text has at most %(most)s signs. Shorten it."),
    "care_text_variable": _l("{%(name)s} is no variable. Known are: %(known)s."),
    "care_text_script": _l("A script for a call has %(lines)s lines: who I am, what I have for you, what comes next."),
    "care_text_no_opt_out": _l("Who has not bought must read how to stop: add “%(words)s”."),
    "care_text_gone": _l("This text is used no more already."),
    "care_text_reason_needed": _l("Say why, so that who used it knows."),
    "care_words_many": _l("At most %(most)s words. Take some away."),
    "care_word_long": _l("“%(word)s” is too long: at most %(most)s signs, one word a line."),
    "care_shares_sum": _l("The shares are %(sum)s together; they have to be 100."),
    "care_link_wrong": _l("This is no address. It begins with https://."),
    "not_bought_no_visit": _l("No visit is known of %(day)s. Choose the day on which the client was there."),
    "not_bought_said": _l("For the visit of %(day)s a reason was named already. Open the file and say it anew."),
    "not_bought_no_reason": _l("Choose one reason at least."),
    "not_bought_corrected": _l("Somebody has said it anew meanwhile. Open the file to read it."),
    "not_bought_not_yours": _l("The other side said this. Only its own people say it anew."),
    "care_plan_syntax": _l("This is not well-formed: %(place)s. %(reason)s."),
    "care_plan_unknown_key": _l("%(place)s is not a word that a care plan knows. Check its spelling."),
    "care_plan_missing": _l("%(place)s is missing. Every step and rhythm needs it."),
    "care_plan_value": _l("%(place)s cannot be “%(value)s”. Expected: %(expected)s."),
    "care_plan_twice": _l("%(place)s: %(value)s is there twice. Each name may stand once."),
    "care_points_syntax": _l("This is not well-formed: %(place)s. %(reason)s."),
    "care_points_unknown_key": _l("%(place)s is not a word that rules of points know. Check its spelling."),
    "care_points_missing": _l("%(place)s is missing. Every rule of points needs it."),
    "care_points_value": _l("%(place)s cannot be “%(value)s”. Expected: %(expected)s."),
    "care_points_twice": _l("%(place)s: %(value)s is there twice. Each name may stand once."),
    "care_points_same": _l("These are the rules that hold already. Change what should differ."),
    "care_tag_empty": _l("Enter a word in plain letters."),
    "care_tag_long": _l("A tag has at most %(most)s letters. Shorten it."),
    "care_tag_digits": _l("A phone number is no tag: tags are not encrypted. Leave it out."),
    "care_tag_rule": _l("A tag sets itself from a figure of at least 1 on."),
    "care_tag_many": _l("The file bears %(most)s tags already. Take one away first."),
    "care_tag_taken": _l("Another tag is called so. Merge the two instead."),
    "care_tag_merge_self": _l("This is the same tag. Choose another one."),
    "care_tag_merged": _l("That tag was merged into a third one. Choose that one."),
    "care_tag_sets_itself": _l("This tag sets itself by what happened; nobody sets or merges it."),
    "care_need_range": _l("Enter a whole number from 1 to %(most)s."),
    "care_need_order": _l("This is less than the area from. Exchange the two."),
    "care_need_down_payment": _l("The down payment is more than the budget. Correct one of them."),
    "care_day_untold": _l("Only a day that the client told you is written down. Tick the box if it was so."),
    "care_day_range": _l("This day cannot be. Check the year."),
    "care_ground_missing": _l("Say what this rests on, or take the tick away."),
    "care_not_lost": _l("The client is not lost."),
    "care_list_heading": _l("No heading was found: one column must be called 姓名 or name, another 电话 or phone."),
    "care_list_empty": _l("There is nothing under the heading."),
    "care_list_long": _l("The list has more than %(most)s clients. Bring it in by parts."),
    "care_list_formula": _l("A cell holds a formula. Save the file with plain values and choose it again."),
    "care_list_nobody": _l("No client is named here. Write a line such as: Mr Zhou 13800138000."),
    "care_list_lost": _l("The list that you looked at is gone. Bring it in again; nothing was taken."),
    "care_list_consent": _l("Say in at most 300 letters how these people agreed."),
}

OWNERS: Mapping[str, Any] = {
    "handover_not_signed": _l("This purchase is not signed, or was cancelled: there is nothing to hand over."),
    "handover_took_place": _l("This home was handed over already."),
    "poster_offered": _l("A poster was offered on %(at)s. It is offered once, and never pressed."),
    "survey_open": _l("The owner can still answer the survey before, until %(until)s. Wait for it."),
    "survey_today": _l("The owner is asked today already."),
    "survey_mark_missing": _l("Choose a mark from %(least)s to %(most)s."),
    "survey_over": _l("The time of this survey is over."),
    "survey_answered": _l("This survey was answered already. Thank you."),
    "complaint_words_missing": _l("Say it in words."),
    "complaints_many": _l(
        "Of this home %(most)s complaints are not settled. Say there what is new, so that nothing is lost."
    ),
    "complaint_closed": _l("This complaint is closed. Only the owner can open it again."),
    "complaint_not_answered": _l("Answer the owner first: what was not answered cannot be settled."),
    "complaint_open_already": _l("We have your words and answer soon; there is nothing to open again."),
    "complaint_not_late": _l("This complaint is not late."),
    "complaint_waits_for_client": _l("The owner may answer until %(until)s. Call him before that."),
    "complaint_too_old": _l("This was settled long ago. Please tell us on your page what is wrong now."),
    "gathering_is_past": _l("This time is over. Choose one to come."),
    "gathering_too_long": _l("It ends after it begins, and within three days."),
    "gathering_places_wrong": _l("From %(least)s to %(most)s people; no fewer than said that they come."),
    "gathering_cancelled": _l("This gathering is called off."),
    "gathering_began": _l("This gathering has begun, or is over: nothing changes any more."),
    "gathering_reason_missing": _l("Say why. Colleagues read it."),
    "gathering_party_wrong": _l("Say how many people come: at most %(most)s."),
    "gathering_full": _l("So many places are not left: %(left)s. Come with fewer, or tell us that you cannot come."),
    "guest_came": _l("This guest is there already."),
    "gathering_not_yet": _l("Guests are let in from %(at)s on."),
    "gathering_over": _l("This gathering is over."),
}
