"""The employer's provider: a token counts only if it is the provider's own answer to the question that was asked."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from portal.adapters.provider_sign_in.local import CLIENT_ID, ISSUER, Employee, LocalProvider
from portal.adapters.provider_sign_in.provider import OidcProvider, ProviderFailed, Question
from portal.rules.provider_sign_in.claims import Claims

BACK = "https://portal.example/company-sign-in/back"
ASKED = Question("the-state", "the-nonce", "a-verifier-of-at-least-forty-three-characters-long", BACK)
LIN = Employee("e-17", "林一", "lin@example.com", second_factor=True)
NOW = 1_790_000_000


class Hostile(LocalProvider):
    """A provider whose token is made by `forge`, out of a genuine one's parts."""

    forge: Callable[["Hostile"], str] = staticmethod(lambda provider: provider.signed(LIN, ASKED.nonce))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if urlsplit(str(request.url)).path == "/token":
            return httpx.Response(200, json={"id_token": self.forge(self), "access_token": "x"})
        return super()._answer(request)


@pytest.fixture
def provider(tmp_path: Path) -> LocalProvider:
    made = LocalProvider(tmp_path, "https://portal.example/dev/provider", clock=lambda: NOW)
    made.keep(LIN)
    return made


def code_of(provider: LocalProvider, question: Question = ASKED) -> str:
    """Signing in at the stand-in, as a reader does."""
    back = provider.sign_in(LIN.subject, urlsplit(provider.address(question)).query)
    assert back is not None
    said = parse_qs(urlsplit(back).query)
    assert back.startswith(BACK)
    assert said["state"] == [question.state]
    return said["code"][0]


def test_who_signs_in_there_is_known_here(provider: LocalProvider) -> None:
    said = provider.claims(ASKED, code_of(provider))
    assert said == Claims("e-17", "lin@example.com", mail_verified=True, active=True, second_factor=True)


