"""A face's vector at rest: sealed, and opened for nothing but comparing."""

from ...adapters.faces.engine import Template
from ...session import Session
from ..contacts import vault_of

_TEMPLATE = "face.template"


def seal_template(session: Session, template: Template) -> bytes:
    """A template as it is stored."""
    return vault_of(session).seal(template.to_bytes(), _TEMPLATE)


def open_template(session: Session, sealed: bytes) -> Template:
    """A stored template in plain: for comparing, never for showing. Raises SealBroken."""
    return Template.from_bytes(vault_of(session).open(sealed, _TEMPLATE))
