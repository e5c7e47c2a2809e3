"""The signed-in referrer."""

from flask import abort, request

from ...models import Referrer
from ...services.referral import referrers
from ..edge import actor, db


def own_referrer() -> Referrer:
    """The signed-in referrer of the development that the address names (`?of=`), or of the first; 404 for who is none
    there."""
    asked = request.args.get("of")
    mine = [one for one in referrers.own(db(), actor()) if asked in (None, "", str(one.development_id))]
    return mine[0] if mine else abort(404)
