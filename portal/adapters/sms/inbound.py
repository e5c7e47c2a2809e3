"""What Alibaba Cloud pushes about our texts: answers (`SmsUp`), and whether a text reached its phone (`SmsReport`).

Each is a JSON array over HTTP, without a signature. A push proves nothing of itself, so its address holds a secret: the
setting `sms_inbound_key`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

TAKEN = {"code": 0, "msg": "接收成功"}
"""What the provider wants to hear; anything else makes it push again."""


UNKNOWN = "UNKNOWN"
"""A carrier that does not say why."""
LONGEST_CODE = 40


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wrote back. `phone` is as the carrier has it, without a country for numbers of the mainland."""

    phone: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a text at its phone. `key` is ours (its `out_id`); `why`: the carrier's word where it is not
    there."""

    key: str
    why: str | None


def answers_in(body: bytes) -> list[Answer]:
    """The answers of one push. Raises ValueError for what is none."""
    return [_answer(one) for one in _pushed(body)]


def reports_in(body: bytes) -> list[Report]:
    """The reports of one push. Raises ValueError for what is none."""
    return [_report(one) for one in _pushed(body)]


def _pushed(body: bytes) -> list[Any]:
    try:
        pushed: Any = json.loads(body)
    except RecursionError as error:
        raise ValueError("a push is not nested so deeply") from error
    if not isinstance(pushed, list):
        raise ValueError("a push is an array")
    return pushed


def _answer(one: Any) -> Answer:
    if not isinstance(one, dict) or not isinstance(phone := one.get("phone_number"), str):
        raise ValueError("an answer has a phone_number")
    return Answer(phone, str(one.get("content", "")))


def _report(one: Any) -> Report:
    if not isinstance(one, dict) or not isinstance(one.get("success"), bool):
        raise ValueError("a report says whether it was a success")
    code = str(one.get("err_code") or UNKNOWN)[:LONGEST_CODE]
    return Report(str(one.get("out_id", "")), None if one["success"] else code)
