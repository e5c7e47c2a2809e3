"""Reading a design from its TOML file, and saying where it is wrong.

Besides the designs that come with the house there may be a folder of the owner's: each file in it is a design of the
same kind. One that is broken is refused with its place and reason, and harms no other.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

from referral.drawing.colours import is_colour, parts_of
from referral.posters.design import PAGES, Box, Design, DesignError, Fault, Panel, Picture, Stack, TextStyle
from referral.posters.designs.scenes import SCENES

LANGUAGES = ("zh", "en")

_NEEDED: Any = object()
_NOTHING: Any = object()
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_WIDEST = 10_000

MAX_BYTES = 24_000
"""The longest file of a design; those of the house have three thousand."""

MAX_PARTS = 24
"""The most stacks, texts of a stack, bands, and panels."""

MAX_TYPE = 400
"""The largest type in pixels."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The designs that there are, by name, and what is wrong with the files that are none."""

    designs: Mapping[str, Design]
    broken: Mapping[str, str]

    def find(self, name: str) -> Design | None:
        """The design of this name."""
        return self.designs.get(name)


def read_design(text: str) -> Design:
    """The design that a TOML text describes. Raises DesignError, which names every fault and its place.

    What is read is bounded, in length and in all that is to be painted, so that nobody's file costs us much.
    """
    if len(text.encode()) > MAX_BYTES:
        raise DesignError(Fault("the file", "it is larger than %(most)s bytes", {"most": MAX_BYTES}))
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number too long for Python, and brackets too deep
        why = str(error) if isinstance(error, tomllib.TOMLDecodeError) else type(error).__name__
        raise DesignError(Fault("the file", "it is no TOML: %(why)s", {"why": why})) from error
    faults: list[Fault] = []
    reader = _Reader(table, "", faults)
    name, page = reader.take("name", _name), reader.take("page", _one_of(*PAGES))
    colours = reader.take("colours", _colours)
    parts = {
        "name": name,
        "page": page,
        "titles": _by_language(reader.inner("titles"), _words),
        "margin": reader.take("margin", _whole(0)),
        "colours": colours,
        "words": _by_language(reader.inner("words"), _texts),
        "picture": _picture(reader.inner("picture")),
        "mark": reader.take("mark", _box),
        "qr": reader.take("qr", _box),
        "stacks": tuple(_stack(one, colours) for one in reader.several("stacks", "stack")),
        "bands": tuple(_panel(one, colours) for one in reader.several("bands", "band", ())),
        "panels": tuple(_panel(one, colours) for one in reader.several("panels", "panel", ())),
    }
    reader.close()
    if faults:
        raise DesignError(*faults)
    return Design(**parts)


@cache
def load(name: str) -> Design:
    """The design of this name among the ones that come with the house. Raises FileNotFoundError."""
    return read_design(_house(name).read_text("utf-8"))


@cache
def given() -> Mapping[str, Design]:
    """The designs that come with the house, by name."""
    folder = files("referral.posters") / "designs"
    names = sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))
    return {name: load(name) for name in names}


def catalogue(folder: Path | None, uploaded: Mapping[str, str] = MappingProxyType({})) -> Catalogue:
    """The designs of the house, those that were uploaded (texts by name), and those of the owner's folder.

    A name is given once: what comes later under it is broken. What has not changed is not read again.
    """
    found, broken = dict(given()), {}
    paths = sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    sources: list[tuple[str, Callable[[], Design]]] = []
    sources += [(name, partial(read_once, text)) for name, text in uploaded.items()]
    sources += [(path.name, partial(_kept, path)) for path in paths]
    for source, read in sources:
        try:
            design = read()
        except (DesignError, OSError, UnicodeDecodeError) as error:
            broken[source] = str(error)
            continue
        if design.name in found:
            broken[source] = f"name: there is a design {design.name} already"
        else:
            found[design.name] = design
    return Catalogue(found, broken)


@lru_cache(maxsize=128)
def read_once(text: str) -> Design:
    """The same as `read_design`, and the same object for the same text: what is drawn of it is kept with it."""
    return read_design(text)


def source_of(name: str, folder: Path | None) -> str | None:
    """The file of a design of the house or of the owner's folder."""
    if name in given():
        return _house(name).read_text("utf-8")
    paths = sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    return next((path.read_text("utf-8") for path in paths if _is_named(path, name)), None)


def _is_named(path: Path, name: str) -> bool:
    try:
        return _kept(path).name == name
    except (DesignError, OSError, UnicodeDecodeError):
        return False


def _house(name: str) -> Traversable:
    return files("referral.posters") / "designs" / f"{name}.toml"


def _kept(path: Path) -> Design:
    return _kept_since(path, path.stat().st_mtime_ns)


@cache
def _kept_since(path: Path, _changed: int) -> Design:
    return read_design(path.read_text("utf-8"))


class _No(ValueError):
    """Why a value is none: a sentence with room for its facts; `key` where only a part of the value is meant."""

    def __init__(self, reason: str, key: str = "", **facts: object) -> None:
        super().__init__(reason % facts)
        self.reason, self.key, self.facts = reason, key, facts


