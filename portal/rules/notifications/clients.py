"""Kinds about registrations, showings and the protection of clients."""

from .kind import Kind, Page, Topic, Whom

_RECEIPT = Page("registrations.show", "id")

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
}
