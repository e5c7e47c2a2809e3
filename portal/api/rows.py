"""Rows by their identifiers: what is another agency's is not there."""

from typing import TypeVar

from commissions.refusal import Refusal

from ..access.scope import find
from ..models import Base
from ..rules.partner_api.identifiers import Prefix, number_of
from ..session import Session
from ..web.edge import db
from .authentication import caller

T = TypeVar("T", bound=Base)


def row(model: type[T], prefix: Prefix, text: str, field: str = "", *, session: Session | None = None) -> T:
    """The row that an identifier names, if the caller's agency may see it; of the request's session, or another one.

    Raises Refusal: api_not_found; api_reference_unknown where the identifier stands in a field of the request.
    """
    number = number_of(prefix, text)
    found = None if number is None else find(session or db(), caller().actor, model, number)
    if found is None:
        raise Refusal("api_reference_unknown", field=field) if field else Refusal("api_not_found")
    return found
