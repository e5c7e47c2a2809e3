"""Drawn people instead of photographed ones: pictures of a sandbox, and the engine that knows who is meant in them.

No model looks at them. A picture says in a strip of cells at its foot what it shows (`Scene`) and which client that is;
the engine reads the strip and answers as a real one would of real people. So whoever tries the interface gets each
verdict by a picture, and no face of anybody is taken. Each picture is new: the ground is drawn anew, or the second one
sent would be a photo used again.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from portal.adapters.faces.engine import Box, Face, Image, Quality, Vector
from portal.rules.showings.checkin import Thresholds

WIDTH, HEIGHT = 640, 480
CLIENTS = 2**16
"""So many different clients can be drawn, from 0."""
_CELL, _CELLS = 16, WIDTH // 16
_BITS = {"scene": 4, "client": 16, "check": 20}
_TILES = (12, 17)
"""As fine as the hash is that finds a photo again (`images.photos.difference_hash`)."""
_VECTOR = 512
_TURNED = 0.3
_FIRST, _SECOND = (110, 120), (380, 120)
_SIDE = 150


class Scene(StrEnum):
    """What a picture shows. `straight`: broker and client; `left`, `right`: the same, the broker turned to there."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    NO_FACE = "no_face"
    POOR_QUALITY = "poor_quality"
    BROKER_ABSENT = "broker_absent"
    CLIENT_ABSENT = "client_absent"
    CLIENT_IS_BROKER = "client_is_broker"
    CLIENT_IS_PARTNER = "client_is_partner"


class Who(StrEnum):
    """Whom a drawn face is of."""

    BROKER = "broker"
    PARTNER = "partner"
    CLIENT = "client"
    STRANGER = "stranger"


_SHOWN: Mapping[Scene, Sequence[Who]] = {
    Scene.STRAIGHT: (Who.BROKER, Who.CLIENT),
    Scene.LEFT: (Who.BROKER, Who.CLIENT),
    Scene.RIGHT: (Who.BROKER, Who.CLIENT),
    Scene.NO_FACE: (),
    Scene.POOR_QUALITY: (Who.BROKER, Who.CLIENT),
    Scene.BROKER_ABSENT: (Who.STRANGER, Who.CLIENT),
    Scene.CLIENT_ABSENT: (Who.BROKER,),
    Scene.CLIENT_IS_BROKER: (Who.BROKER, Who.BROKER),
    Scene.CLIENT_IS_PARTNER: (Who.BROKER, Who.PARTNER),
}
_TURNS: Mapping[Scene, float] = {Scene.LEFT: _TURNED, Scene.RIGHT: -_TURNED}
_COLOURS: Mapping[Who, tuple[int, int, int]] = {
    Who.BROKER: (31, 78, 95),
    Who.PARTNER: (140, 60, 40),
    Who.CLIENT: (190, 140, 60),
    Who.STRANGER: (90, 90, 90),
}


def draw(scene: Scene, client: int | None = None) -> bytes:
    """A new picture as JPEG; `client`: which one stands there, another one each time unless it is said."""
    shown = secrets.randbelow(CLIENTS) if client is None else client
    ground = np.frombuffer(secrets.token_bytes(_TILES[0] * _TILES[1]), np.uint8).reshape(_TILES) // 2 + 100
    large = cv2.resize(ground, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    picture: Image = np.repeat(large[:, :, None], 3, axis=2).astype(np.uint8)
    for who, (left, top) in zip(_SHOWN[scene], (_FIRST, _SECOND), strict=False):
        middle = (left + _SIDE // 2, top + _SIDE // 2)
        cv2.ellipse(picture, (middle[0], HEIGHT - 60), (90, 130), 0, 180, 360, _COLOURS[who], -1)
        cv2.circle(picture, middle, _SIDE // 2, (235, 205, 180), -1)
        _features(picture, middle, _turn(scene, who))
    cells = np.repeat(np.array([255 * int(bit) for bit in _written(scene, shown)], np.uint8), _CELL)
    picture[HEIGHT - 2 * _CELL :] = cells[None, :, None]
    _done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return jpeg.tobytes()


class DrawnFaces:
    """An `Engine` that knows drawn people, and sees nobody in any other picture."""

    name = "drawn"
    version = "1"
    thresholds = Thresholds()

    def analyse(self, image: Image) -> list[Face]:
        """Everybody in the picture, the largest first."""
        found = read(image)
        if found is None:
            return []
        places = zip(_SHOWN[found.scene], (_FIRST, _SECOND), strict=False)
        return [_face(found, who, left, top) for who, (left, top) in places]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a picture says of itself."""

    scene: Scene
    client: int


def read(image: Image) -> Drawn | None:
    """What a picture says of itself; None: it is none of ours."""
    if image.shape[:2] != (HEIGHT, WIDTH):
        return None
    strip = image[HEIGHT - 2 * _CELL : HEIGHT].mean(axis=(0, 2)).reshape(_CELLS, _CELL).mean(axis=1)
    bits = "".join("1" if cell > 127 else "0" for cell in strip)
    scene, client = int(bits[: _BITS["scene"]], 2), int(bits[_BITS["scene"] : -_BITS["check"]], 2)
    if scene >= len(Scene):
        return None
    found = Drawn(list(Scene)[scene], client)
    return found if _written(found.scene, client) == bits else None


def vector_of(who: Who, client: int = 0) -> Vector:
    """The same for the same person, and far from anybody else's."""
    seed = client + len(Who) if who is Who.CLIENT else list(Who).index(who)
    found = np.random.default_rng(seed).standard_normal(_VECTOR).astype(np.float32)
    return found / np.float32(np.linalg.norm(found))


def _written(scene: Scene, client: int) -> str:
    said = f"{list(Scene).index(scene):0{_BITS['scene']}b}{client:0{_BITS['client']}b}"
    return said + f"{zlib.crc32(said.encode()) % 2 ** _BITS['check']:0{_BITS['check']}b}"


def _turn(scene: Scene, who: Who) -> float:
    return _TURNS.get(scene, 0.0) if who is Who.BROKER else 0.0


def _features(picture: Image, middle: tuple[int, int], turn: float) -> None:
    """Eyes, nose and mouth, as far to the side as the head is turned."""
    x, y = middle[0] + round(turn * 60), middle[1]
    for place in ((x - 28, y - 20), (x + 28, y - 20), (x + round(turn * 40), y + 8)):
        cv2.circle(picture, place, 8, (60, 40, 30), -1)
    cv2.ellipse(picture, (x, y + 30), (26, 12), 0, 0, 180, (60, 40, 30), 4)


def _face(found: Drawn, who: Who, left: int, top: int) -> Face:
    turn = _turn(found.scene, who)
    blur = 1.0 if found.scene is Scene.POOR_QUALITY else 200.0
    eyes, mouth = top + 55, top + 105
    marks = [(left + 45, eyes), (left + 105, eyes), (left + 75, top + 80), (left + 50, mouth), (left + 100, mouth)]
    return Face(
        box=Box(left, top, _SIDE, _SIDE),
        score=0.99,
        landmarks=np.array(marks, np.float32),
        quality=Quality(blur=blur, mean=120.0, std=50.0, eye_distance_px=60.0, nose_offset=turn, score=0.99),
        vector=vector_of(who, found.client),
    )
