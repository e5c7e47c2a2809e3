"""What a receipt says, in words: the rule, and the state that was decided."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from ..messages import sentence

RULES: Mapping[str, Any] = {
    "first_contact": _l("The first contact wins."),
    "first_visit": _l("It keeps nobody out yet: whoever proves the first visit has the client."),
    "mask_provisional": _l(
        "Registered by parts of a number: it keeps its place in the order of first contact, and stands once the full "
        "number is shown at the site."
    ),
    "mask_completed": _l(
        "The full number was shown at the site: the registration by its parts stands, with the time of its arrival."
    ),
    "mask_doubted": _l(
        "The full number was shown at the site. Somebody had the client before, or the parts fit another client too: a "
        "person decides."
    ),
    "visit_counts": _l("The visit was proven, so the client is protected for longer."),
    "visit_second": _l("The visit was proven, after somebody else's: the first one has the client."),
    "confirmed_fake": _l("A person looked at the visit and confirmed that it was a fake: a strike."),
    "inconclusive": _l("A person looked at the visit, and nobody can tell: it does not count, and it is no strike."),
    "appeal_upheld": _l("Somebody else than who confirmed the strike upheld the appeal: the strike is void."),
    "appeal_dismissed": _l("Somebody else than who confirmed the strike dismissed the appeal: the strike stays."),
    "decided_by_person": _l("It was in question whose deal this is, and a person decided."),
    "conflict_yours": _l(
        "It was in question whose client this is. A person decided, without a part in it: this party's."
    ),
    "conflict_not_yours": _l(
        "It was in question whose client this is. A person decided, without a part in it: not this party's."
    ),
    "conflict_shared": _l(
        "It was in question whose client this is. A person decided, without a part in it: this party has a part of the "
        "deal's commission."
    ),
    "risk_held": _l(
        "A person asked about something that payments rest on, and holds what is affected until the question is "
        "settled."
    ),
    "risk_freed": _l("The question is settled. Nothing is held because of it any more."),
    "client_released": _l("The broker gave the client up. It protects nobody any more."),
    "protection_extended": _l("The channel manager made the protection longer, once."),
    "walked_in": _l("The client came without a broker, and reception signed the visit in."),
    "walk_in_withdrawn": _l("It was a slip: reception took the sign-in back a few minutes later. It protects nobody."),
    "handed_over": _l(
        "The agency handed the client over to another of its brokers. Nothing else has changed: protection, contact "
        "and agency are as before."
    ),
    "oldest_contact": _l("The oldest contact that still protected the client at the subscription owns the deal."),
}

STATUSES: Mapping[str, str] = {
    "leads": "contact",
    "consents": "contact",
    "touches": "contact",
    "attributions": "contact",
    "hand_overs": "contact",
    "showings": "showing",
    "showing_reviews": "showing",
    "strikes": "showing",
    "appeal_decisions": "appeal",
    "conflict_results": "conflict_result",
    "risk_steps": "risk_receipt",
}
"""By what was decided on: whose words its outcome has. The others have those of a registration."""

SUBJECTS: Mapping[str, Any] = {
    "registrations": _l("Registration"),
    "leads": _l("Referral lead"),
    "consents": _l("Referral lead"),
    "touches": _l("Walk-in sign-in"),
    "mask_answers": _l("Registration by parts of a number"),
    "registration_withdrawals": _l("Registration taken back"),
    "registration_releases": _l("Client given up"),
    "registration_extensions": _l("Protection made longer"),
    "walk_in_withdrawals": _l("Walk-in taken back"),
    "showings": _l("Showing"),
    "showing_reviews": _l("Review of a showing"),
    "strikes": _l("Strike"),
    "appeal_decisions": _l("Decision on an appeal"),
    "attributions": _l("Whose deal it is"),
    "conflict_results": _l("Decision on a conflict"),
    "risk_steps": _l("Payment held for a question"),
    "hand_overs": _l("Hand-over of a client"),
}


def rule_words(rule: str) -> str:
    """The rule that decided, in a sentence."""
    return str(RULES[rule]) if rule in RULES else sentence(rule)
