"""The second engine: YuNet finds, dlib's ResNet recognises by the 5-point predictor. An installable extra
that keeps the first one honest: both are held to the same contract tests.

dlib itself is used and not the `face_recognition` package, which always loads the 68-point predictor,
whose author forbids commercial use; the 5-point one is free (CC0).
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from portal.adapters.faces.engine import Box, EngineUnavailable, Face, Image, Vector, unit
from portal.adapters.faces.quality import measure
from portal.adapters.faces.weights import Weights, read
from portal.adapters.faces.yunet import Detection, YuNet
from portal.rules.showings.checkin import Thresholds

PREDICTOR = Weights(
    package="face_recognition_models",
    filename="shape_predictor_5_face_landmarks.dat",
    sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)
RECOGNISER = Weights(
    package="face_recognition_models",
    filename="dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)


class Dlib:
    """An `Engine`. Safe to share between threads: each loads models of its own (about 35 MB)."""

    name = "dlib"
    version = "resnet-v1-5point"
    # dlib's authors speak of the distance d of raw vectors (one person: ≤ 0.6); those are some 1.5 long, so
    # a cosine is 1 - d²/4.6. Here d is 0.55, 0.62, 0.50, 0.45 and 0.26; labelled photos of one's own decide.
    thresholds = Thresholds(same=0.935, doubtful=0.915, search=0.945, alarm=0.955, copy=0.985)

    def __init__(self, folder: Path | None = None) -> None:
        """Raises EngineUnavailable unless dlib and the measured models are there."""
        try:
            import dlib  # type: ignore[import-untyped]  # no types are published for it
        except ImportError as error:
            raise EngineUnavailable("the engine `dlib` needs the extra of that name") from error
        self._dlib: Any = dlib
        self._detector = YuNet(folder)
        self._predictor_path, _ = read(PREDICTOR, folder)
        self._recogniser_path, _ = read(RECOGNISER, folder)
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
            vector=self._embed(image, found.box),
        )

    def _embed(self, image: Image, box: Box) -> Vector:
        predictor, recogniser = self._models()
        shape = predictor(image, self._square(box))
        return unit(np.array(recogniser.compute_face_descriptor(image, shape)))

    def _square(self, box: Box) -> Any:
        """The predictor learnt on square boxes; one of the same area and middle is what it expects."""
        half = box.area**0.5 / 2
        x, y = box.left + box.width / 2, box.top + box.height / 2
        return self._dlib.rectangle(round(x - half), round(y - half), round(x + half), round(y + half))

    def _models(self) -> tuple[Any, Any]:
        if not hasattr(self._local, "models"):
            self._local.models = (
                self._dlib.shape_predictor(str(self._predictor_path)),
                self._dlib.face_recognition_model_v1(str(self._recogniser_path)),
            )
        return self._local.models  # type: ignore[no-any-return]  # a thread-local has no types
