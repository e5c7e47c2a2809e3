"""One face among many, exactly: every stored vector is compared, none is guessed at.

Approximate indexes either missed faces or gained nothing that matters: among 100,000 faces the exact search takes a
few milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portal.adapters.faces.engine import Vector

_ROOM = 64
"""Rows of a new matrix; it doubles when it is full."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Somebody whose stored face resembles the one that was looked for: cosine, -1 to 1."""

    owner: int
    similarity: float


class FaceMatrix:
    """Vectors of one engine, each under its template's id and with its owner's. Not for two threads at once."""

    def __init__(self) -> None:
        self._vectors = np.empty((0, 0), np.float32)
        self._owners = np.empty(0, np.int64)
        self._templates = np.empty(0, np.int64)
        self._place: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._place)

    def put(self, template: int, owner: int, vector: Vector) -> None:
        """Keep a vector; the same template again replaces it."""
        place = self._place.get(template)
        if place is None:
            place = len(self)
            self._make_room(place + 1, vector.size)
            self._place[template] = place
        self._vectors[place], self._owners[place], self._templates[place] = vector, owner, template

    def drop(self, template: int) -> None:
        """Forget a vector, wholly: the last row takes its place, and its old place is overwritten."""
        place = self._place.pop(template, None)
        if place is None:
            return
        last = len(self)
        if place != last:
            moved = int(self._templates[last])
            self._vectors[place], self._owners[place] = self._vectors[last], self._owners[last]
            self._templates[place], self._place[moved] = moved, place
        self._vectors[last] = 0

    def search(self, vector: Vector, limit: int, without: int | None = None) -> list[Likeness]:
        """The `limit` owners most like the vector, the best first, each by his best template; one owner may be
        left out."""
        if not self._place:
            return []
        owners = self._owners[: len(self)]
        # Not `@`: its threads would fight with those of other requests for the cores, and took ten times as long.
        likeness = np.einsum("ij,j->i", self._vectors[: len(self)], vector)
        if without is not None:
            likeness[owners == without] = -np.inf
        best = _best_of_each(likeness, owners, limit)
        return [Likeness(owner, similarity) for owner, similarity in best.items() if similarity > -np.inf]

    def _make_room(self, rows: int, width: int) -> None:
        if rows <= len(self._owners):
            return
        more = max(_ROOM, len(self._owners))
        self._vectors = np.concatenate((self._vectors.reshape(-1, width), np.zeros((more, width), np.float32)))
        self._owners = np.concatenate((self._owners, np.zeros(more, np.int64)))
        self._templates = np.concatenate((self._templates, np.zeros(more, np.int64)))


def _best_of_each(likeness: NDArray[np.float32], owners: NDArray[np.int64], limit: int) -> dict[int, float]:
    """The greatest likeness of the nearest owners. An owner may have many templates, so look ever further down."""
    look_at = limit
    while True:
        look_at = min(4 * look_at, likeness.size)
        nearest = np.argpartition(likeness, likeness.size - look_at)[likeness.size - look_at :]
        best: dict[int, float] = {}
        for place in nearest[np.argsort(-likeness[nearest], kind="stable")]:
            best.setdefault(int(owners[place]), float(likeness[place]))
        if len(best) >= limit or look_at == likeness.size:
            return dict(list(best.items())[:limit])
