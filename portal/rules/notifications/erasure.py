"""Kinds about requests to erase a person's data."""

from .kind import Importance, Kind, Page, Topic, Whom

_SHOW = Page("erasure.show")
_BOTH = (Whom.PRIVACY_OFFICER, Whom.ADMINISTRATOR)

KINDS = {
    "erasure_asked": Kind(
        "erasure_requests",
        (Whom.PRIVACY_OFFICER,),
        Topic.QUEUES,
        _SHOW,
        Importance.DEADLINE,
        facts=("due_at",),
        deeds=("erasure_asked",),
    ),
    "erasure_proposed": Kind(
        "erasure_requests", _BOTH, Topic.QUEUES, _SHOW, facts=("due_at",), deeds=("erasure_proposed",)
    ),
    "erasure_answered": Kind(
        "erasure_requests",
        (Whom.PRIVACY_OFFICER,),
        Topic.QUEUES,
        _SHOW,
        deeds=("erasure_granted", "erasure_refused"),
    ),
    "erasure_answer_refused": Kind(
        "erasure_requests",
        (Whom.PERSON,),
        Topic.QUEUES,
        _SHOW,
        Importance.DEADLINE,
        deeds=("erasure_answer_refused",),
    ),
    "erasure_late": Kind("erasure_requests", _BOTH, Topic.QUEUES, _SHOW, Importance.DEADLINE, facts=("due_at",)),
}
