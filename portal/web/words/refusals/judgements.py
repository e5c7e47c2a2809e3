"""Refusals around whose client it is, in words; `messages` holds them with the others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

JUDGEMENTS: Mapping[str, Any] = {
    "profile_syntax": _l("This is not well-formed: %(place)s. %(reason)s."),
    "profile_unknown_key": _l("%(place)s is not a word that a rule profile knows. Check its spelling."),
    "profile_value": _l("%(place)s cannot be “%(value)s”. Expected: %(expected)s."),
    "profile_until_alone": _l("showing_until needs showing_days beside it, to say which day's clock is meant."),
    "duplicate_touch": _l("Contact %(touch_id)s is there twice. Count each contact once."),
    "what_if_many_touches": _l(
        "These are %(count)s registrations, walk-ins and leads; a page compares %(most)s at most. Choose one development, or fewer months."
    ),
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
        "This cannot be decided so: the deal is signed or was cancelled, or a referrer's friend is concerned. Choose another outcome."
    ),
    "conflict_no_such_broker": _l("This broker does not work there any more. Choose whose the client becomes anew."),
    "second_look_not_yours": _l("Only the one who lost may ask for a second look."),
    "second_look_used": _l("This case was looked at twice. It stays as it was decided."),
    "second_look_reason_needed": _l("Say what was overlooked: the other manager reads it."),
    "open_conflict": _l("Whose a deal in this statement is, is being decided. Payment waits for the decision."),
}
