"""What goes through the pipe (a raw file) between a server and its child: a JSON header, and blobs behind it.

No pickle: what a child says is read as data, even if a stranger's file had taken the child over.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import IO, Any

MOST_BYTES = 128 * 1024 * 1024
"""Of one message: a photo's pixels, or a table of a hundred thousand rows, are far less."""

_LENGTH = struct.Struct(">I")

Header = dict[str, Any]
Blob = bytes | bytearray | memoryview


class Broken(Exception):
    """The other side ended, or said something that is no message."""


def send(stream: IO[bytes], header: Header, blobs: Sequence[Blob] = ()) -> None:
    """Write one message. Raises Broken where nobody reads it."""
    lengths = [memoryview(blob).nbytes for blob in blobs]
    text = json.dumps({**header, "blobs": lengths}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        for content in (_LENGTH.pack(len(text)), text, *blobs):
            rest = memoryview(content).cast("B")
            while rest:
                rest = rest[stream.write(rest) :]
    except OSError as error:
        raise Broken from error


def receive(stream: IO[bytes]) -> tuple[Header, list[bytearray]]:
    """Read one message. Raises Broken."""
    try:
        (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
        header: Header = json.loads(_exactly(stream, length).decode("utf-8", "surrogatepass"))
        lengths = header.pop("blobs")
    except (ValueError, KeyError, AttributeError) as error:
        raise Broken from error
    if sum(lengths) > MOST_BYTES:
        raise Broken
    return header, [_exactly(stream, one) for one in lengths]


def _exactly(stream: IO[bytes], many: int) -> bytearray:
    if many > MOST_BYTES:
        raise Broken
    content = bytearray(many)
    rest = memoryview(content)
    while rest:
        try:
            got = stream.readinto(rest)  # type: ignore[attr-defined]  # both ends are raw files
        except OSError as error:
            raise Broken from error
        if not got:
            raise Broken
        rest = rest[got:]
    return content
