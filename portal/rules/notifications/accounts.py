"""Kinds about accounts and their safety."""

from .kind import Importance, Kind, Page, Topic, Whom

KINDS = {
    "new_device": Kind(
        "people",
        (Whom.PERSON,),
        Topic.SECURITY,
        Page("auth.profile"),
        Importance.SECURITY,
        deeds=("signed_in",),
    ),
}
