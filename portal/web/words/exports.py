"""What is said of scheduled exports: refusals, and the audit log."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

REFUSALS: Mapping[str, Any] = {
    "export_schedule_there": _l(
        "You already have this list sent like this. Change that one, or choose another rhythm."
    ),
    "export_too_many": _l("You have %(most)s regular exports. End one that you do not need before you add another."),
    "export_schedule_over": _l("This one has ended. Ask for the list again from its own page."),
    "export_over": _l("This file cannot be taken any more. The next one comes when it is due."),
}

ACTIONS: Mapping[str, Any] = {
    "export_scheduled": _l("Asked for a list regularly"),
    "export_changed": _l("Changed a regular export"),
    "export_paused": _l("Paused a regular export"),
    "export_resumed": _l("Resumed a regular export"),
    "export_ended": _l("Ended a regular export"),
    "export_made": _l("Made the file of a regular export"),
    "export_failed": _l("Gave up the file of a regular export"),
    "export_taken": _l("Took the file of a regular export"),
}

SUBJECTS: Mapping[str, Any] = {
    "export_schedules": _l("Regular export"),
    "export_runs": _l("File of a regular export"),
}
