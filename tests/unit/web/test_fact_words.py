"""What stands with a deed in the audit log, as its reader reads it."""

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from portal.rules.showings.checkin import Code
from portal.web.admin.fact_words import facts_in_words

FACTS = {
    "an instant": ({"until": "2026-12-06T14:17:13.099723+00:00"}, "Until: Dec 6, 2026 22:17"),
    "a role": ({"role": "principal"}, "Role: Agency principal"),
    "a sum": ({"amount_fen": 123_456}, "Amount: ¥1,234.56"),
    "a count": ({"sessions_ended": 1}, "Sign-ins ended: 1"),
    "a month": ({"month": "2026-11"}, "Month: Nov 2026"),
    "several": (
        {"outcome": "refused", "code": "no_agreement"},
        "Reason: Your agency has no agreement for this development today. · Outcome: refused",
    ),
    "reasons": (
        {"reasons": ["too_far", "no_face"]},
        "Reasons: The device was too far from the site. No face is in the photo.",
    ),
    "a reason without a sentence": ({"code": "once_upon"}, "Reason: once_upon"),
    "what has no word": ({"elsewhere": "abc", "left": None}, "elsewhere: abc"),
    "words of a person": ({"reason": "verified"}, "Reason: verified"),
}


def test_every_reason_of_a_showing_has_words() -> None:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context(), force_locale("en"):
        assert [code for code in Code if facts_in_words({"reasons": [code.value]}) == f"Reasons: {code.value}"] == []


@pytest.mark.parametrize(("facts", "words"), FACTS.values(), ids=FACTS)
def test_facts_are_told_in_words(facts: dict[str, object], words: str) -> None:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context(), force_locale("en"):
        assert facts_in_words(facts) == words
