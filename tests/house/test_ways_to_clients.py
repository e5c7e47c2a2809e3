"""No text of advertising goes round the limits: each way by which a client is texted is named here, with the reason."""

import ast

from tests.house.source import nodes, python_files

WITHIN = {
    "portal/services/care/limits.py": "the one place of the limits",
}
"""Who writes texts of advertising."""

NO_ADVERTISING = {
    "portal/services/aftercare/complaints.py": "the link to an owner's own complaint",
    "portal/services/aftercare/surveys.py": "one question to who has the keys",
    "portal/services/gatherings/gatherings.py": "told what is new; an invitation takes one of the day's first",
    "portal/services/privacy/withdrawals.py": "the link by which a consent is withdrawn",
    "portal/services/leads/gift_texts.py": "the gift that a friend agreed to be told of",
    "portal/services/loans/client_links.py": "where the client's own loan stands, and what he was promised",
    "portal/services/messages/texts.py": "to a number of which nothing else is known, as a client's where it is one",
    "portal/services/showings/arrival_codes.py": "a code that the client waits for",
    "portal/services/slots/passes.py": "the pass of a visit that is booked, and that it was called off",
}
"""Who writes other texts to clients, and why they are none: `texts.enqueue` asks for opt-out and the two of a day."""


def _calls(name: str) -> set[str]:
    found = set()
    for path in python_files("portal"):
        for node in nodes(path):
            if isinstance(node, ast.Call):
                called = node.func
                said = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                if said == name and not (name == "enqueue" and _of_another(called)):
                    found.add(str(path))
    return found


def _of_another(called: ast.expr) -> bool:
    """Mails and messages in apps have an `enqueue` of their own."""
    return isinstance(called, ast.Attribute) and getattr(called.value, "id", "") != "texts"


def test_advertising_is_written_in_one_place() -> None:
    assert _calls("enqueue_care") == set(WITHIN)


def test_every_other_text_to_a_client_says_why_it_is_none() -> None:
    assert _calls("enqueue") == set(NO_ADVERTISING)
