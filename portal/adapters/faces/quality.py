"""The quality gate: a face that is too poorly pictured to be compared is named so, test by test, so that
the person can be told how to take a better one ("hold still", "more light", "come closer").

It rejects 1.7 % of clean photos; the limits were measured and are the engine's to know, not the rule's.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portal.adapters.faces.alignment import chip
from portal.adapters.faces.engine import Image, Quality


@dataclass(frozen=True, slots=True)
class Gate:
    """The limits of the tests, in the units of `Quality`."""

    min_score: float = 0.8
    min_blur: float = 25.0
    min_mean: float = 40.0
    max_mean: float = 210.0
    min_std: float = 15.0
    min_eye_distance_px: float = 24.0
    max_nose_offset: float = 0.45


def failures(quality: Quality, gate: Gate = Gate()) -> tuple[str, ...]:
    """Codes of the tests that this face failed, none if it can be used."""
    tests = {
        "too_uncertain": quality.score < gate.min_score,
        "blurred": quality.blur < gate.min_blur,
        "too_dark": quality.mean < gate.min_mean,
        "too_bright": quality.mean > gate.max_mean,
        "flat": quality.std < gate.min_std,
        "too_small": quality.eye_distance_px < gate.min_eye_distance_px,
        "turned": abs(quality.nose_offset) > gate.max_nose_offset,
    }
    return tuple(code for code, failed in tests.items() if failed)


def measure(image: Image, landmarks: NDArray[np.float32], score: float) -> Quality:
    """Measure one face of an RGB picture by its landmarks and the detector's score."""
    grey = cv2.cvtColor(chip(image, landmarks), cv2.COLOR_RGB2GRAY)
    left_eye, right_eye, nose = landmarks[0], landmarks[1], landmarks[2]
    eyes = right_eye - left_eye
    distance = float(np.hypot(*eyes))
    return Quality(
        blur=float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        mean=float(grey.mean()),
        std=float(grey.std()),
        eye_distance_px=distance,
        nose_offset=float(np.dot(nose - (left_eye + right_eye) / 2, eyes)) / (distance * distance or 1.0),
        score=score,
    )
