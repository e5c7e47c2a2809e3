"""Counting a scan: after the answer, in a transaction of its own, and never to the visitor's cost.

A landing page is read with a session that cannot write, and it is read on a bad network by somebody who has never heard
of us. So the count waits until the answer is sent, and whatever goes wrong with it is ours alone (ADR 8).
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from flask import request

from ...db import Database
from ...rules.referral.scan import is_person
from ...services.leads.leads import Origin
from ...services.posters import posters
from ...services.posters.posters import PosterSettings
from ...services.referral import scans
from ...services.referral.scans import Visitor
from ..edge import afterwards, config, database, db, now

log = logging.getLogger(__name__)

_LONGEST = 512
"""Letters of a browser's name that tell visitors apart; the rest is nobody's business and an attacker's room."""


def origin() -> Origin:
    """Which poster and which place the address names."""
    known = posters.known_designs(db(), PosterSettings.of(config()))
    return Origin(scans.design_of(request.args.get("d"), known), scans.campaign_of(request.args.get("c")))


def visitor() -> Visitor:
    """Who seems to ask."""
    return Visitor(request.remote_addr or "", request.headers.get("User-Agent", "")[:_LONGEST])


def count_afterwards(referrer_id: int) -> None:
    """Count the request as a scan when it is answered, if a person seems to have made it."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not is_person(request.method, headers):
        return
    scan = _Scan(referrer_id, origin(), visitor())
    opened, at = database(), now()
    afterwards(lambda: _count(opened, at, scan))


@dataclass(frozen=True, slots=True)
class _Scan:
    """What is known of a scan until it is counted."""

    referrer_id: int
    origin: Origin
    visitor: Visitor


def _count(opened: Database, at: datetime, scan: _Scan) -> None:
    try:
        with opened.transaction() as session:
            scans.count_scan(
                session,
                at,
                referrer_id=scan.referrer_id,
                design=scan.origin.design,
                campaign=scan.origin.campaign,
                address=scan.visitor.address,
                agent=scan.visitor.agent,
            )
    except Exception:
        log.exception("a scan was not counted")  # the visitor has the page; a count is not worth more than a line
