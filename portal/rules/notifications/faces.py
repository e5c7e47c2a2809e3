"""Kinds about enrolled faces and what is erased of them."""

from .kind import Importance, Kind, Page, Topic, Whom

_MINE = Page("faces.mine")

KINDS = {
    "face_waits": Kind(
        "face_enrolments",
        (Whom.PRINCIPALS, Whom.RECEPTION, Whom.CHANNEL_MANAGER),
        Topic.QUEUES,
        Page("enrolments.show"),
        deeds=("face_waits",),
    ),
    "face_confirmed": Kind("face_enrolments", (Whom.PERSON,), Topic.CLIENTS, _MINE, deeds=("face_confirmed",)),
    "face_refused": Kind(
        "face_enrolments", (Whom.PERSON,), Topic.CLIENTS, _MINE, Importance.DEADLINE, deeds=("face_refused",)
    ),
    "face_taken_back": Kind(
        "people",
        (Whom.PRIVACY_OFFICER,),
        Topic.SECURITY,
        Page("subjects.person"),
        deeds=("face_consent_withdrawn",),
    ),
    "face_erased": Kind(
        "people",
        (Whom.PERSON,),
        Topic.SECURITY,
        _MINE,
        Importance.SECURITY,
        deeds=("face_erased_on_request",),
    ),
    "faces_to_file": Kind(
        "portal",
        (Whom.PRIVACY_OFFICER,),
        Topic.SECURITY,
        Page("privacy.index"),
        Importance.DEADLINE,
        facts=("stored", "most"),
    ),
    "client_face_taken_back": Kind(
        "clients",
        (Whom.PRIVACY_OFFICER,),
        Topic.SECURITY,
        Page("subjects.client"),
        deeds=("client_consent_withdrawn",),
    ),
}
