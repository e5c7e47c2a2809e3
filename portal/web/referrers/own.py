"""The signed-in referrer: one in each development that the person refers for."""

from collections.abc import Sequence
from typing import Any

from flask import abort, request, url_for

from ...models import Referrer
from ...services.referral import referrers
from ..edge import actor, db


def own_referrers() -> Sequence[Referrer]:
    """All that the signed-in person is, in the order of joining; 404 for an account that has not been made one."""
    return referrers.own(db(), actor()) or abort(404)


def own_referrer() -> Referrer:
    """The one of the development that the address names (`?of=`), or the first; 404 for who is none there."""
    return asked_for(own_referrers()) or own_referrers()[0]


def asked_for(mine: Sequence[Referrer]) -> Referrer | None:
    """The one of the development that the address names; None where it names none and there are several, so that all
    are meant."""
    asked = request.args.get("of", "")
    if not asked:
        return mine[0] if len(mine) == 1 else None
    return next((one for one in mine if str(one.development_id) == asked), None) or abort(404)


def of(mine: Sequence[Referrer], chosen: Referrer | None) -> dict[str, Any]:
    """What addresses carry along, so that what follows is of the same development; nothing where there is but one."""
    return {"of": chosen.development_id} if chosen is not None and len(mine) > 1 else {}


def places(
    endpoint: str, mine: Sequence[Referrer], chosen: Referrer | None, everything: str = ""
) -> list[tuple[str, str, bool]]:
    """The developments to go to and fro between, as tabs; none where there is but one. `everything`: the first tab's
    word, where a page tells all of them together."""
    if len(mine) < 2:
        return []
    each = [(one.development.name, url_for(endpoint, of=one.development_id), one is chosen) for one in mine]
    return [(everything, url_for(endpoint), chosen is None), *each] if everything else each
