"""Reading a design from its TOML file, and saying where it is wrong.

Besides the designs that come with the house there may be a folder of the owner's: each file in it is a design of the
same kind. One that is broken is refused with its place and reason, and harms no other.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

from referral.colours import is_colour, parts_of
from referral.design import PAGES, Box, Design, DesignError, Panel, Picture, Stack, TextStyle

LANGUAGES = ("zh", "en")

_NEEDED: Any = object()
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_WIDEST = 10_000


@dataclass(frozen=True, slots=True)
class Shelf:
    """The designs that there are, by name, and what is wrong with the files that are none."""

    designs: Mapping[str, Design]
    broken: Mapping[str, str]

    def find(self, name: str) -> Design | None:
        """The design of this name."""
        return self.designs.get(name)

    def of_page(self, *pages: str) -> list[Design]:
        """The designs for a kind of sheet."""
        return [design for design in self.designs.values() if design.page in pages]


def read_design(text: str) -> Design:
    """The design that a TOML text describes. Raises DesignError, which names the place."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DesignError("the file", str(error)) from error
    reader = _Reader(table, "")
    design = Design(
        name=reader.take("name", _name),
        page=reader.take("page", _one_of(*PAGES)),
        titles=_by_language(reader, "titles", _words),
        margin=reader.take("margin", _whole(0)),
        colours=(colours := reader.take("colours", _colours)),
        words=_by_language(reader, "words", _texts),
        picture=_picture(reader.inner("picture")),
        mark=reader.take("mark", _box),
        qr=reader.take("qr", _box),
        stacks=tuple(_stack(one, colours) for one in reader.several("stacks", "stack")),
        bands=tuple(_panel(one, colours) for one in reader.several("bands", "band", ())),
        panels=tuple(_panel(one, colours) for one in reader.several("panels", "panel", ())),
    )
    reader.close()
    return design


@cache
def load(name: str) -> Design:
    """The design of this name among the ones that come with the house. Raises FileNotFoundError."""
    return read_design((files("referral") / "designs" / f"{name}.toml").read_text("utf-8"))


@cache
def given() -> Mapping[str, Design]:
    """The designs that come with the house, by name."""
    folder = files("referral") / "designs"
    names = sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))
    return {name: load(name) for name in names}


def shelf(folder: Path | None) -> Shelf:
    """The designs of the house and of the owner's folder. A file that has not changed is not read again."""
    found, broken = dict(given()), {}
    paths = sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    for path in paths:
        try:
            design = _kept(path, path.stat().st_mtime_ns)
        except (DesignError, OSError, UnicodeDecodeError) as error:
            broken[path.name] = str(error)
            continue
        if design.name in found:
            broken[path.name] = f"name: there is a design {design.name} already"
        else:
            found[design.name] = design
    return Shelf(found, broken)


@cache
def _kept(path: Path, _changed: int) -> Design:
    return read_design(path.read_text("utf-8"))


class _Reader:
    """A table of the file: each key is taken once, and what nobody took is unknown."""

    def __init__(self, table: Any, place: str) -> None:
        if not isinstance(table, dict):
            raise DesignError(place, "it must be a table")
        self._left, self.place = dict(table), place

    def take(self, key: str, kind: Callable[[Any], Any], default: Any = _NEEDED) -> Any:
        """The value of a key, as `kind` makes it; `kind` raises ValueError with the reason."""
        if key not in self._left:
            if default is _NEEDED:
                raise DesignError(self._at(key), "it is missing")
            return default
        try:
            return kind(self._left.pop(key))
        except ValueError as error:
            raise DesignError(self._at(key), str(error)) from error

    def inner(self, key: str) -> "_Reader":
        return _Reader(self.take(key, lambda value: value), self._at(key))

    def several(self, key: str, word: str, default: Any = _NEEDED) -> list["_Reader"]:
        tables = self.take(key, _list, default)
        return [_Reader(table, self._at(f"{word} {number}")) for number, table in enumerate(tables, 1)]

    def close(self) -> None:
        if self._left:
            raise DesignError(self.place or "the file", f"{', '.join(sorted(self._left))}: unknown")

    def _at(self, key: str) -> str:
        return f"{self.place}, {key}" if self.place else key


