"""Notices of the official account (服务号) to one person who follows it: template messages (模板消息).

    POST …/cgi-bin/message/template/send?access_token=…     (developers.weixin.qq.com/doc/service/api/notify/template)

The words are a template that WeChat approved; we fill its fields. Which template, and what its fields are called, the
owner's file of templates says (`Templates`). What is sent again under the same `client_msg_id` within ten minutes is
not shown twice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from ...config import ConfigError
from ...rules.notifications.kind import Topic
from ...rules.provider_sign_in.claims import Issuer
from ..apps import Note, TokenIsOver
from ..delivery import DeliveryFailed
from ..tencent import BUSY, TIMEOUT_SECONDS, Grant, answer_of
from .account import WeChat, WeChatFailed

RECOGNISES = timedelta(minutes=10)
"""So long WeChat knows a `client_msg_id` again."""
OF_ALL = "default"
"""The template of topics that have none of their own, and of messages about several."""
VALUES = ("what", "do", "at", "count")
"""What a field may hold: what happened, what to do, when, how many things."""

_SHANGHAI = timezone(timedelta(hours=8))
_MOST = {"thing": 20, "character_string": 32, "phrase": 5, "const": 20, "short_thing": 5}
"""How many characters a field of this kind takes; what is longer is refused whole (47003)."""
_TOKEN_IS_OVER = {40001, 40014, 42001}
_FOR_ALL = {BUSY, 45009, 45011, 40013, 40125, 40164, 48001, 48004}
"""What meets every notice alike: busy, too many of a day or minute, a wrong account or secret, an address of ours that
is not on the list (IP白名单), an account that may not send."""


def code_of(errcode: int) -> str:
    """What is written down of an `errcode`."""
    return f"wechat_{errcode}"


NOT_FOLLOWING = code_of(43004)
REFUSED_BY_READER = code_of(43101)
NOT_REACHED = frozenset({NOT_FOLLOWING, REFUSED_BY_READER, code_of(43019), code_of(40003), code_of(50002)})
"""What lies with one person: he does not follow the account, takes no notices of it, is barred from it, is known to
another account only, or is locked out of WeChat."""


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template: its id, and which of its fields holds what."""

    id: str
    fields: Mapping[str, str]

    def data(self, note: Note) -> Mapping[str, Any]:
        """Its fields, filled."""
        values = {
            "what": note.title,
            "do": note.lines[-1] if note.lines else note.title,
            "at": f"{note.at.astimezone(_SHANGHAI):%Y-%m-%d %H:%M}",
            "count": str(note.count),
        }
        return {field: {"value": _cut(values[value], field)} for value, field in self.fields.items()}


Templates = Mapping[str, Template]
"""By topic; `default` for those that have none of their own."""


def read_templates(path: Path) -> Templates:
    """The owner's file: a table a topic, with the template's `id` and the names of its fields. Raises ConfigError."""
    name = "PORTAL_WECHAT_TEMPLATES"
    try:
        tables = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{name}: {path} cannot be read: {error}") from error
    known = {*map(str, Topic), OF_ALL}
    for topic, table in tables.items():
        if topic not in known:
            raise ConfigError(f"{name}: {topic!r} is no topic: use {', '.join(sorted(known))}")
        if not isinstance(table, dict) or not {"id", "what"} <= set(table) <= {"id", *VALUES}:
            raise ConfigError(f"{name}: [{topic}] needs id and what, and takes {', '.join(VALUES)} besides")
    if OF_ALL not in tables:
        raise ConfigError(f"{name}: a table [{OF_ALL}] is needed, for what is about several topics")
    return {
        topic: Template(str(table["id"]), {one: str(table[one]) for one in VALUES if one in table})
        for topic, table in tables.items()
    }


class WeChatNotices:
    """The notices of one official account."""

    recognises = RECOGNISES

    def __init__(
        self, account: WeChat, templates: Templates, endpoint: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.name = f"wechat:{account.app_id}"
        self.issuer = Issuer.of_wechat(account.app_id)
        self._account = account
        self._templates = templates
        self._endpoint = endpoint
        self._http = httpx.Client(transport=transport, timeout=TIMEOUT_SECONDS, follow_redirects=False)

    def token(self) -> Grant:
        try:
            return self._account.token()
        except WeChatFailed as failure:
            code = code_of(int(failure.code)) if failure.code.lstrip("-").isdigit() else failure.code
            raise DeliveryFailed(code, carrier=True) from None

    def send(self, token: str, to: str, note: Note, *, key: str) -> str | None:
        template = self._templates.get(note.about) or self._templates[OF_ALL]
        message = {
            "touser": to,
            "template_id": template.id,
            "url": note.link,
            "client_msg_id": sha256(key.encode()).hexdigest()[:32],
            "data": template.data(note),
        }
        address = f"{self._endpoint}/cgi-bin/message/template/send"
        return _number(answer_of(self._http, "POST", address, params={"access_token": token}, json=message))


def _number(answer: Mapping[str, Any]) -> str | None:
    """The number of a notice that was taken. Raises DeliveryFailed, TokenIsOver."""
    errcode = answer.get("errcode")
    if errcode in _TOKEN_IS_OVER:
        raise TokenIsOver(code_of(errcode))
    if errcode is None or errcode in _FOR_ALL:
        raise DeliveryFailed(code_of(BUSY if errcode is None else errcode), carrier=True)
    if errcode != 0:
        raise DeliveryFailed(code_of(errcode), for_good=True)
    number = answer.get("msgid")
    return str(number)[:100] if isinstance(number, int | str) else None


def _cut(value: str, field: str) -> str:
    """A value as long as the field takes it."""
    most = _MOST.get(field.rstrip("0123456789"))
    return value if most is None or len(value) <= most else f"{value[: most - 1]}…"
