"""Faces: found, measured and turned into vectors by an engine that a setting chooses.

`load_engine` is the door; `engine` has the contract, `quality` the gate, `people` the foreground.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2

from portal.adapters.faces.dlib import Dlib
from portal.adapters.faces.engine import Engine, EngineUnavailable
from portal.adapters.faces.sface import SFace

ENGINES: dict[str, Callable[[Path | None], Engine]] = {"sface": SFace, "dlib": Dlib}


def load_engine(name: str = "sface", folder: Path | None = None) -> Engine:
    """The engine of that name, its models proven; `folder` holds them where the packages are not to be used.

    Raises EngineUnavailable for an unknown name, a missing model or one that was never measured.
    """
    if name not in ENGINES:
        raise EngineUnavailable(f"there is no face engine {name!r}; choose one of {', '.join(ENGINES)}")
    # Requests already run side by side: threads inside one would only fight with the others for the cores.
    cv2.setNumThreads(1)
    # OpenCV 5 warns at every net that its new graph runner knows no targets; nothing is to be done about it.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    return ENGINES[name](folder)
