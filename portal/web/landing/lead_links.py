"""A lead's own page: the link that only the friend who left the number is given."""

from flask import abort

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ...services.leads import receipts as lead_receipts
from ...services.leads.receipts import Visit
from ..edge import config, db, now

_LEADS_OWN = "a lead's own page"


def signed(key: str) -> str:
    """The receipt's key says who came when, to anybody who is shown it. To do anything takes this link, signed for
    that."""
    return sign_link(_LEADS_OWN, key, config().secret_key.encode())


def opened(token: str) -> Visit:
    """What a link is of that we signed for a friend; 404 for any other."""
    try:
        key = verify_link(token, _LEADS_OWN, config().secret_key.encode(), now())
    except Refusal:
        abort(404)
    visit = lead_receipts.by_key(db(), key)
    if visit is None:
        abort(404)
    return visit
