"""The peer: `face_recognition` 1.3.0 itself, so that nothing here is compared with a copy of it.

Its one module is taken out of the pinned source package that tests take their photos from, proven by its SHA-256 and
kept in `.cache`, never committed; it runs on the dlib and the models of the extra `dlib`. Only this comparison loads
it: it always reads the 68-point model too, which may not be used commercially.
"""

import hashlib
import importlib.util
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType

from tests.photos import CACHE, PRESIDENTS, PhotosUnavailable, alone, download, read_member

_FILE = "face_recognition-1.3.0/face_recognition/api.py"
_SHA256 = "b4b0fb151588befa7270273b5a243537e532aba8a14674507806a18ba4a4c35e"
_KEPT = CACHE.parent / "benchmarks" / "face_recognition_1_3_0.py"


@cache
def load() -> ModuleType:
    """The module, with `load_image_file`, `face_locations`, `face_encodings` and `compare_faces`.

    Raises PhotosUnavailable where the package cannot be had or is not the pinned one.
    """
    with alone():
        if not _KEPT.exists():
            _bring()
    if hashlib.sha256(_KEPT.read_bytes()).hexdigest() != _SHA256:
        raise PhotosUnavailable(f"{_KEPT.name} is not the module that was pinned")
    spec = importlib.util.spec_from_file_location(_KEPT.stem, _KEPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _bring() -> None:
    with tempfile.TemporaryDirectory() as folder:
        content = read_member(download(PRESIDENTS, Path(folder)), _FILE)
    _KEPT.parent.mkdir(parents=True, exist_ok=True)
    draft = _KEPT.with_suffix(".part")
    draft.write_bytes(content)
    draft.replace(_KEPT)
