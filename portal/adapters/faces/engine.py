"""What a face engine says, whichever models it runs: where the faces are, how good the picture of
each is, and a vector that is near the vectors of the same person. It never says who somebody is:
judging is `portal.rules.showings.checkin`'s work (rules 3.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from portal.rules.showings.checkin import Thresholds

Image: TypeAlias = NDArray[np.uint8]
"""RGB, height × width × 3, upright (EXIF orientation already applied)."""

Vector: TypeAlias = NDArray[np.float32]
"""Unit length, so that the dot product of two is their cosine."""


class EngineUnavailable(RuntimeError):
    """The engine cannot start: its models are missing or not the ones that were measured."""


class IncomparableTemplates(ValueError):
    """Two templates of different engines (or versions) were compared; their spaces have nothing in common."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a face is, in pixels of the picture; it may reach past the picture's edge."""

    left: float
    top: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of one face's picture; `portal.adapters.faces.quality` says which are too bad to use.

    blur: variance of the Laplacian on the aligned grey chip (low is blurred).
    mean, std: brightness (0–255) and contrast of that chip.
    eye_distance_px: distance between the eyes in the picture as it was taken.
    nose_offset: the nose's place along the line of the eyes, from their middle, in eye distances;
        0 looks straight, positive is turned towards the picture's right side.
    score: the detector's own certainty, 0–1.
    """

    blur: float
    mean: float
    std: float
    eye_distance_px: float
    nose_offset: float
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face found in a picture. `landmarks`: the two eyes, the nose tip and the two corners of the
    mouth, left to right as seen in the picture, one (x, y) a row."""

    box: Box
    score: float
    landmarks: NDArray[np.float32]
    quality: Quality
    vector: Vector


class Engine(Protocol):
    """Finds faces and measures them. One object serves every thread of a process."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Changes whenever vectors of before and after may not be compared."""
        ...

    @property
    def thresholds(self) -> Thresholds:
        """The cosines that were measured for this engine; a setting may replace them."""
        ...

    def analyse(self, image: Image) -> list[Face]:
        """Every face in the picture, the largest first."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A person's vector together with the engine that made it, as it is kept (encrypted) and compared."""

    engine: str
    version: str
    vector: Vector

    @classmethod
    def of(cls, engine: Engine, face: Face) -> Self:
        return cls(engine.name, engine.version, face.vector)

    def to_bytes(self) -> bytes:
        """`engine NUL version NUL` and then the vector as little-endian 32-bit floats."""
        return b"\0".join((self.engine.encode(), self.version.encode(), self.vector.astype("<f4").tobytes()))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; raises ValueError on anything else."""
        engine, version, vector = data.split(b"\0", 2)
        return cls(engine.decode(), version.decode(), np.frombuffer(vector, "<f4").astype(np.float32))


def similarity(a: Template, b: Template) -> float:
    """Cosine of two templates, -1 to 1; raises IncomparableTemplates across engines or versions."""
    if (a.engine, a.version) != (b.engine, b.version):
        raise IncomparableTemplates(f"{a.engine} {a.version} and {b.engine} {b.version} cannot be compared")
    return float(np.dot(a.vector, b.vector))


def unit(vector: ArrayLike) -> Vector:
    """The vector's direction, as a contiguous float32 of its own."""
    flat = np.asarray(vector, dtype=np.float32).ravel()
    return flat / np.float32(np.linalg.norm(flat))
