"""A stand-in of an employer's provider, for development and tests: it speaks the protocol by the same messages and
signs its tokens by a key of its own, but lets in whoever is chosen on its page.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from .provider import OidcProvider, challenge_of

ISSUER = "http://provider.localhost"
CLIENT_ID = "portal"
_CLIENT_SECRET = "of-the-stand-in"  # noqa: S105 - of a stand-in, which anybody may look into
_CODE_LASTS = 60


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody whom the stand-in knows."""

    subject: str
    name: str
    mail: str
    mail_verified: bool = True
    active: bool = True
    second_factor: bool = False


class LocalProvider(OidcProvider):
    """Keeps its key, its people and the codes that it handed out in a folder. Only for development."""

    def __init__(self, folder: Path, page: str, *, name: str = "", clock: Callable[[], float] = time.time) -> None:
        transport = httpx.MockTransport(self._answer)
        super().__init__(
            ISSUER,
            CLIENT_ID,
            _CLIENT_SECRET,
            name=name,
            active_claim="active",
            transport=transport,
            clock=clock,
        )
        self._folder = folder
        self._page = page

    def employees(self) -> list[Employee]:
        """Whom it knows."""
        path = self._folder / "employees.json"
        return [Employee(**one) for one in json.loads(path.read_text())] if path.exists() else []

    def keep(self, employee: Employee) -> None:
        """Know somebody, or know him by other facts."""
        others = [one for one in self.employees() if one.subject != employee.subject]
        self._write("employees.json", json.dumps([asdict(one) for one in [*others, employee]], ensure_ascii=False))

    def sign_in(self, subject: str, query: str) -> str | None:
        """Where somebody goes who signed in at the stand-in with this question; None where it is none of ours."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        known = {one.subject for one in self.employees()}
        if asked.get("client_id") != CLIENT_ID or asked.get("code_challenge_method") != "S256" or subject not in known:
            return None
        code = secrets.token_urlsafe(16)
        kept = {name: asked.get(name, "") for name in ("nonce", "code_challenge", "redirect_uri")}
        self._write(f"code-{code}", json.dumps(kept | {"subject": subject, "at": self._clock()}))
        back = httpx.URL(kept["redirect_uri"]).copy_merge_params({"code": code, "state": asked.get("state", "")})
        return str(back)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        """What the provider's server says."""
        path = urlsplit(str(request.url)).path
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self._published())
        if path == "/keys":
            return httpx.Response(200, json={"keys": [self._key().as_dict(private=False)]})
        return self._token(request) if path == "/token" else httpx.Response(404, json={"error": "not_found"})

    def _published(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": self._page,
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }

    def _token(self, request: httpx.Request) -> httpx.Response:
        sent = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        wanted = "Basic " + base64.b64encode(f"{CLIENT_ID}:{_CLIENT_SECRET}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("Authorization", ""), wanted):
            return httpx.Response(401, json={"error": "invalid_client"})
        kept = self._taken(sent.get("code", ""))
        proof = challenge_of(sent.get("code_verifier", ""))
        if (
            kept is None
            or self._clock() - kept["at"] > _CODE_LASTS
            or kept["redirect_uri"] != sent.get("redirect_uri")
            or not hmac.compare_digest(kept["code_challenge"], proof)
        ):
            return httpx.Response(400, json={"error": "invalid_grant"})
        employee = next(one for one in self.employees() if one.subject == kept["subject"])
        token = self.signed(employee, kept["nonce"])
        return httpx.Response(200, json={"id_token": token, "token_type": "Bearer", "access_token": "none"})

    def signed(self, employee: Employee, nonce: str, **other: Any) -> str:
        """A token that says who somebody is. `other` claims replace its own, for tests."""
        now = int(self._clock())
        said = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "sub": employee.subject,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "name": employee.name,
            "email": employee.mail,
            "email_verified": employee.mail_verified,
            "active": employee.active,
            "amr": ["pwd", "otp", "mfa"] if employee.second_factor else ["pwd"],
        }
        key = self._key()
        return jwt.encode({"alg": "ES256", "kid": key.kid}, said | other, key)

    def _taken(self, code: str) -> dict[str, Any] | None:
        """What a code was handed out for; it is good once."""
        if not code or not code.replace("-", "").replace("_", "").isalnum():
            return None
        taken = self._folder / f"used-{code}"
        try:
            (self._folder / f"code-{code}").rename(taken)
        except OSError:
            return None
        kept: dict[str, Any] = json.loads(taken.read_text())
        return kept

    def _key(self) -> ECKey:
        path = self._folder / "key.json"
        if not path.exists():
            made = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4)}, private=True)
            self._write("key.json", json.dumps(made.as_dict(private=True)))
        return ECKey.import_key(json.loads(path.read_text()))

    def _write(self, name: str, text: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._folder / f".{secrets.token_hex(4)}"
        draft.write_text(text)
        draft.replace(self._folder / name)
