"""What gatherings say in several places."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from ...rules.gatherings.gathering import GatheringKind

KINDS: Mapping[GatheringKind, Any] = {
    GatheringKind.OPEN_DAY: _l("Open day"),
    GatheringKind.OWNERS_EVENING: _l("Owners' evening"),
    GatheringKind.HANDOVER_DAY: _l("Day of handovers"),
}
