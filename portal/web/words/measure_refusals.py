"""Refusals around the board of measures, in words; `messages` holds them with the others."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

MEASURES: Mapping[str, Any] = {
    "measure_board_syntax": _l("This is not well-formed: line %(line)s, column %(column)s."),
    "measure_board_wrong": _l("%(place)s is missing, unknown, or cannot be so. Expected: %(expected)s."),
    "measure_board_weights": _l("The weights sum to %(sum)s. They must sum to 100."),
    "measure_board_month": _l(
        "Choose a month from %(earliest)s to %(latest)s: months that have begun keep their targets."
    ),
    "measure_board_month_taken": _l(
        "Other targets for the same place already begin in %(month)s. Choose another month."
    ),
    "measure_board_none_own": _l("It has no targets of its own in that month."),
    "measure_entry_month": _l("Choose a month from %(earliest)s to %(latest)s."),
    "measure_entry_value": _l("This cannot be: enter what there was, with at least one on the other side."),
    "measure_entry_part": _l("That are more than follow the account. Look at both numbers again."),
    "measure_entry_reason_needed": _l("Something stands there already. Say why it is corrected."),
    "measure_entry_twice": _l("Row %(first)s says the same thing already."),
    "measure_month_running": _l("%(month)s is not over yet. Seal it when it is."),
    "measure_month_sealed": _l("%(month)s is sealed already."),
    "measure_month_proposed": _l("Somebody proposed to seal %(month)s already. Another person decides."),
    "measure_list_heading": _l(
        "We found no heading with the month, the measure and its two numbers. Use the template."
    ),
    "measure_list_empty": _l("There is nothing below the heading."),
    "measure_list_long": _l("One file may hold %(most)s rows. Split it."),
    "measure_list_lost": _l("The page was open for too long. Choose the file again."),
    "measure_row_formula": _l("A formula stands there. Put its result there, as a value."),
    "measure_row_development": _l("There is no development called %(name)s."),
    "measure_row_month": _l("“%(text)s” is no month such as 2026-11."),
    "measure_row_measure": _l("“%(text)s” is neither WeChat's interaction nor the cost of a lead."),
    "measure_row_number": _l("One of the two numbers cannot be read."),
}
