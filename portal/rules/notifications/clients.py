"""Kinds about registrations, showings and the protection of clients."""

from datetime import timedelta

from .kind import Group, Importance, Kind, Page, Topic, Whom

_RECEIPT = Page("registrations.show", "id")
_SHOWING = Page("showings.show")

KINDS = {
    "registration_accepted": Kind(
        "registrations",
        (Whom.PERSON,),
        Topic.CLIENTS,
        _RECEIPT,
        facts=("protected_until_at",),
        deeds=("client_registered", "client_given"),
        outside=True,
        while_there=True,
    ),
    "registration_refused": Kind(
        "registrations",
        (Whom.PERSON,),
        Topic.CLIENTS,
        _RECEIPT,
        facts=("code",),
        deeds=("client_registered",),
        outside=True,
        while_there=True,
    ),
    "protection_ends": Kind(
        "registrations",
        (Whom.PERSON,),
        Topic.CLIENTS,
        _RECEIPT,
        Importance.DEADLINE,
        facts=("ends_at",),
        while_there=True,
    ),
    "left_protection_ends": Kind(
        "registrations",
        (Whom.PRINCIPALS,),
        Topic.CLIENTS,
        _RECEIPT,
        Importance.DEADLINE,
        facts=("ends_at",),
    ),
    "client_reminder": Kind(
        "registrations",
        (Whom.PERSON,),
        Topic.CLIENTS,
        _RECEIPT,
        Importance.DEADLINE,
        facts=("code",),
        while_there=True,
    ),
    "showing_verified": Kind(
        "showings",
        (Whom.PERSON,),
        Topic.CLIENTS,
        _SHOWING,
        facts=("protected_until_at",),
        deeds=("checked_in", "showing_reviewed"),
        outside=True,
        while_there=True,
    ),
    "showing_waits": Kind(
        "showings",
        (Whom.PERSON, Whom.RECEPTION, Whom.CHANNEL_MANAGER),
        Topic.CLIENTS,
        _SHOWING,
        deeds=("checked_in",),
        outside=True,
        while_there=True,
        group=Group(),
    ),
    "client_arrived": Kind(
        "showings",
        (Whom.PERSON, Whom.RECEPTION),
        Topic.CLIENTS,
        _SHOWING,
        deeds=("checked_in",),
        staff_page=Page("arrivals.index"),
        outside=True,
        while_there=True,
        merges=timedelta(minutes=1),  # they stand at the desk
        group=Group(),
    ),
    "showing_is_risky": Kind(
        "showings",
        (Whom.CHANNEL_MANAGER,),
        Topic.QUEUES,
        _SHOWING,
        Importance.DEADLINE,
        facts=("points",),
        deeds=("checked_in",),
    ),
    "showing_not_counted": Kind(
        "showings",
        (Whom.PERSON, Whom.PRINCIPALS),
        Topic.CLIENTS,
        _SHOWING,
        Importance.DEADLINE,
        deeds=("showing_reviewed",),
        outside=True,
        while_there=True,
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
        while_there=True,
    ),
}
