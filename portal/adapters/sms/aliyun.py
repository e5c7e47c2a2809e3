"""Text messages by Alibaba Cloud's SendSms (API version 2017-05-25), signed with ACS3-HMAC-SHA256.

The service does not recognise a repetition (its documentation says so): what we repeat after a lost answer may reach
the client twice. `OutId` carries our key, so that its own records show which texts were one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from .sender import SmsFailed

ALGORITHM = "ACS3-HMAC-SHA256"
ACTION, VERSION = "SendSms", "2017-05-25"
TIMEOUT_SECONDS = 5
_NO_BODY = hashlib.sha256(b"").hexdigest()

PASSING = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE"})
"""The service's codes for what may pass: too many at once, its own fault, an account to be topped up."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the service knows us by: an access key, the signature in front of every text, a template for each kind."""

    key_id: str
    key_secret: str
    sign_name: str
    templates: Mapping[str, str]
    endpoint: str = "https://dysmsapi.aliyuncs.com"


class AliyunSms:
    """Hands texts to Alibaba Cloud. `clock` stamps requests: the service refuses those a quarter of an hour off."""

    def __init__(self, account: Account, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._clock = clock

    def send(self, phone: str, template: str, params: Mapping[str, str], *, key: str) -> str:
        account = self._account
        query = canonical_query(
            {
                "PhoneNumbers": phone.removeprefix("+86").removeprefix("+"),
                "SignName": account.sign_name,
                "TemplateCode": account.templates[template],
                "TemplateParam": json.dumps(dict(params), ensure_ascii=False),
                "OutId": key,
            }
        )
        headers = {
            "host": urlsplit(account.endpoint).netloc,
            "x-acs-action": ACTION,
            "x-acs-content-sha256": _NO_BODY,
            "x-acs-date": f"{self._clock():%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": VERSION,
        }
        headers["Authorization"] = authorization(account.key_id, account.key_secret, query, headers)
        answer = _ask(urllib.request.Request(f"{account.endpoint}/?{query}", method="POST", headers=headers))  # noqa: S310 - the address is a setting that was checked
        if answer.get("Code") != "OK":
            code = str(answer.get("Code", "no code"))
            raise SmsFailed(code, for_good=code not in PASSING)
        return str(answer.get("BizId", ""))


def canonical_query(params: Mapping[str, str]) -> str:
    """The parameters by name, percent-encoded as RFC 3986 has it."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(params.items()))


def authorization(key_id: str, key_secret: str, query: str, headers: Mapping[str, str]) -> str:
    """The Authorization header of a POST to `/` without a body; `headers` have lower-case names."""
    names = ";".join(sorted(headers))
    listed = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join(("POST", "/", query, listed, names, headers["x-acs-content-sha256"]))
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"


def _ask(request: urllib.request.Request) -> dict[str, Any]:
    """The service's JSON, also where it came with an error status. Raises SmsFailed when there is none."""
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - as above
            body = response.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError as error:
        raise SmsFailed("no_answer", for_good=False) from error
    try:
        answer: dict[str, Any] = json.loads(body)
    except ValueError as error:
        raise SmsFailed("not_understood", for_good=False) from error
    return answer
