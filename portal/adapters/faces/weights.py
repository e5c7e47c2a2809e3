"""Models are only the files that were measured: found in an installed package or in a folder of the
owner's, and checked by SHA-256 before a byte of them is used.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from portal.adapters.faces.engine import EngineUnavailable


@dataclass(frozen=True, slots=True)
class Weights:
    """One model file: its name, its SHA-256, and the package whose `models` folder carries it."""

    package: str
    filename: str
    sha256: str


def read(weights: Weights, folder: Path | None = None) -> tuple[Path, bytes]:
    """The file's place and content, proven; raises EngineUnavailable if it is missing or another one."""
    path = (folder or _package_folder(weights.package)) / weights.filename
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EngineUnavailable(f"the face model {path} cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != weights.sha256:
        raise EngineUnavailable(f"the face model {path} is not the measured one (its SHA-256 differs)")
    return path, content


def _package_folder(package: str) -> Path:
    """The package's `models` folder. It is located, never imported: we use its files, not its code."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EngineUnavailable(f"the package {package} that carries the face models is not installed")
    return Path(spec.submodule_search_locations[0]) / "models"
