"""Who asks: an agency's system, by its key as a bearer token (RFC 6750)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from flask import current_app, g, request

from commissions.refusal import Refusal

from ..db import Database
from ..rules.partner_api.keys import Mode
from ..services.partner_api import callers, keys
from ..services.partner_api.callers import Caller
from ..services.sandbox import worker
from ..services.sandbox.opening import Sandboxes
from ..services.sandbox.worker import Own
from ..services.webhooks.background import WEBHOOKS, api_base
from ..web.edge import afterwards, config, database, now, senders
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
        agency_id, real = found.agency_id, current_app.extensions["database"]
        with database().reading() as session:
            found = callers.in_sandbox(session, found)
        own = Own(agency_id, found.agency_id, now(), api_base(config()))
        afterwards(partial(_pass_on, senders()[WEBHOOKS].wake, real, database(), own))
    g.caller = found


def caller() -> Caller:
    """Who asks. Only where `authenticate` has run."""
    found: Caller = g.caller
    return found


def _pass_on(wake: Callable[[], None], real: Database, sandbox: Database, own: Own) -> None:
    """Tell the agency's test endpoints what happened in its sandbox."""
    if worker.run_due(real, sandbox, own):
        wake()


def _note(real: Database, key_id: int, at: datetime) -> None:
    with real.transaction() as session:
        keys.seen(session, key_id, at)
