"""What topics are called, and how importance is shown."""

from typing import Any

from flask_babel import lazy_gettext as _l

from ...rules.notifications.kind import Importance, Topic

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
