"""Refusals around whose client it is, in words; `messages` holds them with the others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

RISKS: Mapping[str, Any] = {
    "risk_ended": _l("This has ended already. Read what became of it."),
    "risk_concerns_you": _l("This is about yourself. Somebody else looks at it."),
    "risk_words_needed": _l("Say what you want to know: the partner reads it."),
    "risk_held_already": _l("What is affected is held already. You can ask without holding it again."),
    "risk_nothing_to_hold": _l("No deal goes back to this, so there is nothing to hold. Ask without holding."),
    "risk_not_asked": _l(
        "You have answered already, or are not asked now. You are told when something is asked again."
    ),
    "risk_answer_needed": _l("Write your answer: the channel manager reads it."),
    "risk_held_by_you": _l(
        "You hold a payment because of this. What one person holds, another one frees: a colleague ends it."
    ),
    "risk_reason_needed": _l("Say why: it stays on record, and who was asked reads it."),
    "risk_limit_range": _l("%(place)s is a whole number from %(least)s to %(most)s."),
    "risk_limits_syntax": _l("This is no TOML: %(place)s, %(reason)s."),
    "risk_limits_unknown": _l("%(place)s is no setting of the limits. Correct its spelling or take it out."),
    "risk_no_showing": _l("Choose the visit that was fake, one that this rests on and nobody found genuine."),
}

JUDGEMENTS: Mapping[str, Any] = {
    "profile_syntax": _l("This is not well-formed: %(place)s. %(reason)s."),
    "profile_unknown_key": _l("%(place)s is not a word that a rule profile knows. Check its spelling."),
    "profile_value": _l("%(place)s cannot be “%(value)s”. Expected: %(expected)s."),
    "profile_until_alone": _l("showing_until needs showing_days beside it, to say which day's clock is meant."),
    "duplicate_touch": _l("Contact %(touch_id)s is there twice. Count each contact once."),
    "what_if_no_touches": _l("Nobody was registered, walked in or referred in these months. Ask about more of them."),
}

CONFLICTS: Mapping[str, Any] = {
    "nothing_to_object": _l("Nobody else was given this client: there is nothing to object to."),
    "already_objected": _l("You have objected already. There is one objection a case; you read here what is decided."),
    "objection_too_late": _l("The seven days for it were over on %(until)s."),
    "objection_words_needed": _l("Say in your words why the client is yours."),
    "doubt_reason_needed": _l("Say what makes you doubt it: whoever decides reads it."),
    "conflict_open_already": _l("A case about this client is open already. Look at it there."),
    "conflict_has_part": _l("You have part in this case. Somebody without a part in it decides."),
    "conflict_decided_by_you": _l("You have decided this case before. Another person looks at it now."),
    "conflict_decided": _l("Somebody else has decided this case already. Read what was decided."),
    "conflict_open": _l("This case waits for its decision still."),
    "conflict_waits_for_second": _l(
        "A decision is proposed and waits for a second person. It is confirmed or sent back first."
    ),
    "conflict_reason_needed": _l("Say why: both sides read it."),
    "conflict_not_offered": _l(
        "This cannot be decided so: the deal was cancelled, or is not signed yet, a referrer's friend is concerned, or the "
        "development lets no deal be split. Choose another outcome."
    ),
    "conflict_no_such_broker": _l("This broker does not work there any more. Choose whose the client becomes anew."),
    "split_needs_other": _l("A deal is split between the agency that has it and another one: choose the other broker."),
    "split_same_agency": _l(
        "Both brokers are of one agency: who of them gets what is the agency's own matter. Choose a broker of another one."
    ),
    "split_too_many": _l("The rules of this client's day let the deal be split into %(most)s parts at most."),
    "split_share": _l("The other gets a part of the deal: more than nothing, and less than all of it."),
    "split_no_rest": _l("These parts together are the whole deal, or more. Leave something to the agency that has it."),
    "split_sum": _l("The parts do not come to the whole deal. Correct them."),
    "decision_no_plan": _l(
        "This broker's agency had no agreement with the development when the deal was signed, so nothing says what it "
        "would be paid. Choose another outcome, or another broker."
    ),
    "correction_in_parts": _l(
        "A decision gave this deal to others, or split it, and said by which plan each is paid. At that date another plan "
        "was in force for one of them. Choose a date under the same plan; for what else is wrong finance posts an "
        "adjustment."
    ),
    "second_look_not_yours": _l("Only the one who lost may ask for a second look."),
    "second_look_used": _l("This case was looked at twice. It stays as it was decided."),
    "second_look_reason_needed": _l("Say what was overlooked: the other manager reads it."),
    "open_question": _l(
        "Something that this statement rests on is being asked about. Payment waits until the question is settled."
    ),
    "open_conflict": _l("Whose a deal in this statement is, is being decided. Payment waits for the decision."),
    # registrations by parts of a number
    "invalid_mask": _l("Enter the first three and the last four digits, such as 138****1234, or the full number."),
    "mask_needs_surname": _l("Enter the client's surname: by it and the parts of the number the client is found."),
    "masks_off": _l("In this development clients are registered by the full number. Ask your client for it."),
    "mask_has_no_number": _l("The full number of this client is not known yet. It is typed at the site, at check-in."),
    "mask_misfit": _l("This number does not fit %(mask)s. Look at it again, together with the client."),
    "mask_number_fixed": _l("The client was at the site under the number that was given, so it stays."),
    "extension_provisional": _l(
        "Its number was not shown yet, or a person decides: there is no protection to make longer."
    ),
    "not_masked": _l("This client is registered by the full number already."),
    "phone_of_colleague": _l("By the rules of this development only who cares for the client sees the full number."),
}
