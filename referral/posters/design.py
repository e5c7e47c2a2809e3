"""A poster's design as data: where things stand, in which colour and size, with which words.

A design is a TOML file (`design_file` reads it), so that an owner adds one without touching code. Text never has a
fixed place: it flows down a *stack*, a box that is proven here to hold the tallest text its lines allow. As boxes of a
design do not overlap, nothing on a poster can, whatever is written on it. And as a stack over the picture must lie on
a panel, no word stands on a busy picture.

Painted in this order: the paper, the bands, the picture, the panels; on them the mark, the QR code and the stacks.
Lengths are pixels of the finished poster; places are (left, top, width, height) from its upper left corner. What is
painted may reach out of the poster into the bleed, which the printer cuts off; what is read may not.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from string import Formatter
from typing import NamedTuple

from referral.drawing.colours import mix, parts_of
from referral.posters import advertising


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

    def grown(self, by: int) -> "Box":
        """The same, larger on every side."""
        return Box(self.left - by, self.top - by, self.width + 2 * by, self.height + 2 * by)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a design: at which place of its file, and why.

    ``reason`` is an English sentence with room for its ``facts``, so that a page can say it in another language.
    """

    place: str
    reason: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.place}: {self.reason % self.facts}"


class DesignError(ValueError):
    """All that is wrong with a design."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Page:
    """A kind of sheet: its size in pixels, its bleed, the smallest QR code that scans from it, and the smallest type.

    ``per_mm`` is how many pixels make a millimetre where it is printed, and 0 where it is only shown.
    """

    size: tuple[int, int]
    min_qr: int
    min_type: int
    bleed: int = 0
    per_mm: int = 0


PAGES: Mapping[str, Page] = {
    "phone": Page((1080, 1920), min_qr=340, min_type=16),
    "a4": Page((1680, 2376), min_qr=372, min_type=24, bleed=24, per_mm=8),
    "card": Page((1200, 630), min_qr=340, min_type=18),
}
"""A phone's screen; A4 with 3 mm of bleed at 8 pixels a millimetre; the card that a referrer sends in a chat."""

CHANGING = frozenset({"referrer", "title", "code"})
"""What differs from one referrer's poster to the next; everything else is shared by all of a development."""

