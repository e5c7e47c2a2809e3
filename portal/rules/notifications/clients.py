"""Kinds about registrations, showings and the protection of clients."""

from .kind import Importance, Kind, Page, Topic, Whom

_RECEIPT = Page("registrations.show", "id")
_SHOWING = Page("showings.show")

KINDS = {
    "registration_accepted": Kind(
        "registrations",
        (Whom.PERSON,),
        Topic.CLIENTS,
        _RECEIPT,
        facts=("protected_until_at",),
        deeds=("client_registered",),
        outside=True,
    ),
    "registration_refused": Kind(
        "registrations",
        (Whom.PERSON,),
        Topic.CLIENTS,
        _RECEIPT,
        facts=("code",),
        deeds=("client_registered",),
        outside=True,
    ),
    "protection_ends": Kind(
        "registrations",
        (Whom.PERSON,),
        Topic.CLIENTS,
        _RECEIPT,
        Importance.DEADLINE,
        facts=("ends_at",),
    ),
    "showing_verified": Kind(
        "showings",
        (Whom.PERSON,),
        Topic.CLIENTS,
        _SHOWING,
        facts=("protected_until_at",),
        deeds=("checked_in", "showing_reviewed"),
        outside=True,
    ),
    "showing_waits": Kind(
        "showings",
        (Whom.PERSON, Whom.RECEPTION, Whom.CHANNEL_MANAGER),
        Topic.CLIENTS,
        _SHOWING,
        deeds=("checked_in",),
        outside=True,
    ),
    "showing_not_counted": Kind(
        "showings",
        (Whom.PERSON, Whom.PRINCIPALS),
        Topic.CLIENTS,
        _SHOWING,
        Importance.DEADLINE,
        deeds=("showing_reviewed",),
        outside=True,
    ),
    "photo_asked_for": Kind(
        "showings",
        (Whom.PERSON,),
        Topic.CLIENTS,
        _SHOWING,
        Importance.DEADLINE,
        facts=("answer_by_at",),
        deeds=("capture_asked",),
        outside=True,
    ),
}
