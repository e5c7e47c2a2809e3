"""Of which events an agency's endpoint can hear, and which of them it wants."""

from collections.abc import Collection, Iterable, Mapping

from commissions.refusal import Refusal

from ..notifications.concerned import in_agency_stream
from ..notifications.kind import Kind
from ..notifications.kinds import KINDS

HEARD: Mapping[str, Kind] = {name: kind for name, kind in KINDS.items() if in_agency_stream(kind)}
"""The kinds that stand in an agency's stream."""

TEST = "webhook_test"
"""The type of what is sent to try an endpoint."""


def checked_types(chosen: Iterable[str]) -> list[str]:
    """The chosen types, each once, in their own order. Raises Refusal: webhook_types_needed, webhook_type_unknown."""
    named = set(chosen)
    for word in sorted(named - HEARD.keys()):
        raise Refusal("webhook_type_unknown", field="types", type=word)
    if not named:
        raise Refusal("webhook_types_needed", field="types")
    return [name for name in HEARD if name in named]


def wants(types: Collection[str], kind: str) -> bool:
    """Whether an endpoint hears of this kind; one without types hears of all, also of those that come later."""
    return not types or kind in types
