"""The ticket behind WeChat's cards in words: how old it is, and why none came."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from ...adapters.delivery import NOT_UNDERSTOOD, UNREACHABLE
from ...models import ShareTicket
from ..components import instant

_WHY: Mapping[str, Any] = {
    UNREACHABLE: _l("WeChat does not answer"),
    NOT_UNDERSTOOD: _l("WeChat's answer says nothing"),
    "-1": _l("WeChat is busy"),
    "40001": _l("the AppSecret is wrong, or the token was replaced elsewhere"),
    "40013": _l("the AppID is wrong"),
    "40125": _l("the AppSecret is wrong"),
    "40164": _l("this server's address is not on the account's list (IP 白名单)"),
    "40243": _l("the AppSecret is frozen in the account's settings"),
    "48001": _l("the account has no right to this call: it must be verified (认证)"),
    "45009": _l("asked more often than the account may today"),
    "50004": _l("the account may not use this call"),
    "50007": _l("the account is frozen"),
}
"""WeChat's numbers that an operator can do something about."""


def ticket_facts(row: ShareTicket | None, now: datetime) -> list[tuple[str, str]]:
    """How it stands with the ticket, as rows of a list."""
    if row is None:
        return [(_("Ticket"), _("not asked for yet: the worker does"))]
    return [(_("Ticket"), _good(row, now)), *([(_("Last error"), _failure(row))] if row.failure else [])]


def _good(row: ShareTicket, now: datetime) -> str:
    if row.fetched_at is None or row.ticket_ends_at is None:
        return _("none yet: links are shared without a card")
    if row.ticket_ends_at <= now:
        return _("ran out on %(at)s: links are shared without a card", at=instant(row.ticket_ends_at))
    minutes = max(0, int((now - row.fetched_at).total_seconds() // 60))
    age = ngettext("%(num)d minute old", "%(num)d minutes old", minutes)
    return _("%(age)s, good until %(at)s", age=age, at=instant(row.ticket_ends_at))


def _failure(row: ShareTicket) -> str:
    code = row.failure or ""
    why = str(_WHY.get(code) or _("WeChat's error %(code)s", code=code))
    told = _("%(why)s (%(at)s)", why=why, at=instant(row.failed_at)) if row.failed_at else why
    return f"{told} · {code}" if code in _WHY and code.lstrip("-").isdigit() else told
