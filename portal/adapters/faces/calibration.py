"""Thresholds are set by measurement: what an engine gets right and wrong on photos that a user labelled
himself, for every threshold worth considering.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO

import numpy as np

from commissions.refusal import Refusal
from portal.adapters.faces.engine import Box, Engine, Template, similarity
from portal.adapters.faces.people import foreground
from portal.adapters.images.photos import Photo, take_in

CROWDS = (100, 1_000, 10_000)
"""Among so many stored persons the chance of a stranger's false alarm is told."""

COLUMNS = ("photo_a", "photo_b", "same")

_NEVER = -2.0  # the similarity of a pair that could not be compared: below every threshold, so a non-match


class Meant(StrEnum):
    """Which face of a photo is the one that its label speaks of: the largest, or the one nearest to the middle."""

    LARGEST = "largest"
    CENTRE = "centre"


class BadPairs(ValueError):
    """The list of pairs cannot be read; the message names row and column."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos of the same person, or not."""

    photo_a: Path
    photo_b: Path
    same: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A photo that could not be compared, and why: missing, unreadable (a refusal's code) or no_face."""

    photo: Path
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """What a threshold would do. Rates are shares of the pairs of strangers and of the same person;
    `alarms` has the chance of a stranger's alarm for each of CROWDS."""

    threshold: float
    accuracy: float
    false_accepts: int
    false_accept_rate: float
    false_rejects: int
    false_reject_rate: float
    alarms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The measurement of one engine on one list of pairs.

    `best` is the threshold that gets most pairs right of all there are; among equals the highest, which lets the fewest
    strangers pass. `several` are the photos with more faces than one, of which one was taken.
    """

    engine: str
    version: str
    pairs_same: int
    pairs_different: int
    best: Row
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    several: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The face that is meant in a photo, and how many there were to choose from."""

    template: Template
    faces: int


def read_pairs(file: TextIO, folder: Path) -> list[Pair]:
    """Read `photo_a,photo_b,same` (same: 1 or 0), paths relative to the folder; raises BadPairs."""
    reader = csv.DictReader(file)
    for column in COLUMNS:
        if column not in (reader.fieldnames or ()):
            raise BadPairs(f"row 1, column {column}: the column is missing")
    pairs = [_pair(row, reader.line_num, folder) for row in reader]
    if not pairs:
        raise BadPairs("row 2, column photo_a: there are no pairs")
    return pairs


def read_photo(path: Path) -> Photo:
    """A photo of the user's own disk, within generous limits; raises OSError or Refusal."""
    return take_in(path.read_bytes(), max_bytes=50_000_000, max_pixels=100_000_000, max_side=1920)


def find_meant(engine: Engine, path: Path, meant: Meant = Meant.LARGEST) -> Found | Problem:
    """The face that is meant in a photo, or why there is none."""
    try:
        photo = read_photo(path)
    except OSError:
        return Problem(path, "missing")
    except Refusal as refusal:
        return Problem(path, refusal.code)
    faces = engine.analyse(photo.rgb)
    if not faces:
        return Problem(path, "no_face")
    high, wide = photo.rgb.shape[:2]
    if meant is Meant.CENTRE:
        face = min(faces, key=lambda one: _off_centre(one.box, wide, high))
    else:
        face = foreground(faces)[0]
    return Found(Template.of(engine, face), len(faces))


def _off_centre(box: Box, wide: int, high: int) -> float:
    """How far a face is from the middle of its picture, in pixels."""
    return math.hypot(box.left + box.width / 2 - wide / 2, box.top + box.height / 2 - high / 2)


def calibrate(
    engine: Engine,
    pairs: Sequence[Pair],
    watch: Callable[[list[Path]], Iterable[Path]] = iter,
    meant: Meant = Meant.LARGEST,
) -> Report:
    """Measure the engine. Each photo is analysed once; `watch` may wrap the photos to show progress.

    A pair with a photo that has no usable face counts as a non-match and is reported, never dropped.
    """
    photos = list(dict.fromkeys(photo for pair in pairs for photo in (pair.photo_a, pair.photo_b)))
    found = {photo: find_meant(engine, photo, meant) for photo in watch(photos)}
    likeness = np.array([_similarity(found[pair.photo_a], found[pair.photo_b]) for pair in pairs])
    same = np.array([pair.same for pair in pairs])
    rows = [_row(threshold, likeness, same) for threshold in _thresholds(engine, likeness)]
    return Report(
        engine=engine.name,
        version=engine.version,
        pairs_same=int(same.sum()),
        pairs_different=int((~same).sum()),
        best=_row(best_threshold(likeness, same), likeness, same),
        rows=tuple(rows),
        problems=tuple(one for one in found.values() if isinstance(one, Problem)),
        several=tuple(photo for photo, one in found.items() if isinstance(one, Found) and one.faces > 1),
    )


def _pair(row: dict[str, str], line: int, folder: Path) -> Pair:
    for column in COLUMNS:
        if not (row[column] or "").strip():
            raise BadPairs(f"row {line}, column {column}: the value is missing")
    if row["same"].strip() not in ("0", "1"):
        raise BadPairs(f"row {line}, column same: {row['same']!r} is neither 1 nor 0")
    return Pair(folder / row["photo_a"].strip(), folder / row["photo_b"].strip(), row["same"].strip() == "1")


def _similarity(a: Found | Problem, b: Found | Problem) -> float:
    if isinstance(a, Problem) or isinstance(b, Problem):
        return _NEVER
    return similarity(a.template, b.template)


def best_threshold(likeness: np.ndarray, same: np.ndarray) -> float:
    """The threshold with the fewest wrong decisions, of all that there are: only at a measured likeness does any
    decision change. `likeness` and `same` have a value a pair; a pair is accepted from the threshold up.

    It lies in the middle of its gap, so that it decides alike when it is written with a few digits.
    """
    values, place = np.unique(likeness, return_inverse=True)
    ours = np.bincount(place, weights=same, minlength=len(values))
    strangers = np.bincount(place, weights=~same, minlength=len(values))
    wrong_accepts = strangers[::-1].cumsum()[::-1]
    wrong_rejects = ours.cumsum() - ours
    wrong = np.append(wrong_accepts + wrong_rejects, ours.sum())  # the last one accepts nobody
    best = int(len(values) - np.argmin(wrong[::-1]))
    if best == len(values):
        return float(values[-1]) + 0.001
    return float(values[best] if best == 0 or values[best - 1] == _NEVER else (values[best - 1] + values[best]) / 2)


def _thresholds(engine: Engine, likeness: np.ndarray) -> Iterator[float]:
    """Nine steps across what was measured (rounded down), and the engine's own four, in rising order."""
    measured = likeness[likeness > _NEVER]
    known = engine.thresholds
    own = [known.doubtful, known.same, known.search, known.alarm]
    spread = np.linspace(measured.min(), measured.max(), 9) if measured.size else measured
    steps = (np.floor(spread * 1000) / 1000).tolist()
    yield from sorted({*own, *steps})


def _row(threshold: float, likeness: np.ndarray, same: np.ndarray) -> Row:
    accepted = likeness >= threshold
    false_accepts, false_rejects = int((accepted & ~same).sum()), int((~accepted & same).sum())
    rate = _share(false_accepts, int((~same).sum()))
    return Row(
        threshold=threshold,
        accuracy=1 - (false_accepts + false_rejects) / len(same),
        false_accepts=false_accepts,
        false_accept_rate=rate,
        false_rejects=false_rejects,
        false_reject_rate=_share(false_rejects, int(same.sum())),
        alarms=tuple(1 - (1 - rate) ** crowd for crowd in CROWDS),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