def test_the_question_is_proven_by_its_verifier_and_asks_for_no_more_than_it_needs(provider: LocalProvider) -> None:
    asked = parse_qs(urlsplit(provider.address(ASKED)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert ASKED.verifier not in provider.address(ASKED)
    assert asked["scope"] == ["openid profile email"]
    assert asked["response_type"] == ["code"]


def test_a_code_is_good_once(provider: LocalProvider) -> None:
    code = code_of(provider)
    provider.claims(ASKED, code)
    with pytest.raises(ProviderFailed, match="invalid_grant"):
        provider.claims(ASKED, code)


@pytest.mark.parametrize("other", [{"verifier": "x" * 50}, {"back": "https://elsewhere.example/"}])
def test_a_code_answers_the_question_that_was_asked(provider: LocalProvider, other: dict[str, str]) -> None:
    code = code_of(provider)
    another = Question(**{"state": ASKED.state, "nonce": ASKED.nonce, "verifier": ASKED.verifier, "back": BACK} | other)
    with pytest.raises(ProviderFailed, match="invalid_grant"):
        provider.claims(another, code)


def by_another_key(provider: Hostile) -> str:
    key = ECKey.generate_key("P-256", {"kid": provider._key().kid})
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims_of(provider), key)


def by_the_public_key_as_a_secret(provider: Hostile) -> str:
    key = OctKey.import_key(json.dumps(provider._key().as_dict(private=False)))
    return jwt.encode({"alg": "HS256"}, claims_of(provider), key)


def unsigned(provider: Hostile) -> str:
    _head, body, _signature = provider.signed(LIN, ASKED.nonce).split(".")
    return f"eyJhbGciOiJub25lIn0.{body}."


def claims_of(provider: Hostile) -> dict[str, object]:
    return {"iss": ISSUER, "aud": CLIENT_ID, "sub": "e-17", "iat": NOW, "exp": NOW + 300, "nonce": ASKED.nonce}


FORGED = {
    "of another key": by_another_key,
    "of a key everybody has": by_the_public_key_as_a_secret,
    "of no key": unsigned,
    "of another issuer": lambda provider: provider.signed(LIN, ASKED.nonce, iss="https://evil.example"),
    "for another system": lambda provider: provider.signed(LIN, ASKED.nonce, aud="wiki"),
    "for several, and not by us": lambda provider: provider.signed(
        LIN, ASKED.nonce, aud=[CLIENT_ID, "wiki"], azp="wiki"
    ),
    "to another question": lambda provider: provider.signed(LIN, "another-nonce"),
    "to no question": lambda provider: provider.signed(LIN, ""),
    "of yesterday": lambda provider: provider.signed(LIN, ASKED.nonce, exp=NOW - 61),
    "of tomorrow": lambda provider: provider.signed(LIN, ASKED.nonce, iat=NOW + 3600, nbf=NOW + 3600),
    "of nobody": lambda provider: provider.signed(LIN, ASKED.nonce, sub=""),
    "of a number": lambda provider: provider.signed(LIN, ASKED.nonce, sub=17),
    "of odd hours": lambda provider: provider.signed(LIN, ASKED.nonce, exp="soon"),
    "of another access token": lambda provider: provider.signed(LIN, ASKED.nonce, at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "that is none": lambda _provider: "a.b.c",
}


@pytest.mark.parametrize("case", FORGED)
def test_a_token_that_is_not_the_answer_opens_nothing(tmp_path: Path, case: str) -> None:
    provider = Hostile(tmp_path, "https://portal.example/dev/provider", clock=lambda: NOW)
    provider.forge = FORGED[case]
    with pytest.raises(ProviderFailed):
        provider.claims(ASKED, "any")


def test_the_genuine_one_would_have(tmp_path: Path) -> None:
    assert (
        Hostile(tmp_path, "https://portal.example/dev/provider", clock=lambda: NOW).claims(ASKED, "any").subject
        == "e-17"
    )


KEYCLOAK = {
    "typ": "ID", "azp": CLIENT_ID, "aud": [CLIENT_ID], "sid": "1c2d", "acr": "1", "auth_time": NOW - 5, "jti": "7f3e",
    "preferred_username": "linyi", "given_name": "一", "family_name": "林",
}  # fmt: skip
"""What its tokens say besides (version 26, by its documentation)."""

KNOWN = Claims("e-17", LIN.mail, mail_verified=True)
SAID_BY_KEYCLOAK = {
    "as it comes": ({}, KNOWN),
    "an address that nobody confirmed": ({"email_verified": False}, replace(KNOWN, mail_verified=False)),
    "an address confirmed in words": ({"email_verified": "true"}, replace(KNOWN, mail_verified=False)),
    "no address": ({"email": None}, replace(KNOWN, mail=None)),
    "who has left": ({"active": False}, replace(KNOWN, active=False)),
    "who has left, in words": ({"active": "false"}, replace(KNOWN, active=False)),
    "who has left, as a list": ({"active": ["False"]}, replace(KNOWN, active=False)),
    "who is there, in words": ({"active": "true"}, KNOWN),
    "a claim that nobody set": ({"active": None}, KNOWN),
    "a second factor": ({"amr": ["pwd", "otp"]}, replace(KNOWN, second_factor=True)),
}


@pytest.mark.parametrize("case", SAID_BY_KEYCLOAK)
def test_what_keycloak_says_is_understood(tmp_path: Path, case: str) -> None:
    other, claims = SAID_BY_KEYCLOAK[case]
    provider = Hostile(tmp_path, "https://portal.example/dev/provider", clock=lambda: NOW)
    provider.keep(LIN)
    said = {"amr": ["pwd"], **KEYCLOAK, **other}
    provider.forge = lambda one: one.signed(LIN, ASKED.nonce, **said)
    assert provider.claims(ASKED, "any code") == claims


def test_keys_that_changed_are_asked_for_again_but_not_at_every_forged_token(tmp_path: Path) -> None:
    at = [NOW]
    asked: list[str] = []

    class Counting(Hostile):
        def _answer(self, request: httpx.Request) -> httpx.Response:
            asked.append(urlsplit(str(request.url)).path)
            return super()._answer(request)

    provider = Counting(tmp_path, "https://portal.example/dev/provider", clock=lambda: at[0])
    provider.claims(ASKED, "any")
    (tmp_path / "key.json").unlink()  # the provider signs by another key from now on
    with pytest.raises(ProviderFailed, match="token_not_genuine"):
        provider.claims(ASKED, "any")
    at[0] += 61
    assert provider.claims(ASKED, "any").subject == "e-17"
    assert asked.count("/keys") == 2


ODD_ANSWERS = {
    "answers with an error": (httpx.Response(503, json={}), "http_503"),
    "answers no JSON": (httpx.Response(200, text="<html>"), "not_understood"),
    "answers without end": (httpx.Response(200, text="x" * 300_000), "answer_too_long"),
    "says it is another": (httpx.Response(200, json={"issuer": "https://evil.example"}), "another_issuer"),
    "sends readers by odd ways": (
        httpx.Response(200, json={"issuer": ISSUER, "authorization_endpoint": "javascript:alert(1)"}),
        "metadata_odd",
    ),
}


@pytest.mark.parametrize("case", ODD_ANSWERS)
def test_a_provider_that_answers_oddly_is_told_in_one_word(case: str) -> None:
    answer, code = ODD_ANSWERS[case]
    provider = OidcProvider(ISSUER, CLIENT_ID, "secret", transport=httpx.MockTransport(lambda _request: answer))
    with pytest.raises(ProviderFailed) as failed:
        provider.address(ASKED)
    assert failed.value.code == code
    assert "secret" not in repr(failed.value)


def test_a_provider_that_does_not_answer_is_unreachable_and_left_alone_for_a_while() -> None:
    at, asked = [NOW], []

    def down(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        raise httpx.ConnectTimeout("down", request=request)

    transport = httpx.MockTransport(down)
    provider = OidcProvider(ISSUER, CLIENT_ID, "secret", transport=transport, clock=lambda: at[0])
    for later in (0, 9, 2):
        at[0] += later
        with pytest.raises(ProviderFailed, match="unreachable"):
            provider.address(ASKED)
    assert len(asked) == 2
