"""Whose client it is, in plain words: a profile's settings, whose a touch is, and why something would change hands."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...rules.judgements.profile import DealFrom, WhoWins
from ...rules.judgements.protection import Kind
from ...rules.judgements.what_if import Why
from ...services.registrations.judgement_facts import Party

WHO_WINS: Mapping[WhoWins, Any] = {
    WhoWins.FIRST_REGISTERED: _l("Who registered first"),
    WhoWins.FIRST_VISITED: _l("Who brought the client to the site first"),
}

DEAL_FROM: Mapping[DealFrom, Any] = {
    DealFrom.LATEST: _l("The latest showing"),
    DealFrom.FIRST: _l("The first showing"),
}

WHYS: Mapping[Why, Any] = {
    Why.REFUSED: _l("Somebody else would have had the client then"),
    Why.ENDED: _l("The protection would have ended"),
    Why.UNSHOWN: _l("Not brought to the site, and visits would decide"),
    Why.SECOND: _l("Somebody else came to the site first"),
    Why.LATER: _l("Somebody else was there before"),
    Why.KEPT: _l("Nobody had the client any more; the protection would still run"),
}


def party(one: Party | None, people: Mapping[int, str], agencies: Mapping[int, str]) -> str:
    """Whose a touch is."""
    if one is None:
        return _("nobody’s")
    if one.kind is Kind.WALK_IN:
        return _("Walk-in")
    person = people.get(one.person_id or 0, "")
    agency = agencies.get(one.agency_id or 0)
    return f"{agency} · {person}" if agency is not None else person