class _Reader:
    """A table of the file: each key is taken once, and what nobody took is unknown.

    What is wrong is noted, and reading goes on, so that all faults are told at once; None stands for what is missing,
    and nothing is made of it.
    """

    def __init__(self, table: Any, place: str, faults: list[Fault]) -> None:
        self._there = isinstance(table, dict)
        self._left, self.place, self._faults = dict(table) if self._there else {}, place, faults
        if not self._there and table is not _NOTHING:
            faults.append(Fault(place, "it must be a table"))

    def take(self, key: str, kind: Callable[[Any], Any], default: Any = _NEEDED) -> Any:
        """The value of a key, as `kind` makes it; `kind` raises _No with the reason."""
        if key not in self._left:
            if default is not _NEEDED:
                return default
            if self._there:
                self._faults.append(Fault(self._at(key), "it is missing"))
            return None
        try:
            return kind(self._left.pop(key))
        except _No as no:
            place = self._at(key) + (f", {no.key}" if no.key else "")
            self._faults.append(Fault(place, no.reason, no.facts))
            return None

    def inner(self, key: str) -> "_Reader":
        table = self.take(key, lambda value: value)
        return _Reader(_NOTHING if table is None else table, self._at(key), self._faults)

    def several(self, key: str, word: str, default: Any = _NEEDED) -> list["_Reader"]:
        tables = self.take(key, _list, default) or ()
        return [_Reader(table, self._at(f"{word} {number}"), self._faults) for number, table in enumerate(tables, 1)]

    def close(self) -> None:
        self._faults += [Fault(self._at(key), "nobody knows this word") for key in self._left]

    def _at(self, key: str) -> str:
        return f"{self.place}, {key}" if self.place else key


def _picture(reader: _Reader) -> Picture:
    picture = Picture(
        box=reader.take("box", _box),
        scene=reader.take("scene", _one_of(*SCENES), "skyline"),
        shape=reader.take("shape", _one_of("rect", "round", "arch"), "rect"),
        radius=reader.take("radius", _whole(0), 0),
        frame=reader.take("frame", _box, None),
    )
    reader.close()
    return picture


def _panel(reader: _Reader, colours: Mapping[str, str] | None) -> Panel:
    panel = Panel(
        box=reader.take("box", _box),
        colour=reader.take("colour", _colour_of(colours)),
        radius=reader.take("radius", _whole(0), 0),
        line=reader.take("line", _whole(0), 0),
        shadow=reader.take("shadow", _yes_or_no, False),
        fits=reader.take("fits", _words, ""),
    )
    reader.close()
    return panel


def _stack(reader: _Reader, colours: Mapping[str, str] | None) -> Stack:
    stack = Stack(
        box=reader.take("box", _box),
        texts=tuple(_style(one, colours) for one in reader.several("texts", "text")),
        align=reader.take("align", _one_of("left", "centre", "right"), "left"),
        anchor=reader.take("anchor", _one_of("top", "middle", "bottom"), "top"),
    )
    reader.close()
    return stack


def _style(reader: _Reader, colours: Mapping[str, str] | None) -> TextStyle:
    style = TextStyle(
        name=reader.take("name", _words),
        text=reader.take("text", _template),
        size=reader.take("size", _whole(1, MAX_TYPE)),
        min_size=reader.take("min_size", _whole(1, MAX_TYPE)),
        colour=reader.take("colour", _colour_of(colours)),
        weight=reader.take("weight", _whole(100, 900), 400),
        leading=reader.take("leading", _whole(100, 300), 150),
        max_lines=reader.take("max_lines", _whole(1, 20), 1),
        gap=reader.take("gap", _whole(0), 0),
    )
    reader.close()
    return style


def _by_language(reader: _Reader, kind: Callable[[Any], Any]) -> dict[str, Any]:
    found = {lang: reader.take(lang, kind) for lang in LANGUAGES}
    reader.close()
    return found


# What a value may be


def _words(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _No("it must be a text")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 30 or not _NAME.issuperset(value):
        raise _No("it must be up to 30 small letters, digits and hyphens")
    return value


def _template(value: Any) -> str:
    """A text with names in braces; neither formats nor attributes: it may only put in what there is."""
    try:
        parts = list(Formatter().parse(_words(value)))
    except _No:
        raise
    except ValueError as error:
        raise _No("its braces do not match") from error
    if any(name is not None and (not name.isidentifier() or spec or how) for _text, name, spec, how in parts):
        raise _No("braces hold one name each, such as {referrer}")
    return str(value)


def _whole(least: int, most: int = _WIDEST) -> Callable[[Any], int]:
    def kind(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise _No("it must be a whole number from %(least)s to %(most)s", least=least, most=most)
        return value

    return kind


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _No("it must be true or false")
    return value


def _one_of(*words: str) -> Callable[[Any], str]:
    def kind(value: Any) -> str:
        if value not in words:
            raise _No("it must be one of %(words)s", words=", ".join(words))
        return str(value)

    return kind


def _colour_of(colours: Mapping[str, str] | None) -> Callable[[Any], Any]:
    """One of the design's colours; where these are broken themselves, that is told once and is enough."""
    return (lambda value: value) if colours is None else _one_of(*colours)


def _box(value: Any) -> Box:
    if not isinstance(value, list) or len(value) != 4 or any(type(part) is not int for part in value):
        raise _No("it must be [left, top, width, height] in whole pixels")
    if value[2] < 1 or value[3] < 1 or max(map(abs, value)) > _WIDEST:
        raise _No("its width and height must be at least 1")
    return Box(*value)


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list) or not value:
        raise _No("it must be a list of tables")
    if len(value) > MAX_PARTS:
        raise _No("there are at most %(most)s of them", most=MAX_PARTS)
    return value


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise _No("it must be a table of texts")
    return value


def _colours(value: Any) -> dict[str, str]:
    """#rrggbb, or a mixture of colours that stand above it."""
    texts = _texts(value)
    known: set[str] = set()
    for name, text in texts.items():
        parts = parts_of(text)
        mixed = parts is not None and {parts[0], parts[2]} <= known
        if not is_colour(text) and not mixed:
            raise _No("it must be #rrggbb, or such as 'primary 12%% paper' of colours above it", key=name)
        known.add(name)
    if missing := {"paper", "primary", "accent", "ink"} - known:
        raise _No("%(names)s is missing", names=", ".join(sorted(missing)))
    return texts
