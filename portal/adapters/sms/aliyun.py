"""Text messages by Alibaba Cloud's SendSms (API version 2017-05-25), signed with ACS3-HMAC-SHA256.

The service does not recognise a repetition (its documentation says so): what is repeated after a lost answer would
reach the client twice. So `OutId` carries our key, and `has` looks for it among what the service sent to a phone
(QuerySendDetails) before a text goes out again. The same list says what became of a text whose report was never pushed.
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
from datetime import date, datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

from ...clock import local_day
from ..delivery import NO_ANSWER, NOT_UNDERSTOOD, UNREACHABLE, DeliveryFailed
from .inbound import LONGEST_CODE, UNKNOWN, Report

ALGORITHM = "ACS3-HMAC-SHA256"
VERSION = "2017-05-25"
TIMEOUT_SECONDS = 10
"""For each piece of an answer. Nobody waits for it but the thread that sends."""
_NO_BODY = hashlib.sha256(b"").hexdigest()

WITH_ITSELF = frozenset(
    {"isp.SYSTEM_ERROR", "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "ServiceUnavailable", "InternalError"}
)
"""The service's codes for what may pass and meets every text: its own fault, an account to be topped up."""
PASSING = WITH_ITSELF | {"isv.BUSINESS_LIMIT_CONTROL"}
"""Those for what may pass: too many at once to one number, too."""
_TOO_MANY = "Throttling"
"""How its codes begin for too many requests at once, whoever they are for."""
_MOST_LISTED = 50
_FAILED, _ARRIVED = 2, 3
"""A text's `SendStatus`."""
_CLOCKS_APART = timedelta(minutes=1)


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
        answer = self._asked(
            "SendSms",
            {
                "PhoneNumbers": _as_dialled(phone),
                "SignName": account.sign_name,
                "TemplateCode": account.templates[template],
                "TemplateParam": json.dumps(dict(params), ensure_ascii=False),
                "OutId": key,
            },
        )
        return str(answer.get("BizId", ""))

    def has(self, phone: str, *, key: str, since: datetime) -> bool:
        day, today = local_day(since), local_day(self._clock())
        while day <= today:
            if self._has_of(phone, key, day):
                return True
            day += timedelta(days=1)
        return False

    def report(self, phone: str, *, key: str, number: str, sent_at: datetime) -> Report | None:
        """By its `SendStatus`: 1 while no carrier has answered, 2 where it failed (`ErrCode` says why), 3 where it
        arrived. Our clock may be a minute ahead of the service's, which counts by its own days."""
        for day in sorted({local_day(sent_at - _CLOCKS_APART), local_day(sent_at)}):
            listed, _total = self._listed(phone, day, number)
            found = next((one for one in listed if one.get("OutId") == key), None)
            if found is None or found.get("SendStatus") not in (_FAILED, _ARRIVED):
                continue
            why = str(found.get("ErrCode") or UNKNOWN)[:LONGEST_CODE]
            return Report(key, None if found["SendStatus"] == _ARRIVED else why)
        return None

    def _has_of(self, phone: str, key: str, day: date) -> bool:
        listed, total = self._listed(phone, day)
        if any(one.get("OutId") == key for one in listed):
            return True
        if len(listed) < total:  # it keeps some of them to itself
            raise DeliveryFailed(NOT_UNDERSTOOD)
        return False

    def _listed(self, phone: str, day: date, number: str = "") -> tuple[list[dict[str, Any]], int]:
        """What was sent to a phone on a day, of one `number` alone where that is given; and how many there are."""
        asked = {
            "PhoneNumber": _as_dialled(phone),
            "SendDate": f"{day:%Y%m%d}",
            "PageSize": str(_MOST_LISTED),
            "CurrentPage": "1",
        }
        answer = self._asked("QuerySendDetails", asked | ({"BizId": number} if number else {}))
        listed = (answer.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
        return listed, int(answer.get("TotalCount") or 0)

    def _asked(self, action: str, params: Mapping[str, str]) -> dict[str, Any]:
        """The service's answer to a request that it did. Raises DeliveryFailed."""
        account, query = self._account, canonical_query(params)
        headers = {
            "host": urlsplit(account.endpoint).netloc,
            "x-acs-action": action,
            "x-acs-content-sha256": _NO_BODY,
            "x-acs-date": f"{self._clock():%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": VERSION,
        }
        headers["Authorization"] = authorization(account.key_id, account.key_secret, query, headers)
        answer = _ask(urllib.request.Request(f"{account.endpoint}/?{query}", method="POST", headers=headers))  # noqa: S310 - the address is a setting that was checked
        code = answer.get("Code")
        if not isinstance(code, str):
            raise DeliveryFailed(NOT_UNDERSTOOD, carrier=True)
        if code != "OK":
            many = code.startswith(_TOO_MANY)
            raise DeliveryFailed(code, for_good=code not in PASSING and not many, carrier=code in WITH_ITSELF or many)
        return answer


def _as_dialled(phone: str) -> str:
    """A phone as the service writes it: without the country for numbers of the mainland."""
    return phone.removeprefix("+86").removeprefix("+")


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
    """The service's JSON, also where it came with an error status. Raises DeliveryFailed when there is none."""
    try:
        body = _body_of(request)
    except urllib.error.URLError as error:  # it was not handed over
        raise DeliveryFailed(UNREACHABLE, carrier=True) from error
    except (OSError, HTTPException) as error:
        raise DeliveryFailed(NO_ANSWER, carrier=True) from error
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise DeliveryFailed(NOT_UNDERSTOOD, carrier=True)
    return answer


def _body_of(request: urllib.request.Request) -> bytes:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - as above
            body: bytes = response.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    return body
