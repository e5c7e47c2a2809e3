"""Several registrations at once (批量报备): one after another, each with an outcome of its own."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from commissions.refusal import Refusal

from ...rules.partner_api.keys import Scope
from ...web.edge import db
from ..fields import Asked, Problem, Shown
from ..operations import Operation, operation
from ..problems import said_of
from . import former
from .registrations import EXAMPLE, TAG, RegistrationAsked, RegistrationShown, registered, shown

bp = Blueprint("api_batches", __name__)

MOST_AT_ONCE = 100


class BatchAsked(Asked):
    """Several clients at once, each with an outcome of its own."""

    registrations: list[RegistrationAsked] = Field(min_length=1, max_length=MOST_AT_ONCE)


class BatchItem(Shown):
    """What became of one of several: a registration, or why there is none."""

    registration: RegistrationShown | None
    problem: Problem | None


class BatchShown(Shown):
    """In the order in which they were sent."""

    items: list[BatchItem]


@operation(
    bp,
    Operation(
        "createRegistrations",
        "POST",
        "/registrations/batch",
        Scope.REGISTRATIONS_WRITE,
        TAG,
        _l("Register up to a hundred clients"),
        {200: BatchShown},
        body=BatchAsked,
        example={"registrations": [EXAMPLE]},
        description=_l("Each has an outcome of its own; one that cannot be read does not keep out the others."),
        former=former.BATCH,
    ),
)
def create_batch(asked: BatchAsked) -> BatchShown:
    """Register several clients, one after another, in the order in which they stand."""
    return BatchShown(items=[_item(one) for one in asked.registrations])


def _item(asked: RegistrationAsked) -> BatchItem:
    try:
        with db().begin_nested():
            return BatchItem(registration=shown(registered(asked)), problem=None)
    except Refusal as refusal:
        return BatchItem(registration=None, problem=said_of(refusal))
