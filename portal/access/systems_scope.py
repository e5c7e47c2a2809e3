"""Whose are the calls of agencies' own systems, and what these were sent."""

from sqlalchemy import ColumnElement, false, select, true

from .. import models as m
from ..models import Role
from .actor import Actor


def sent_to_systems(actor: Actor) -> ColumnElement[bool]:
    """What an agency's own system was sent and answered is its principal's alone to see."""
    own = select(m.WebhookEndpoint.id).where(m.WebhookEndpoint.agency_id == actor.agency_id)
    return m.WebhookDelivery.endpoint_id.in_(own) if actor.role is Role.PRINCIPAL else false()


def calls_of_systems(actor: Actor) -> ColumnElement[bool]:
    """Who sees a key sees how often it called."""
    if actor.staff:
        return true()
    own = select(m.ApiKey.id).where(m.ApiKey.agency_id == actor.agency_id)
    return m.ApiCalls.key_id.in_(own) if actor.role is Role.PRINCIPAL else false()
