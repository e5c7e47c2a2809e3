"""What stands with a deed in the audit log, as its reader reads it."""

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from portal.web.admin.fact_words import facts_in_words

FACTS = {
    "an instant": ({"until": "2026-12-06T14:17:13.099723+00:00"}, "Until: Dec 6, 2026 22:17"),
    "a role": ({"role": "principal"}, "Role: Agency principal"),
    "a sum": ({"amount_fen": 123_456}, "Amount: ¥1,234.56"),
    "a count": ({"sessions_ended": 1}, "Sign-ins ended: 1"),
    "a month": ({"month": "2026-11"}, "Month: Nov 2026"),
    "several": ({"outcome": "refused", "code": "no_agreement"}, "Reason: no_agreement · Outcome: refused"),
    "reasons": ({"reasons": ["too_far", "no_face"]}, "Reasons: too_far, no_face"),
    "what has no word": ({"head": "abc", "left": None}, "head: abc"),
    "words of a person": ({"reason": "verified"}, "Reason: verified"),
}


@pytest.mark.parametrize(("facts", "words"), FACTS.values(), ids=FACTS)
def test_facts_are_told_in_words(facts: dict[str, object], words: str) -> None:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context(), force_locale("en"):
        assert facts_in_words(facts) == words
