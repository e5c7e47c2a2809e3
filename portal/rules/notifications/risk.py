"""Kinds about flags over a partner's figures, the questions that come of them, and the limits."""

from .kind import Importance, Kind, Page, Topic, Whom

_FLAG, _QUESTION, _LIMITS = Page("risk.show"), Page("questions.show"), Page("risk_limits.show")
_PARTNER = (Whom.PERSON, Whom.PRINCIPALS)

KINDS = {
    "risk_found": Kind(
        "risk_flags",
        (Whom.CHANNEL_MANAGER,),
        Topic.QUEUES,
        _FLAG,
        facts=("figure", "count"),
        deeds=("risk_found",),
    ),
    "risk_asked": Kind(
        "risk_flags",
        _PARTNER,
        Topic.STANDING,
        _QUESTION,
        Importance.DEADLINE,
        facts=("figure",),
        deeds=("risk_asked",),
        outside=True,
    ),
    "risk_held": Kind(
        "risk_flags",
        _PARTNER,
        Topic.MONEY,
        _QUESTION,
        Importance.MONEY,
        facts=("figure",),
        deeds=("risk_held",),
        outside=True,
    ),
    "risk_answered": Kind(
        "risk_flags",
        (Whom.CHANNEL_MANAGER,),
        Topic.QUEUES,
        _FLAG,
        Importance.DEADLINE,
        facts=("figure",),
        deeds=("risk_answered",),
    ),
    "risk_ended": Kind(
        "risk_flags",
        _PARTNER,
        Topic.STANDING,
        _QUESTION,
        Importance.DEADLINE,
        facts=("figure", "outcome"),
        deeds=("risk_let_go", "risk_struck", "risk_expired"),
        outside=True,
    ),
    "risk_limits_wait": Kind(
        "risk_limits",
        (Whom.CHANNEL_MANAGER, Whom.APPROVER),
        Topic.QUEUES,
        _LIMITS,
        deeds=("risk_limits_proposed",),
    ),
    "risk_limits_refused": Kind("risk_limits", (Whom.PERSON,), Topic.QUEUES, _LIMITS, deeds=("risk_limits_refused",)),
    "risk_limits_published": Kind(
        "risk_limits",
        (Whom.PERSON, Whom.CHANNEL_MANAGER),
        Topic.QUEUES,
        _LIMITS,
        deeds=("risk_limits_published",),
    ),
    "risk_flags_wait": Kind(
        "portal",
        (Whom.CHANNEL_MANAGER,),
        Topic.QUEUES,
        Page("risk.index"),
        Importance.DEADLINE,
        facts=("count", "since_at"),
    ),
}