def _picture(reader: _Reader) -> Picture:
    picture = Picture(
        box=reader.take("box", _box),
        shape=reader.take("shape", _one_of("rect", "round", "arch"), "rect"),
        radius=reader.take("radius", _whole(0), 0),
        frame=reader.take("frame", _box, None),
    )
    reader.close()
    return picture


def _panel(reader: _Reader, colours: Mapping[str, str]) -> Panel:
    panel = Panel(
        box=reader.take("box", _box),
        colour=reader.take("colour", _one_of(*colours)),
        radius=reader.take("radius", _whole(0), 0),
        line=reader.take("line", _whole(0), 0),
        shadow=reader.take("shadow", _yes_or_no, False),
    )
    reader.close()
    return panel


def _stack(reader: _Reader, colours: Mapping[str, str]) -> Stack:
    stack = Stack(
        box=reader.take("box", _box),
        texts=tuple(_style(one, colours) for one in reader.several("texts", "text")),
        align=reader.take("align", _one_of("left", "centre", "right"), "left"),
        anchor=reader.take("anchor", _one_of("top", "middle", "bottom"), "top"),
    )
    reader.close()
    return stack


def _style(reader: _Reader, colours: Mapping[str, str]) -> TextStyle:
    style = TextStyle(
        name=reader.take("name", _words),
        text=reader.take("text", _template),
        size=reader.take("size", _whole(1)),
        min_size=reader.take("min_size", _whole(1)),
        colour=reader.take("colour", _one_of(*colours)),
        weight=reader.take("weight", _whole(100, 900), 400),
        leading=reader.take("leading", _whole(100, 300), 150),
        max_lines=reader.take("max_lines", _whole(1, 20), 1),
        gap=reader.take("gap", _whole(0), 0),
    )
    reader.close()
    return style


def _by_language(reader: _Reader, key: str, kind: Callable[[Any], Any]) -> dict[str, Any]:
    inner = reader.inner(key)
    found = {lang: inner.take(lang, kind) for lang in LANGUAGES}
    inner.close()
    return found


# What a value may be


def _words(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("it must be a text")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 30 or not _NAME.issuperset(value):
        raise ValueError("it must be up to 30 small letters, digits and hyphens")
    return value


def _template(value: Any) -> str:
    """A text with names in braces; neither formats nor attributes: it may only put in what there is."""
    try:
        parts = list(Formatter().parse(_words(value)))
    except ValueError as error:
        raise ValueError(f"its braces do not match: {error}") from error
    if any(name is not None and (not name.isidentifier() or spec or how) for _text, name, spec, how in parts):
        raise ValueError("braces hold one name each, such as {referrer}")
    return str(value)


def _whole(least: int, most: int = _WIDEST) -> Callable[[Any], int]:
    def kind(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"it must be a whole number from {least} to {most}")
        return value

    return kind


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("it must be true or false")
    return value


def _one_of(*words: str) -> Callable[[Any], str]:
    def kind(value: Any) -> str:
        if value not in words:
            raise ValueError(f"it must be one of {', '.join(words)}")
        return str(value)

    return kind


def _box(value: Any) -> Box:
    if not isinstance(value, list) or len(value) != 4 or any(type(part) is not int for part in value):
        raise ValueError("it must be [left, top, width, height] in whole pixels")
    if value[2] < 1 or value[3] < 1 or max(map(abs, value)) > _WIDEST:
        raise ValueError("its width and height must be at least 1")
    return Box(*value)


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError("it must be a list of tables")
    return value


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError("it must be a table of texts")
    return value


def _colours(value: Any) -> dict[str, str]:
    """#rrggbb, or a mixture of colours that stand above it."""
    texts = _texts(value)
    known: set[str] = set()
    for name, text in texts.items():
        parts = parts_of(text)
        mixed = parts is not None and {parts[0], parts[2]} <= known
        if not is_colour(text) and not mixed:
            raise ValueError(f"{name} must be #rrggbb, or such as 'primary 12% paper' of colours above it")
        known.add(name)
    if missing := {"paper", "primary", "accent", "ink"} - known:
        raise ValueError(f"{', '.join(sorted(missing))} is missing")
    return texts
