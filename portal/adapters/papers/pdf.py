"""A document of figures as a PDF: a head, sums, a drawn waterfall, and a table whose rows explain themselves.

It is told everything in words; what it decides is where they stand. A4, the type embedded with the signs that are
used, what the document is and page numbers at the foot of every page.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from fpdf import FPDF

from .typefaces import BOLD, REGULAR, Typeface, typeface

_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 16.0
_INNER = _WIDTH - 2 * _MARGIN
_FOOT = _HEIGHT - 12.0
_END = _FOOT - 8.0
"""Where a page is full. Everything is measured in millimetres, type in points."""
_POINT = 25.4 / 72

_INK, _MUTED, _HAIRLINE = (27, 36, 48), (85, 97, 111), (227, 232, 239)
_COLOURS = {"whole": (15, 94, 110), "plus": (31, 122, 77), "minus": (180, 35, 24)}

_PIECE = re.compile(r"[\w¥.,%+−×=/()-]*[A-Za-z0-9¥%)]\s?|.[，。、；：？！）》”’]*\s?", re.ASCII | re.DOTALL)
"""What is not broken: a word or an amount, or a Chinese sign with the punctuation that must not begin a line."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A step of a waterfall from one sum to another, in fen; `kind` is `whole`, `plus` or `minus`."""

    label: str
    figure: str
    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, its last cell a figure, and the sentence under it."""

    cells: tuple[str, ...]
    explanation: str


@dataclass(frozen=True, slots=True)
class Paper:
    """All that a document says. `page_label` holds `{page}` and `{pages}`; `language` is a tag such as `zh-Hans-CN`."""

    language: str
    brand: str
    title: str
    lead: str
    facts: Sequence[tuple[str, str]]
    sums: Sequence[tuple[str, str]]
    bars_title: str
    bars: Sequence[Bar]
    table_title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    remarks: Sequence[str]
    foot: str
    page_label: str


def write(paper: Paper, made_at: datetime) -> bytes:
    """The document as a PDF file."""
    with TemporaryDirectory() as folder:
        page = _Page(paper, made_at, Path(folder))
        page.head()
        page.waterfall()
        page.table()
        page.close()
        return bytes(page.pdf.output())


class _Page:
    """The pen: where it stands on the page, and the two weights it writes in."""

    def __init__(self, paper: Paper, made_at: datetime, folder: Path) -> None:
        self.paper = paper
        self.pdf = FPDF(format="A4")
        self.pdf.set_auto_page_break(auto=False)
        self.pdf.set_title(paper.title)
        self.pdf.set_author(paper.brand)
        self.pdf.set_lang(paper.language)
        self.pdf.set_creation_date(made_at)
        self.faces = {style: self._embed(folder, style) for style in ("", "B")}
        self.y = _MARGIN
        self.pdf.add_page()

    def _embed(self, folder: Path, style: str) -> Typeface:
        face = typeface(BOLD if style else REGULAR, _signs(_strong(self.paper) if style else _texts(self.paper)))
        file = folder / f"type{style}.ttf"
        file.write_bytes(face.content)
        self.pdf.add_font("type", style, file)
        return face

    # Parts

    def head(self) -> None:
        """The owner's name, what this is, its facts in two columns, and its sums."""
        paper = self.paper
        self._text(_MARGIN, paper.brand, 10, "B", colour=_COLOURS["whole"])
        self.y += 10
        self._text(_MARGIN, paper.title, 20, "B")
        self.y += 7
        self._text(_MARGIN, self._cut(paper.lead, _INNER, 11), 11, colour=_MUTED)
        self.y += 10
        half = _INNER / 2
        for place, (term, words) in enumerate(paper.facts):
            left = _MARGIN + half * (place % 2)
            self._text(left, term, 8, colour=_MUTED)
            self._text(left + 28, self._cut(words, half - 30, 9), 9)
            if place % 2 or place == len(paper.facts) - 1:
                self.y += 6
        self.y += 2
        self._sums()
        for remark in paper.remarks:
            for line in self._wrapped(remark, _INNER, 9):
                self._text(_MARGIN, line, 9)
                self.y += 5
        self.y += 4

    def _sums(self) -> None:
        self._rule()
        wide = _INNER / len(self.paper.sums)
        size = self._fitting_size((figure for _, figure in self.paper.sums), wide - 3, 12)
        for place, (label, figure) in enumerate(self.paper.sums):
            left = _MARGIN + wide * place
            self.y += 5.5
            self._text(left, label, 8, colour=_MUTED)
            self.y += 6
            self._text(left, figure, size, "B")
            self.y -= 11.5
        self.y += 15
        self._rule()
        self.y += 7

    def waterfall(self) -> None:
        """How the lines lead from what was carried in to what is paid: bars on one scale, each with its figure."""
        bars = self.paper.bars
        ends = [0, *(one.start for one in bars), *(one.end for one in bars)]
        low, span = min(ends), (max(ends) - min(ends)) or 1
        figures = self._widest((one.figure for one in bars), 8.5, "B")
        left, wide = _MARGIN + 42, _INNER - 42 - max(34, figures + 4)
        self._heading(self.paper.bars_title)
        for one in bars:
            self._room(6)
            self._text(_MARGIN, one.label, 8.5)
            x1, x2 = (left + wide * (end - low) / span for end in sorted((one.start, one.end)))
            self.pdf.set_fill_color(*_COLOURS[one.kind])
            self.pdf.rect(x1, self.y - 3.4, max(x2 - x1, 0.4), 4.2, style="F")
            self._text(_WIDTH - _MARGIN, one.figure, 8.5, "B" if one.kind == "whole" else "", right=True)
            self.y += 6
        zero = left + wide * -low / span
        self.pdf.set_draw_color(*_MUTED)
        self.pdf.line(zero, self.y - 6 * len(bars) - 4, zero, self.y - 4)
        self.y += 5

    def table(self) -> None:
        """The rows, each with its explanation; the head again on every page."""
        self._heading(self.paper.table_title)
        self._columns()
        places = self._places
        for row in self.paper.rows:
            lines = self._wrapped(row.explanation, _INNER - 24, 7.5)
            if self._room(6.4 + 3.4 * len(lines)):
                self._columns()
            for place, cell, end in zip(places, row.cells[:-1], places[1:], strict=False):
                self._text(place, self._cut(cell, end - place - 2, 8.5), 8.5)
            self._text(_WIDTH - _MARGIN, row.cells[-1], 8.5, "B", right=True)
            self.y += 3.8
            for line in lines:
                self._text(_MARGIN + 24, line, 7.5, colour=_MUTED)
                self.y += 3.4
            self.y -= 1.6
            self._rule()
            self.y += 4.2

    def close(self) -> None:
        """The foot of every page, now that their number is known."""
        pages = self.pdf.pages_count
        for number in range(1, pages + 1):
            self.pdf.page = number
            self.y = _FOOT
            self._text(_MARGIN, self.paper.foot, 7.5, colour=_MUTED)
            label = self.paper.page_label.format(page=number, pages=pages)
            self._text(_WIDTH - _MARGIN, label, 7.5, colour=_MUTED, right=True)

    # Small strokes

    def _columns(self) -> None:
        for place, label in zip(self._places, self.paper.columns[:-1], strict=False):
            self._text(place, label, 7.5, colour=_MUTED)
        self._text(_WIDTH - _MARGIN, self.paper.columns[-1], 7.5, colour=_MUTED, right=True)
        self.y += 1.6
        self._rule()
        self.y += 4.6

    @cached_property
    def _places(self) -> list[float]:
        """Where the cells begin: a day, what it is, two short words, and the figure.

        A day and a figure get the room that the widest of them needs: half a date, or half an amount, is worse than
        none. What it is, in words, may be cut.
        """
        rows = self.paper.rows
        day = max(24, self._widest((row.cells[0] for row in rows), 8.5) + 3)
        figure = max(30, self._widest((row.cells[-1] for row in rows), 8.5, "B") + 3)
        words = _INNER - day - figure - 56
        return [_MARGIN, _MARGIN + day, _MARGIN + day + words, _MARGIN + day + words + 28, _WIDTH - _MARGIN - figure]

    def _heading(self, words: str) -> None:
        self._room(24)
        self._text(_MARGIN, words, 11, "B")
        self.y += 7

    def _room(self, high: float) -> bool:
        """Turn the page unless so much fits; whether it was turned."""
        if self.y + high <= _END:
            return False
        self.pdf.add_page()
        self.y = _MARGIN
        return True

    def _rule(self) -> None:
        self.pdf.set_draw_color(*_HAIRLINE)
        self.pdf.line(_MARGIN, self.y, _WIDTH - _MARGIN, self.y)

    def _text(
        self,
        x: float,
        words: str,
        size: float,
        style: str = "",
        *,
        colour: tuple[int, int, int] = _INK,
        right: bool = False,
    ) -> None:
        if right:
            x -= self.faces[style].width(words, size) * _POINT
        self.pdf.set_font("type", style, size)
        self.pdf.set_text_color(*colour)
        self.pdf.text(x, self.y, words)

    def _widest(self, texts: Iterable[str], size: float, style: str = "") -> float:
        return max((self.faces[style].width(text, size) * _POINT for text in texts), default=0.0)

    def _fitting_size(self, figures: Iterable[str], wide: float, size: float) -> float:
        """The size at which the widest of these bold figures has room, at most `size`."""
        return min(size, size * wide / max(self._widest(figures, size, "B"), 1.0))

    def _wrapped(self, words: str, wide: float, size: float) -> list[str]:
        return list(_lines(words, wide / _POINT, size, self.faces[""]))

    def _cut(self, words: str, wide: float, size: float) -> str:
        lines = self._wrapped(words, wide, size)
        return f"{lines[0][:-1]}…" if len(lines) > 1 else words


