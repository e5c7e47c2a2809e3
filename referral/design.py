"""A poster's design as data: where things stand, in which colour and size, with which words.

A design is a TOML file in ``designs/``, so that an owner adds one without touching code. Text never has a
fixed place: it flows down a *stack*, a box that is proven here to hold the tallest text its lines allow. As
boxes of a design do not overlap, nothing on a poster can, whatever is written on it.

Lengths are pixels of the finished poster; places are (left, top, width, height).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Any, NamedTuple, Self


class Box(NamedTuple):
    """A rectangle: left, top, width, height."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


@dataclass(frozen=True, slots=True)
class TextStyle:
    """One text of a stack: ``text`` is a template over the values and the design's words.

    It has the room of ``max_lines`` lines at ``size``; a longer text shrinks towards ``min_size`` until it
    fits that room, and is cut with an ellipsis only then. ``leading`` is the line height in hundredths of the
    size; ``gap`` stands above the text.
    """

    name: str
    text: str
    size: int
    min_size: int
    colour: str
    weight: int = 400
    leading: int = 150
    max_lines: int = 1
    gap: int = 0

    @property
    def max_height(self) -> int:
        return self.gap + self.max_lines * line_height(self.size, self.leading)


@dataclass(frozen=True, slots=True)
class Stack:
    """Texts one under the other in a box; ``anchor`` (top, middle, bottom) places what room is left."""

    box: Box
    texts: tuple[TextStyle, ...]
    align: str = "left"
    anchor: str = "top"
    paper: str = "paper"  # the colour behind it, against which its own must be readable

    def __post_init__(self) -> None:
        tallest = sum(style.max_height for style in self.texts)
        if tallest > self.box.height:
            names = ", ".join(style.name for style in self.texts)
            raise ValueError(f"the stack of {names} needs {tallest} px and has {self.box.height}")


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity, so that caches can hold it
class Design:
    """A whole poster, without its values. Raises ValueError when its boxes overlap or leave the margins."""

    name: str
    size: tuple[int, int]
    margin: int
    colours: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    frame: Box  # a hairline arch around the picture
    picture: Box
    card: Box
    mark: Box
    qr: Box
    stacks: tuple[Stack, ...] = field(default=())

    def __post_init__(self) -> None:
        boxes = [self.frame, self.mark, self.qr, *(stack.box for stack in self.stacks)]
        if any(one.overlaps(other) for one, other in combinations(boxes, 2)):
            raise ValueError(f"design {self.name}: boxes overlap")
        if not self.frame.holds(self.picture):
            raise ValueError(f"design {self.name}: the picture leaves its frame")
        if not all(self.inside.holds(box) for box in [self.card, *boxes]):
            raise ValueError(f"design {self.name}: a box leaves the margins")

    @property
    def inside(self) -> Box:
        """What the margins leave."""
        width, height = self.size
        return Box(self.margin, self.margin, width - 2 * self.margin, height - 2 * self.margin)

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read a design. Raises ValueError or TypeError for what a design cannot be."""
        table = tomllib.loads(text)
        for key in ("frame", "picture", "card", "mark", "qr"):
            table[key] = Box(*table[key])
        table["size"] = tuple(table["size"])
        table["stacks"] = tuple(_stack(stack) for stack in table["stacks"])
        return cls(**table)


def line_height(size: int, leading: int) -> int:
    return -(-size * leading // 100)


@cache
def load(name: str) -> Design:
    """The design of this name among the ones that come with the house. Raises FileNotFoundError."""
    return Design.from_toml((files("referral") / "designs" / f"{name}.toml").read_text("utf-8"))


def readable(colour: str, paper: str, contrast_tenths: int = 45) -> str:
    """The colour, moved towards black or white until it reads on the paper (WCAG 2.2 AA: 4.5 to 1).

    An owner's brand colour may be any; the poster's words must be legible on all of them.
    """
    ink = "#000000" if _luminance(paper) > 0.18 else "#ffffff"
    for share in range(0, 101, 10):
        shade = mix(colour, ink, share)
        if contrast(shade, paper) * 10 >= contrast_tenths:
            return shade
    return ink


def mix(one: str, other: str, percent: int) -> str:
    """``one`` with so many per cent of ``other``; colours are #rrggbb."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    return "#" + "".join(f"{(a * (100 - percent) + b * percent) // 100:02x}" for a, b in pairs)


def rgb(colour: str) -> tuple[int, int, int]:
    """Raises ValueError for anything but #rrggbb."""
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError(f"not a colour: {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _stack(table: dict[str, Any]) -> Stack:
    styles = tuple(TextStyle(**style) for style in table.pop("texts"))
    return Stack(box=Box(*table.pop("box")), texts=styles, **table)