SLOTS = CHANGING | {"development", "headline", "body", "brand", "permit"}
"""What a text may put in, besides the design's own words."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Where the development's picture hangs: ``rect``, ``round`` (corners of ``radius``) or ``arch``.

    ``frame`` is a hairline of the same shape around it. ``scene`` is the illustration that hangs there while a
    development has no picture (`designs.scenes`).
    """

    box: Box
    scene: str = "skyline"
    shape: str = "rect"
    radius: int = 0
    frame: Box | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A block of colour, or only its outline where ``line`` is a width; ``shadow`` lifts it off the page.

    ``fits`` names a text that stands on it: the block is no wider than that text needs, with twice the room at its end
    that stands before the first thing on it.
    """

    box: Box
    colour: str
    radius: int = 0
    line: int = 0
    shadow: bool = False
    fits: str = ""


_TRACKING = 0.07


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

    @property
    def tracking(self) -> float:
        """What stands between two signs, in parts of the size. A code is read sign by sign: set as a word, its letters
        are drawn together, and VV is read as W."""
        return _TRACKING if "code" in self.slots else 0.0

    @property
    def slots(self) -> set[str]:
        """The names that its template puts in."""
        return {name for _before, name, _spec, _conversion in Formatter().parse(self.text) if name is not None}


@dataclass(frozen=True, slots=True)
class Stack:
    """Texts one under the other in a box; ``anchor`` (top, middle, bottom) places what room is left."""

    box: Box
    texts: tuple[TextStyle, ...]
    align: str = "left"
    anchor: str = "top"

    @property
    def changes(self) -> bool:
        """Whether it says something else on another referrer's poster."""
        return any(style.slots & CHANGING for style in self.texts)

    @property
    def title(self) -> str:
        return ", ".join(style.name for style in self.texts)


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity, so that caches can hold it
class Design:
    """A whole poster, without its values. Raises DesignError when something stands where it must not."""

    name: str
    page: str
    titles: Mapping[str, str]
    margin: int
    colours: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    picture: Picture
    mark: Box
    qr: Box
    stacks: tuple[Stack, ...]
    bands: tuple[Panel, ...] = ()
    panels: tuple[Panel, ...] = ()

    def __post_init__(self) -> None:
        if faults := tuple(self._faults()):
            raise DesignError(*faults)

    def _faults(self) -> Iterator[Fault]:
        yield from self._faults_of_sizes()
        yield from self._faults_of_words()
        yield from self._faults_of_paint()
        contents = dict(self.contents())
        for place, box in contents.items():
            yield from self._faults_of_place(place, box)
        for (place, box), (other, its_box) in combinations(contents.items(), 2):
            if box.overlaps(its_box):
                yield Fault(place, "it overlaps %(other)s", {"other": other})

    @property
    def size(self) -> tuple[int, int]:
        return PAGES[self.page].size

    @property
    def bleed(self) -> int:
        return PAGES[self.page].bleed

    @property
    def whole(self) -> Box:
        """The finished poster."""
        return Box(0, 0, *self.size)

    @property
    def inside(self) -> Box:
        """What the margins leave."""
        return self.whole.grown(-self.margin)

    def contents(self) -> Iterator[tuple[str, Box]]:
        """What is read: each with its place in the file."""
        yield "mark", self.mark
        yield "qr", self.qr
        for number, stack in enumerate(self.stacks, 1):
            yield f"stack {number} ({stack.title})", stack.box

    def paper_of(self, box: Box) -> str:
        """The name of the colour behind a box."""
        filled = [one for one in (*self.bands, *self.panels) if not one.line and one.box.holds(box)]
        return filled[-1].colour if filled else "paper"

    def palette(self, own: Mapping[str, str]) -> dict[str, str]:
        """Every colour as #rrggbb; ``own`` ones stand before the design's, and mixtures follow them."""
        found: dict[str, str] = {}
        for name, text in self.colours.items():
            parts = None if name in own else parts_of(text)
            if parts is None:
                found[name] = own.get(name, text)
            else:
                found[name] = mix(found[parts[2]], found[parts[0]], parts[1])
        return found

    def _faults_of_sizes(self) -> Iterator[Fault]:
        page = PAGES[self.page]
        if self.qr.width != self.qr.height or self.qr.width < page.min_qr:
            yield Fault("qr", "it must be a square of at least %(least)s px to scan", {"least": page.min_qr})
        for (place, box), stack in zip(list(self.contents())[2:], self.stacks, strict=True):
            tallest = sum(style.max_height for style in stack.texts)
            if tallest > box.height:
                reason = "its texts need %(need)s px and have %(have)s"
                yield Fault(place, reason, {"need": tallest, "have": box.height})
            for style in stack.texts:
                if not page.min_type <= style.min_size <= style.size:
                    reason = "min_size must be from %(least)s px to its size"
                    yield Fault(f"{place}, {style.name}", reason, {"least": page.min_type})

    def _faults_of_words(self) -> Iterator[Fault]:
        names = [style.name for stack in self.stacks for style in stack.texts]
        if twice := {name for name in names if names.count(name) > 1}:
            yield Fault("stacks", "a text's name stands once, and these stand twice: %(names)s", _listed(twice))
        spoken = {slot for stack in self.stacks for style in stack.texts for slot in style.slots}
        for lang, words in self.words.items():
            if missing := spoken - SLOTS - words.keys():
                yield Fault(f"words, {lang}", "%(names)s is missing", _listed(missing))
            for key, text in words.items():
                if found := advertising.find(text):
                    yield Fault(f"words, {lang}, {key}", "no advertisement may say %(word)s", {"word": found.word})
        if missing := {"referrer", "code", "permit"} - spoken:
            yield Fault("stacks", "no text says %(names)s", _listed({f"{{{name}}}" for name in missing}))
        for stack in self.stacks:
            for style in stack.texts:
                if found := advertising.find(style.text):
                    yield Fault(style.name, "no advertisement may say %(word)s", {"word": found.word})

    def _faults_of_paint(self) -> Iterator[Fault]:
        """What is painted to the edge goes on into the bleed, so that no cut leaves a white hair."""
        painted = [("picture", self.picture.box)]
        painted += [(f"band {number}", one.box) for number, one in enumerate(self.bands, 1)]
        painted += [(f"panel {number}", one.box) for number, one in enumerate(self.panels, 1)]
        outer = self.whole.grown(self.bleed)
        for place, box in painted:
            if not outer.holds(box):
                yield Fault(place, "it leaves the poster and its bleed" if self.bleed else "it leaves the poster")
                continue
            edges = zip(_edges(box), _edges(self.whole), _edges(outer), strict=True)
            if any(-own <= -trim and own != cut for own, trim, cut in edges):
                reason = "it reaches the edge, so it must reach %(bleed)s px beyond it"
                yield Fault(place, reason, {"bleed": self.bleed})
        if self.picture.frame is not None and not self.picture.frame.holds(self.picture.box):
            yield Fault("picture, frame", "it does not hold the picture")

    def _faults_of_place(self, place: str, box: Box) -> Iterator[Fault]:
        """In the margins; wholly on a panel or wholly off it; on one where the picture is behind."""
        if not self.inside.holds(box):
            yield Fault(place, "it leaves the margins")
        for kind, painted in (("band", self.bands), ("panel", self.panels)):
            for number, one in enumerate(painted, 1):
                inner = one.box.grown(-one.line)
                if one.box.overlaps(box) and not inner.holds(box):
                    yield Fault(place, "it crosses the edge of %(other)s", {"other": f"{kind} {number}"})
        on_panel = any(one.box.holds(box) and not one.line for one in self.panels)
        if (self.picture.frame or self.picture.box).overlaps(box) and not on_panel:
            yield Fault(place, "it stands on the picture: put a panel under it")


def line_height(size: int, leading: int) -> int:
    return -(-size * leading // 100)


def _edges(box: Box) -> tuple[int, int, int, int]:
    """Left, top, right and bottom so that further out is larger."""
    return -box.left, -box.top, box.right, box.bottom


def _listed(names: Iterable[str]) -> dict[str, object]:
    return {"names": ", ".join(sorted(names))}
