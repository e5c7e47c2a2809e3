"""Where every line of a poster stands: texts flow down their stacks, wrap, shrink, and are cut at the last.

Drawn as pixels (`poster`) or as type on paper (a PDF), the lines stand at the same places.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from referral.code import grouped
from referral.drawing.colours import readable
from referral.drawing.typefaces import EM_ABOVE_BASELINE, drawable, measure, typeface
from referral.drawing.typeset import break_lines, cut, parts_a_clause
from referral.posters.design import Box, Design, Panel, Stack, TextStyle, line_height

_DISPLAY = 700  # the weight of what is read from afar
_SMALLER_FOR_MEANING = 0.8


@dataclass(frozen=True, slots=True)
class PosterValues:
    """What one poster says. ``picture`` is the development's, as bytes of a JPEG, PNG or WebP file.

    ``colours`` (``primary``, ``accent`` …, each #rrggbb) stand before the design's own. ``title`` stands under the
    referrer's name, where the design has a place for it. ``permit`` is the number under which the homes may be sold.
    ``label``, where it says something, stands for the design's word `from`: a programme recommends nobody.
    ``own_code`` is the code that the referrer chose: it is printed as it was chosen, instead of the drawn one.
    """

    development: str
    headline: str
    body: tuple[str, ...]
    referrer: str
    code: str
    brand: str
    permit: str
    title: str = ""
    label: str = ""
    own_code: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: where it begins, on which baseline, how large and bold, in which colour (#rrggbb).

    ``tracking`` are the pixels between two signs of a line that is read sign by sign; 0 where it is set as words.
    """

    text: str
    left: float
    baseline: float
    size: int
    weight: int
    colour: str
    tracking: float = 0.0

    def parts(self) -> list[tuple[str, float]]:
        """What is drawn at once, and where it begins: the line, or each sign of it."""
        if not self.tracking:
            return [(self.text, self.left)]
        wide = measure(self.size, self.weight, self.tracking)
        return [(sign, self.left + wide(self.text[:place])) for place, sign in enumerate(self.text)]


@dataclass(frozen=True, slots=True)
class Setting:
    """The lines of some stacks, and by the names of the texts the rectangle that their ink fills."""

    lines: tuple[Line, ...]
    boxes: Mapping[str, Box]


def texts_of(design: Design, values: PosterValues, lang: str) -> dict[str, str]:
    """Every text style's finished text. Values are only ever put in, never read as templates themselves."""
    slots = dict(design.words[lang]) | {
        "development": values.development,
        "headline": values.headline,
        "body": "\n".join(values.body),
        "referrer": values.referrer,
        "title": values.title,
        "code": values.own_code or grouped(values.code),
        "brand": values.brand,
        "permit": values.permit,
    }
    if values.label:
        slots["from"] = values.label
    return {style.name: drawable(style.text.format_map(slots)) for stack in design.stacks for style in stack.texts}


def fitted(design: Design, panel: Panel, texts: Mapping[str, str]) -> Box:
    """The box of a panel: narrower where it fits a text that says little."""
    found = [(stack, style) for stack in design.stacks for style in stack.texts if style.name == panel.fits]
    if not found or panel.fits not in texts:
        return panel.box
    stack, style = found[0]
    size, lines = _fit(texts[style.name], style, stack.box.width)
    wide = max((measure(size, style.weight)(line) for line in lines), default=0)
    held = [box for _place, box in design.contents() if panel.box.holds(box)]
    pad = min((box.left for box in held), default=panel.box.left) - panel.box.left
    end = math.ceil(stack.box.left + wide) + 2 * pad
    return panel.box._replace(width=min(panel.box.width, end - panel.box.left))


def set_stacks(
    design: Design, stacks: Iterable[Stack], texts: Mapping[str, str], palette: Mapping[str, str]
) -> Setting:
    """Set the texts of these stacks of a design."""
    lines: list[Line] = []
    boxes: dict[str, Box] = {}
    for stack in stacks:
        paper = palette[design.paper_of(stack.box)]
        for style, top, size, words in _flow(stack, texts):
            placed = _place(stack, style, top, size, words, readable(palette[style.colour], paper))
            lines += placed
            boxes[style.name] = _ink(placed)
    return Setting(tuple(lines), boxes)


def _flow(stack: Stack, texts: Mapping[str, str]) -> Iterable[tuple[TextStyle, int, int, list[str]]]:
    """Each text that says something, with where it begins, its size and its lines."""
    fitted = [(style, *_fit(texts[style.name], style, stack.box.width)) for style in stack.texts]
    fitted = [entry for entry in fitted if entry[2]]
    height = sum(style.gap + len(words) * line_height(size, style.leading) for style, size, words in fitted)
    free = stack.box.height - height
    level = stack.box.top + {"top": 0, "middle": free // 2, "bottom": free}[stack.anchor]
    for style, size, words in fitted:
        level += style.gap
        yield style, level, size, words
        level += len(words) * line_height(size, style.leading)


def _fit(text: str, style: TextStyle, width: int) -> tuple[int, list[str]]:
    """The largest size at which the text fits its room, and the lines; cut with an ellipsis at the least.

    What is read from afar is set a little smaller where no clause is parted then.
    """
    room = style.max_lines * line_height(style.size, style.leading)
    largest: tuple[int, list[str]] | None = None
    for size in range(style.size, style.min_size - 1, -2):
        if largest and size < largest[0] * _SMALLER_FOR_MEANING:
            break
        lines = break_lines(text, width, measure(size, style.weight, size * style.tracking))
        if len(lines) * line_height(size, style.leading) > room:
            continue
        if style.weight < _DISPLAY or not parts_a_clause(lines, text):
            return size, lines
        largest = largest or (size, lines)
    if largest:
        return largest
    fitting = room // line_height(style.min_size, style.leading)
    least = style.min_size
    return least, cut(text, fitting, width, measure(least, style.weight, least * style.tracking))


def _place(stack: Stack, style: TextStyle, top: int, size: int, words: list[str], colour: str) -> list[Line]:
    step, tracking = line_height(size, style.leading), size * style.tracking
    placed = []
    for number, text in enumerate(words):
        room = stack.box.width - _length(text, size, style.weight, tracking)
        left = stack.box.left + {"left": 0.0, "centre": room / 2, "right": room}[stack.align]
        baseline = top + number * step + (step - size) / 2 + size * EM_ABOVE_BASELINE
        placed.append(Line(text, left, baseline, size, style.weight, colour, tracking))
    return placed


def _length(text: str, size: int, weight: int, tracking: float) -> float:
    """How wide a line is drawn: a tracked one without what would stand after its last sign."""
    return measure(size, weight, tracking)(text) - tracking if tracking else typeface(size, weight).getlength(text)


def _ink(lines: list[Line]) -> Box:
    """The rectangle that the ink of some lines fills."""
    parts = [(line, text, at) for line in lines for text, at in line.parts()]
    inks = [typeface(line.size, line.weight).getbbox(text, anchor="ls") for line, text, _at in parts]
    left = math.floor(min(at + ink[0] for (_line, _text, at), ink in zip(parts, inks, strict=True)))
    top = math.floor(min(line.baseline + ink[1] for (line, _text, _at), ink in zip(parts, inks, strict=True)))
    right = math.ceil(max(at + ink[2] for (_line, _text, at), ink in zip(parts, inks, strict=True)))
    bottom = math.ceil(max(line.baseline + ink[3] for (line, _text, _at), ink in zip(parts, inks, strict=True)))
    return Box(left, top, right - left, bottom - top)
