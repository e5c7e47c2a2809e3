"""What topics are called, and how importance is shown."""

from typing import Any

from flask_babel import lazy_gettext as _l

from ...models import Role
from ...rules.notifications.kind import NAMED, Channel, Importance, Topic, Whom
from ...services.notifications.told import Reached
from ..words.roles import WORDS as ROLES

TOPICS: dict[Topic, Any] = {
    Topic.CLIENTS: _l("Clients and showings"),
    Topic.STANDING: _l("Strikes and appeals"),
    Topic.DEALS: _l("Deals and commission"),
    Topic.MONEY: _l("Statements and payments"),
    Topic.REWARDS: _l("Rewards for friends"),
    Topic.PARTNERS: _l("Agreements and plans"),
    Topic.QUEUES: _l("Waiting for you to do"),
    Topic.SECURITY: _l("Safety of accounts"),
    Topic.OPERATION: _l("How the portal runs"),
}

ICONS = {
    Importance.INFO: "info",
    Importance.DEADLINE: "clock",
    Importance.MONEY: "payout",
    Importance.SECURITY: "shield",
}

SPANS: dict[str, tuple[int | None, Any]] = {
    "": (None, _l("Any time")),
    "day": (1, _l("Last 24 hours")),
    "week": (7, _l("Last 7 days")),
    "month": (30, _l("Last 30 days")),
}
"""How far back a list goes, in days."""

WAYS: dict[Channel, Any] = {
    Channel.INBOX: _l("inbox"),
    Channel.SMS: _l("text"),
    Channel.MAIL: _l("mail"),
    Channel.WECOM: _l("WeCom"),
    Channel.WECHAT: _l("WeChat"),
}

REACHED: dict[Reached, Any] = {
    Reached.WAITS: _l("goes out at %(at)s"),
    Reached.SENT: _l("handed over at %(at)s"),
    Reached.DELIVERED: _l("reached the phone at %(at)s"),
    Reached.NOT_DELIVERED: _l("did not reach the phone"),
    Reached.FAILED: _l("did not go out"),
    Reached.DROPPED: _l("no address"),
    Reached.UNREACHED: _l("did not reach its reader"),
}
"""How far a message came."""

WHOM: dict[Whom, Any] = {
    Whom.PERSON: _l("whom it is about"),
    Whom.PRINCIPALS: _l("the agency's principals"),
    **{whom: ROLES[Role(whom)] for whom in Whom if whom not in NAMED},
}
"""Who is told."""

IMPORTANCE: dict[Importance, Any] = {
    Importance.INFO: _l("News"),
    Importance.DEADLINE: _l("Has a deadline"),
    Importance.MONEY: _l("About money"),
    Importance.SECURITY: _l("About safety"),
}
