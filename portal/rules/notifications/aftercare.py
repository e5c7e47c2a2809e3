"""What is told after the handover: complaints, surveys, and answers to invitations."""

from collections.abc import Mapping
from datetime import timedelta

from .kind import Importance, Kind, Page, Topic, Whom

_COMPLAINT = Page("complaints.show")
_CARING = (Whom.PERSON, Whom.CHANNEL_MANAGER)

KINDS: Mapping[str, Kind] = {
    "complaint_opened": Kind(
        "complaints",
        _CARING,
        Topic.CLIENTS,
        _COMPLAINT,
        Importance.DEADLINE,
        facts=("due_at",),
        deeds=("complaint_opened",),
        merges=timedelta(minutes=1),  # two hours are soon over
    ),
    "complaint_late": Kind(
        "complaints",
        _CARING,
        Topic.CLIENTS,
        _COMPLAINT,
        Importance.DEADLINE,
        facts=("due_at",),
        deeds=("complaint_step",),
        merges=timedelta(minutes=1),
    ),
    "complaint_answered": Kind("complaints", _CARING, Topic.CLIENTS, _COMPLAINT, deeds=("complaint_step",)),
    "complaint_settled": Kind("complaints", _CARING, Topic.CLIENTS, _COMPLAINT, deeds=("complaint_step",)),
    "complaint_reopened": Kind(
        "complaints",
        _CARING,
        Topic.CLIENTS,
        _COMPLAINT,
        Importance.DEADLINE,
        facts=("due_at",),
        deeds=("complaint_step",),
        merges=timedelta(minutes=1),
    ),
    "survey_answered": Kind(
        "surveys",
        (Whom.PERSON,),
        Topic.CLIENTS,
        Page("owners.show", "deal"),
        facts=("deal", "mark"),
        deeds=("survey_answered",),
    ),
    "guest_answered": Kind(
        "gathering_guests",
        (Whom.PERSON,),
        Topic.CLIENTS,
        Page("gatherings.show", "gathering"),
        facts=("gathering", "people"),
        deeds=("guest_answered",),
    ),
}
