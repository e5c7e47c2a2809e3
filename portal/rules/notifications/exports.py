"""Kinds about scheduled exports: a file is ready, could not be made, or none is made any more."""

from .kind import Importance, Kind, Page, Topic, Whom

_RUN = Page("exports.run")

KINDS = {
    "export_made": Kind(
        "export_runs",
        (Whom.PERSON,),
        Topic.OPERATION,
        _RUN,
        facts=("list", "rows", "until_at"),
        deeds=("export_made",),
    ),
    "export_failed": Kind(
        "export_runs",
        (Whom.PERSON,),
        Topic.OPERATION,
        _RUN,
        Importance.DEADLINE,
        facts=("list", "why"),
        deeds=("export_failed",),
    ),
    "export_ended": Kind(
        "export_schedules",
        (Whom.PERSON,),
        Topic.OPERATION,
        Page("exports.show"),
        facts=("list", "why"),
        deeds=("export_ended",),
    ),
}
