"""Kinds about conflicts over whose client somebody is."""

from .kind import Group, Importance, Kind, Page, Topic, Whom

_CASE = Page("conflicts.show")
_BOTH = (Whom.PERSON, Whom.PRINCIPALS)

KINDS = {
    "conflict_opened": Kind(
        "conflict_cases",
        (Whom.CHANNEL_MANAGER,),
        Topic.QUEUES,
        _CASE,
        Importance.DEADLINE,
        facts=("cause", "due_at"),
        deeds=("conflict_opened",),
        group=Group(),
    ),
    "conflict_concerns": Kind(
        "conflict_cases",
        _BOTH,
        Topic.CLIENTS,
        _CASE,
        Importance.DEADLINE,
        facts=("due_at",),
        deeds=("objection_made",),
        outside=True,
        while_there=True,
    ),
    "conflict_waits": Kind(
        "conflict_cases",
        (Whom.CHANNEL_MANAGER, Whom.APPROVER),
        Topic.QUEUES,
        _CASE,
        Importance.MONEY,
        facts=("amount_fen",),
        deeds=("conflict_proposed",),
    ),
    "conflict_sent_back": Kind(
        "conflict_cases", (Whom.PERSON,), Topic.QUEUES, _CASE, Importance.DEADLINE, deeds=("conflict_refused",)
    ),
    "conflict_decided": Kind(
        "conflict_cases",
        _BOTH,
        Topic.CLIENTS,
        _CASE,
        Importance.DEADLINE,
        facts=("result",),
        deeds=("conflict_decided", "conflict_confirmed"),
        outside=True,
        while_there=True,
    ),
    "conflict_looked_again": Kind(
        "conflict_cases",
        (Whom.CHANNEL_MANAGER,),
        Topic.QUEUES,
        _CASE,
        Importance.DEADLINE,
        facts=("due_at",),
        deeds=("second_look_asked",),
    ),
    "conflicts_are_late": Kind(
        "portal",
        (Whom.CHANNEL_MANAGER,),
        Topic.QUEUES,
        Page("conflicts.index"),
        Importance.DEADLINE,
        facts=("count", "since_at"),
    ),
}
