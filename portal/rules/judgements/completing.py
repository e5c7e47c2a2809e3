"""What becomes of a masked touch (隐号报备) whose full number is shown: it stands with its own old time, or a person
decides. `judging` asks here about a file, and the services about what is stored."""

from dataclasses import dataclass
from enum import StrEnum


class Doubt(StrEnum):
    """Why a person decides whose client it is."""

    HELD = "held"
    """somebody had the client when it came"""
    OLDER_MASK = "older_mask"
    """an older masked touch fits the number, too"""
    SOLD = "sold"
    """the client had subscribed, and nobody else might come then"""
    OTHER_NUMBER = "other_number"
    """it fits another number, too, whose client somebody else has"""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a masked touch when its number is shown. The first three are about the instant when it came."""

    held: bool = False
    older_mask: bool = False
    sold: bool = False
    other_number: bool = False


def doubt_of(found: Found) -> Doubt | None:
    """Why it does not simply stand, or None. Only what was there before it counts, and another number that it fits."""
    if found.held:
        return Doubt.HELD
    if found.older_mask:
        return Doubt.OLDER_MASK
    if found.sold:
        return Doubt.SOLD
    return Doubt.OTHER_NUMBER if found.other_number else None