def _lines(words: str, wide: float, size: float, face: Typeface) -> Iterator[str]:
    """The words on lines of at most this width, broken between words and between Chinese signs."""
    line, used = "", 0.0
    pieces = _PIECE.findall(" ".join(words.split()))
    for piece in (part for whole in pieces for part in _fitting(whole, wide, size, face)):
        needs = face.width(piece.rstrip(), size)
        if line and used + needs > wide:
            yield line.rstrip()
            line, used = "", 0.0
        line += piece
        used += face.width(piece, size)
    if line:
        yield line.rstrip()


def _fitting(piece: str, wide: float, size: float, face: Typeface) -> Iterable[str]:
    """The piece, or its signs where it is wider than a line."""
    return piece if len(piece) > 1 and face.width(piece.rstrip(), size) > wide else (piece,)


def _texts(paper: Paper) -> Iterator[str]:
    """Everything that is written in the regular weight."""
    yield from (paper.lead, paper.foot, paper.page_label, "0123456789…", *paper.columns, *paper.remarks)
    for pairs in (paper.facts, paper.sums):
        yield from (text for pair in pairs for text in pair)
    yield from (text for bar in paper.bars for text in (bar.label, bar.figure))
    yield from (text for row in paper.rows for text in (*row.cells, row.explanation))


def _strong(paper: Paper) -> Iterator[str]:
    """Everything that is written in the bold weight."""
    yield from (paper.brand, paper.title, paper.bars_title, paper.table_title)
    yield from (figure for _label, figure in paper.sums)
    yield from (bar.figure for bar in paper.bars)
    yield from (row.cells[-1] for row in paper.rows)


def _signs(texts: Iterator[str]) -> set[str]:
    return {sign for text in texts for sign in text if sign.isprintable()}
