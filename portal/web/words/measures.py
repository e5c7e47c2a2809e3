"""What was done around the board of measures, as the audit log says it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

ACTIONS: Mapping[str, Any] = {
    "measure_board_proposed": _l("Proposed targets of the board"),
    "measure_board_published": _l("Published targets of the board"),
    "measure_board_refused": _l("Sent targets of the board back"),
    "measure_board_withdrawn": _l("Withdrew targets of the board"),
    "measure_entered": _l("Entered a figure of the board"),
    "measure_corrected": _l("Corrected a figure of the board"),
    "measure_seal_proposed": _l("Proposed to seal a month of the board"),
    "measure_seal_confirmed": _l("Sealed a month of the board"),
    "measure_seal_refused": _l("Sent the sealing of a month back"),
    "measure_seal_withdrawn": _l("Withdrew the sealing of a month"),
}
