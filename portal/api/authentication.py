"""Who asks: an agency's system, by its key as a bearer token (RFC 6750)."""

from datetime import datetime
from functools import partial

from flask import current_app, g, request

from commissions.refusal import Refusal

from ..db import Database
from ..rules.partner_api.keys import Mode
from ..services.partner_api import callers, keys
from ..services.partner_api.callers import Caller
from ..services.sandbox.opening import Sandboxes
from ..web.edge import afterwards, database, now
from . import budgets


def authenticate() -> None:
    """Find out who asks, before anything of him is read. Raises Refusal: api_key_needed, api_too_often, and those of
    `callers.caller`. A test key is led into its sandbox."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Refusal("api_key_needed")
    try:
        with database().reading() as session:
            found = callers.caller(session, given.token, now(), request.remote_addr)
    except Refusal:
        budgets.count_stranger()
        raise
    if found.to_be_noted:
        afterwards(partial(_note, database(), found.key_id, now()))
    if found.mode is Mode.TEST:
        sandboxes: Sandboxes = current_app.extensions["sandboxes"]
        g.sandbox = sandboxes.of(found.agency_id, now())
        g.sandbox_files = sandboxes.files_of(found.agency_id, now())
        with database().reading() as session:
            found = callers.in_sandbox(session, found)
    g.caller = found


def caller() -> Caller:
    """Who asks. Only where `authenticate` has run."""
    found: Caller = g.caller
    return found


def _note(real: Database, key_id: int, at: datetime) -> None:
    with real.transaction() as session:
        keys.seen(session, key_id, at)
