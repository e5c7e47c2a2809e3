"""Kinds about a broker's standing: strikes, freezes, appeals."""

from .kind import Group, Importance, Kind, Page, Topic, Whom

_BOTH = (Whom.PERSON, Whom.PRINCIPALS)


def _late(page: str, *whom: Whom) -> Kind:
    """What waits too long for somebody of a role; said once a day."""
    facts = ("count", "since_at")
    return Kind("portal", whom, Topic.QUEUES, Page(page), Importance.DEADLINE, facts)


KINDS = {
    "strike_confirmed": Kind(
        "strikes",
        _BOTH,
        Topic.STANDING,
        Page("penalties.index", anchor="strike-{id}"),
        Importance.DEADLINE,
        facts=("appeal_until_at",),
        deeds=("strike_confirmed",),
        outside=True,
    ),
    "strike_voided": Kind(
        "strikes",
        _BOTH,
        Topic.STANDING,
        Page("penalties.index", anchor="strike-{id}"),
        Importance.DEADLINE,
        deeds=("strike_voided",),
        outside=True,
    ),
    "account_frozen": Kind(
        "freezes",
        _BOTH,
        Topic.STANDING,
        Page("penalties.index"),
        Importance.DEADLINE,
        facts=("until_at",),
        deeds=("account_frozen",),
        outside=True,
    ),
    "freeze_lifted": Kind(
        "freezes",
        _BOTH,
        Topic.STANDING,
        Page("penalties.index"),
        Importance.DEADLINE,
        deeds=("freeze_undeserved",),
        outside=True,
    ),
    "freeze_over": Kind("freezes", _BOTH, Topic.STANDING, Page("penalties.index"), Importance.DEADLINE, outside=True),
    "appeals_are_late": _late("appeals.index", Whom.CHANNEL_MANAGER),
    "reviews_are_late": _late("showings.index", Whom.CHANNEL_MANAGER, Whom.RECEPTION),
    "appeal_waits": Kind(
        "appeals",
        (Whom.PERSON, Whom.CHANNEL_MANAGER),
        Topic.STANDING,
        Page("appeals.show"),
        Importance.DEADLINE,
        deeds=("appeal_filed",),
        group=Group(),
    ),
    "appeal_rejected": Kind(
        "appeals",
        _BOTH,
        Topic.STANDING,
        Page("penalties.index", anchor="strike-{strike}"),
        Importance.DEADLINE,
        facts=("strike",),
        deeds=("appeal_decided",),
        outside=True,
    ),
}
