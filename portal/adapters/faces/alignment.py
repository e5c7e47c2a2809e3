"""The aligned chip: a face turned upright and scaled so that eyes, nose and mouth lie where the
recogniser saw them in training.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from portal.adapters.faces.engine import Image

CHIP_SIDE = 112

# Where the five landmarks belong in a 112 × 112 chip: the layout SFace learnt on.
_PLACES = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])


def chip(image: Image, landmarks: NDArray[np.float32]) -> Image:
    """The 112 × 112 chip of the face with these landmarks, by the best-fitting similarity transform."""
    return cv2.warpAffine(image, _similarity_transform(landmarks), (CHIP_SIDE, CHIP_SIDE))  # type: ignore[return-value]  # OpenCV says any array; it keeps uint8


def _similarity_transform(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """Turn, scale and shift as a 2 × 3 matrix: in complex numbers, least squares is one division."""
    origin, target = landmarks.mean(axis=0, dtype=np.float64), _PLACES.mean(axis=0)
    source = (landmarks - origin) @ [1, 1j]
    turn = np.vdot(source, (_PLACES - target) @ [1, 1j]) / np.vdot(source, source)
    matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.column_stack([matrix, target - matrix @ origin])
