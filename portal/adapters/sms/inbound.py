"""Answers to our texts, as Alibaba Cloud pushes them (its `SmsUp` report: a JSON array over HTTP, without a signature).

The push proves nothing of itself, so its address holds a secret: the setting `sms_inbound_key`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

TAKEN = {"code": 0, "msg": "接收成功"}
"""What the provider wants to hear; anything else makes it push again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wrote back. `phone` is as the carrier has it, without a country for numbers of the mainland."""

    phone: str
    text: str


def answers_in(body: bytes) -> list[Answer]:
    """The answers of one push. Raises ValueError for what is none."""
    try:
        pushed: Any = json.loads(body)
    except RecursionError as error:
        raise ValueError("a push is not nested so deeply") from error
    if not isinstance(pushed, list):
        raise ValueError("a push is an array")
    return [_answer(one) for one in pushed]


def _answer(one: Any) -> Answer:
    if not isinstance(one, dict) or not isinstance(phone := one.get("phone_number"), str):
        raise ValueError("an answer has a phone_number")
    return Answer(phone, str(one.get("content", "")))
