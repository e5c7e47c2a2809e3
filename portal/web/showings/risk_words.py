"""Why a showing stands where it stands in the review queue, in words."""

from flask_babel import gettext as _
from flask_babel import ngettext

from ...models import Showing
from ...rules.showings.risk import Ground, Risk
from ..words.showings import explained


def grounds(showing: Showing, risk: Risk) -> list[tuple[str, int]]:
    """Each ground of the figure, worded, with what it adds; the weightiest first."""
    said = {reason["code"]: str(words.said) for reason, words in zip(showing.reasons, explained(showing), strict=True)}
    return [(said.get(ground.code) or _worded(ground), ground.points) for ground in risk.grounds]


def _worded(ground: Ground) -> str:
    if ground.code == "earlier_strikes":
        return ngettext(
            "The broker had %(num)d strike in the twelve months before.",
            "The broker had %(num)d strikes in the twelve months before.",
            ground.count,
        )
    return {
        "nearness": _("The likeness goes far beyond its limit."),
        "rejected": _("There is hard evidence."),
        "needs_review": _("There is doubt."),
    }[ground.code]
