"""An employer's provider of sign-ins, by OpenID Connect: authorization code with PKCE (OIDC Core 3.1, RFC 7636).

The token is checked here, whole: its signature by the provider's published keys, who issued it and for whom, its hours,
and that it answers the very question that was asked. What it says of the person is judged elsewhere (`rules`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ...rules.provider_sign_in.claims import Claims, Issuer, ProviderName
from .asking import Asking, ProviderFailed

__all__ = ["Claims", "OidcProvider", "Provider", "ProviderFailed", "Question", "challenge_of"]

SCOPE = "openid profile email"
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
"""How a token may be signed: by keys of which only the provider has the secret half."""

LEEWAY_SECONDS = 60
_METADATA_LASTS = 3600
_KEYS_APART = 60
_SECOND_FACTORS = {"mfa", "otp", "hwk", "swk", "fpt", "face", "sc"}
"""Of the methods of RFC 8176 those that are, or stand for, more than a password."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the provider once, and kept by the browser until the answer comes."""

    state: str
    nonce: str
    verifier: str
    back: str
    """the address of ours to which the provider sends the reader back"""
    inside: bool = False
    """whether it is asked in the provider's own browser, which knows who its reader is"""


def challenge_of(verifier: str) -> str:
    """What is shown of a verifier before it is itself (RFC 7636, S256)."""
    return str(create_s256_code_challenge(verifier))  # type: ignore[no-untyped-call]  # its stubs name no types


class Provider(Protocol):
    """Who says who somebody is: the employer's provider, 企业微信, WeChat."""

    issuer: Issuer
    name: str
    """what stands on the button; empty: what everybody calls it"""

    def is_inside(self, agent: str) -> bool:
        """Whether a browser that calls itself so is the provider's own."""
        ...

    def opens_in(self, agent: str) -> bool:
        """Whether one can sign in by it in a browser that calls itself so."""
        ...

    def address(self, question: Question) -> str:
        """Where the reader signs in. Raises ProviderFailed."""
        ...

    def claims(self, question: Question, code: str) -> Claims:
        """Who signed in there, by the code that he came back with. Raises ProviderFailed."""
        ...


class OidcProvider:
    """Any provider that publishes its metadata (OIDC Discovery 1.0): Keycloak, Entra ID, Okta and others."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        secret: str,
        *,
        name: str = "",
        active_claim: str = "",
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = Issuer(ProviderName.COMPANY, issuer)
        self.name = name
        self._address = issuer
        self._client_id = client_id
        self._secret = secret
        self._active_claim = active_claim
        self._clock = clock
        self._asking = Asking(transport, clock)
        self._lock = threading.Lock()
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def is_inside(self, agent: str) -> bool:  # noqa: ARG002 - it has no browser of its own
        """No browser is."""
        return False

    def opens_in(self, agent: str) -> bool:  # noqa: ARG002 - any will do
        """Any browser will do."""
        return True

    def address(self, question: Question) -> str:
        """Where the reader signs in. Raises ProviderFailed."""
        asked = {
            "redirect_uri": question.back,
            "scope": SCOPE,
            "state": question.state,
            "nonce": question.nonce,
            "code_challenge": challenge_of(question.verifier),
            "code_challenge_method": "S256",
        }
        return str(prepare_grant_uri(self._endpoint("authorization_endpoint"), self._client_id, "code", **asked))

    def claims(self, question: Question, code: str) -> Claims:
        """Who signed in there, by the code that he came back with. Raises ProviderFailed."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": question.back,
            "code_verifier": question.verifier,
        }
        answer = self._asking.asked(
            "POST", self._endpoint("token_endpoint"), data=form, auth=(self._client_id, self._secret)
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderFailed("no_id_token")
        return self._read(self._verified(token, question, answer.get("access_token")))

    def _verified(self, token: str, question: Question, access_token: object) -> Mapping[str, Any]:
        """What a token says, once it is proven to be the provider's answer to this question."""
        try:
            decoded = self._decoded(token)
        except (JoseError, ValueError) as error:
            raise ProviderFailed("token_not_genuine") from error
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"essential": True, "value": self._address}, "aud": {"essential": True, "value": self._client_id}},
            {"nonce": question.nonce, "client_id": self._client_id, "access_token": access_token},
        )
        try:
            claims.validate(int(self._clock()), LEEWAY_SECONDS)
        except Exception as error:
            raise ProviderFailed("token_not_for_us") from error
        return dict(claims)

    def _decoded(self, token: str) -> jwt.Token:
        """The token by the keys that are published; asked for anew where it names one that is not among them."""
        try:
            return jwt.decode(token, self._key_set(), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):
            if not self._forget_keys():
                raise
        return jwt.decode(token, self._key_set(), algorithms=list(ALGORITHMS))

    def _read(self, claims: Mapping[str, Any]) -> Claims:
        subject, mail, methods = claims.get("sub"), claims.get("email"), claims.get("amr")
        if not isinstance(subject, str) or not subject or len(subject) > 255:
            raise ProviderFailed("no_subject")
        return Claims(
            subject=subject,
            mail=mail if isinstance(mail, str) and mail else None,
            mail_verified=claims.get("email_verified") is True,
            active=not (self._active_claim and _says_no(claims.get(self._active_claim))),
            second_factor=isinstance(methods, list) and not _SECOND_FACTORS.isdisjoint(map(str, methods)),
        )

    def _endpoint(self, name: str) -> str:
        """One of the provider's addresses. Raises ProviderFailed."""
        now = self._clock()
        with self._lock:
            kept = self._metadata
        if kept is None or now - kept[0] > _METADATA_LASTS:
            found = self._asking.asked("GET", f"{self._address.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self._address:
                raise ProviderFailed("another_issuer")
            kept = (now, found)
            with self._lock:
                self._metadata = kept
        address = kept[1].get(name)
        if not isinstance(address, str) or not address.startswith(("https://", self._address.split("://")[0] + "://")):
            raise ProviderFailed("metadata_odd")
        return address

    def _key_set(self) -> KeySet:
        with self._lock:
            kept = self._keys
        if kept is None:
            published: Any = self._asking.asked("GET", self._endpoint("jwks_uri"))
            try:
                kept = (self._clock(), KeySet.import_key_set(published))
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise ProviderFailed("keys_odd") from error
            with self._lock:
                self._keys = kept
        return kept[1]

    def _forget_keys(self) -> bool:
        """Whether the keys may be asked for again: a forged token must not make us ask at every try."""
        with self._lock:
            if self._keys is not None and self._clock() - self._keys[0] < _KEYS_APART:
                return False
            self._keys = None
            return True


def _says_no(claim: object) -> bool:
    """Whether a claim is `false`. Of an attribute without a type Keycloak sends a word, or a list of one."""
    if isinstance(claim, list) and len(claim) == 1:
        claim = claim[0]
    return claim is False or (isinstance(claim, str) and claim.strip().lower() == "false")
