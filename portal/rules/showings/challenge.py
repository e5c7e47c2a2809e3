"""The challenge of a live capture: look straight, then turn to the side that the server drew (rules 3.1).

It shows that the broker in front of the camera moved as he was asked within the minute. A print held up does not
turn that far: a turned flat one reached 0.29 eye distances at its 99th percentile. A film on a good screen can.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """Whither the broker turns his head: to his own left or right.

    Photos are stored as others see him, so his left is the picture's right. Only the preview on the phone is
    mirrored: there, as in a looking-glass, his left is on the left.
    """

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Turn:
    """What the two shots show of the broker; None: there was no face to measure.

    in_page: both shots came from the page's own camera, as far as the page says.
    similarity: of the straight face and the turned one.
    moved: the way of the nose to the side that was asked for, in eye distances; negative is the other way.
    unanswered: how many sides were told for this client within the hour, and left unanswered.
    """

    in_page: bool
    similarity: float | None = None
    moved: float | None = None
    unanswered: int = 0


def moved(side: Side, straight: float, turned: float) -> float:
    """How far the nose went to the side that was asked for, by its offsets in the two pictures (positive is the
    picture's right)."""
    return turned - straight if side is Side.LEFT else straight - turned
