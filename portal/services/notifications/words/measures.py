"""Words about the board of measures: its targets, what is entered, and months that are sealed."""

from collections.abc import Mapping

from ..marks import N_
from ..wording import Told, Words

_PUBLISHED: Mapping[str, str] = {"published": N_("published"), "refused": N_("sent back")}
_SEALED: Mapping[str, str] = {"confirmed": N_("confirmed"), "refused": N_("sent back")}
_MEASURES: Mapping[str, str] = {"wechat": N_("WeChat interaction"), "own_media": N_("What a lead costs")}

WORDS: Mapping[str, Told] = {
    "measure_board_waits": {
        None: Words(
            N_("Targets of the board from %(month)s on wait for a second person"),
            N_("Targets, weights or edges are to change."),
            N_("Publish them, or send them back."),
        )
    },
    "measure_board_decided": {
        None: Words(
            N_("The targets of the board from %(month)s on were %(outcome)s"),
            N_("On %(at)s, by a second person."),
            terms={"outcome": _PUBLISHED},
        )
    },
    "measure_corrected": {
        None: Words(
            N_("What you entered for %(month)s was corrected"),
            N_("%(measure)s. The reason stands beside it."),
            terms={"measure": _MEASURES},
        )
    },
    "measures_missing": {
        None: Words(
            N_("Figures of %(month)s are missing in %(development)s"),
            N_("WeChat's interaction or the cost of a lead was not entered yet."),
            N_("Enter them, or bring in a file."),
        )
    },
    "measure_seal_waits": {
        None: Words(
            N_("The board of %(month)s waits for a second person to seal it"),
            N_("Sealed, its figures and targets stay as they are."),
            N_("Look at the figures, then seal the month or send it back."),
        )
    },
    "measure_seal_decided": {
        None: Words(
            N_("Your proposal to seal %(month)s was %(outcome)s"),
            N_("On %(at)s, by a second person."),
            terms={"outcome": _SEALED},
        )
    },
}
