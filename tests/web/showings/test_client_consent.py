"""The consent to a photo: the client's who is 14 or older, or a guardian's with name and relation (rules 3.2)."""

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from portal.models import Relation
from portal.services.showings.guardians import GuardianFacts
from portal.web.showings.consent_form import ClientConsentForm

MOTHER = {"guardian_consent": "y", "guardian_name": "王芳", "guardian_relation": "mother"}

FORMS: dict[str, tuple[dict[str, str], set[str]]] = {
    "nobody agreed": ({}, {"client_consent"}),
    "the client agreed": ({"client_consent": "y"}, set()),
    "a guardian agreed": (MOTHER, set()),
    "a guardian without a name": (MOTHER | {"guardian_name": " "}, {"guardian_name"}),
    "a guardian of no kind": ({"guardian_consent": "y", "guardian_name": "王芳"}, {"guardian_relation"}),
    "an invented kind": (MOTHER | {"guardian_relation": "aunt"}, {"guardian_relation"}),
    "a name alone is no consent": ({"guardian_name": "王芳"}, {"client_consent"}),
}


@pytest.mark.parametrize(("data", "wrong"), FORMS.values(), ids=FORMS)
def test_who_may_agree(app: Flask, data: dict[str, str], wrong: set[str]) -> None:
    with app.test_request_context(method="POST"):
        form = ClientConsentForm(MultiDict(data), meta={"csrf": False})
        assert form.validate() is (not wrong)
        assert set(form.errors) == wrong


def test_the_guardian_is_who_agreed(app: Flask) -> None:
    with app.test_request_context(method="POST"):
        form = ClientConsentForm(MultiDict(MOTHER), meta={"csrf": False})
        assert (form.consented, form.guardian) == (True, GuardianFacts("王芳", Relation.MOTHER))
        assert ClientConsentForm(MultiDict({"client_consent": "y"}), meta={"csrf": False}).guardian is None
