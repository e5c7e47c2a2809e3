"""Who in a picture is meant: bystanders far behind the broker and the client do not disturb a check-in."""

from __future__ import annotations

from collections.abc import Iterable

from portal.adapters.faces.engine import Face

BACKGROUND_SHARE = 0.20
"""A face whose area is under this share of the largest one's is background."""


def foreground(faces: Iterable[Face]) -> list[Face]:
    """The faces in front, the largest first."""
    by_size = sorted(faces, key=lambda face: face.box.area, reverse=True)
    return [face for face in by_size if face.box.area >= BACKGROUND_SHARE * by_size[0].box.area]
