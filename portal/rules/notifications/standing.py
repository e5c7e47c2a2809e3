"""Kinds about a broker's standing: strikes, freezes, appeals."""

from .kind import Importance, Kind, Page, Topic, Whom

_BOTH = (Whom.PERSON, Whom.PRINCIPALS)

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
    "appeal_waits": Kind(
        "appeals",
        (Whom.PERSON, Whom.CHANNEL_MANAGER),
        Topic.STANDING,
        Page("appeals.show"),
        Importance.DEADLINE,
        deeds=("appeal_filed",),
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
