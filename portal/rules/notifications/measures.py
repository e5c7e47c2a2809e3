"""Kinds about the board of measures: its targets, what is entered, and months that are sealed."""

from .kind import Importance, Kind, Page, Topic, Whom

_BOARD = Page("measure_boards.show")
_SEAL = Page("measure_seals.show")
_DECIDERS = (Whom.CHANNEL_MANAGER, Whom.FINANCE)

KINDS = {
    "measure_board_waits": Kind(
        "measure_boards", _DECIDERS, Topic.QUEUES, _BOARD, facts=("month",), deeds=("measure_board_proposed",)
    ),
    "measure_board_decided": Kind(
        "measure_boards",
        (Whom.PERSON, *_DECIDERS),
        Topic.OPERATION,
        _BOARD,
        facts=("outcome", "month"),
        deeds=("measure_board_published", "measure_board_refused"),
    ),
    "measure_corrected": Kind(
        "measure_entries",
        (Whom.PERSON,),
        Topic.OPERATION,
        Page("measure_entries.index", number=""),
        facts=("month", "measure"),
        deeds=("measure_corrected",),
    ),
    "measures_missing": Kind(
        "developments",
        (Whom.CHANNEL_MANAGER,),
        Topic.OPERATION,
        Page("measure_entries.index", number=""),
        Importance.DEADLINE,
        facts=("month",),
    ),
    "measure_seal_waits": Kind(
        "measure_seals", _DECIDERS, Topic.QUEUES, _SEAL, facts=("month",), deeds=("measure_seal_proposed",)
    ),
    "measure_seal_decided": Kind(
        "measure_seals",
        (Whom.PERSON,),
        Topic.OPERATION,
        _SEAL,
        facts=("outcome", "month"),
        deeds=("measure_seal_confirmed", "measure_seal_refused"),
    ),
}
