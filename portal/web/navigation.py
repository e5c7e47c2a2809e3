"""Where a person can go: the places of a role, by the one permission table."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from ..access.permissions import Permission as P
from ..access.policy import may
from .components import NavigationItem
from .edge import actor


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation. `primary` places come first on a phone."""

    endpoint: str
    label: Any
    icon: str
    permission: P
    primary: bool = False


PLACES: tuple[Place, ...] = (
    Place("home.index", _l("Home"), "home", P.OWN_PROFILE, primary=True),
    Place("auth.profile", _l("Me"), "me", P.OWN_PROFILE),
)


def navigation() -> list[NavigationItem]:
    """The places that the signed-in person may go to, in order."""
    if not current_user.is_authenticated:
        return []
    here = (request.endpoint or "").split(".")[0]
    return [
        NavigationItem(
            str(place.label), url_for(place.endpoint), place.icon, place.endpoint.split(".")[0] == here, place.primary
        )
        for place in PLACES
        if may(actor(), place.permission)
    ]
