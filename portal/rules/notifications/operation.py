"""Kinds about how the portal runs."""

from .kind import Importance, Kind, Page, Topic, Whom


def _runs(*deeds: str, facts: tuple[str, ...] = ()) -> Kind:
    return Kind(
        "portal",
        (Whom.ADMINISTRATOR,),
        Topic.OPERATION,
        Page("admin.health"),
        Importance.SECURITY,
        facts=facts,
        deeds=deeds,
    )


KINDS = {
    "clock_doubted": _runs("clock_doubted"),
    "clock_right_again": _runs("clock_believed", "clock_confirmed"),
    "worker_silent": _runs(facts=("since_at",)),
    "backup_is_old": Kind(
        "portal",
        (Whom.ADMINISTRATOR,),
        Topic.OPERATION,
        Page("admin.health"),
        Importance.DEADLINE,
        facts=("made_at",),
    ),
    "key_taken_into_use": _runs("key_accepted", "index_key_turned", facts=("key",)),
    "keys_rotated": _runs("key_rotation_ended"),
    "key_retired": _runs("key_retired", facts=("key",)),
}
