"""The signed-in referrer."""

from flask import abort

from ...models import Referrer
from ...services.referral import referrers
from ..edge import actor, db


def own_referrer() -> Referrer:
    """The signed-in referrer, or 404 for an account that has not been made one."""
    referrer = referrers.own(db(), actor())
    if referrer is None:
        abort(404)
    return referrer
