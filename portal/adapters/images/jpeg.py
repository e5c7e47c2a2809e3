"""A JPEG's markers, walked without decoding anything.

A progressive JPEG sends its picture in scans, and each of them goes over all of it, however few bytes it has: a hundred
kilobytes may hold a thousand scans, and minutes of work. Cameras and programs write one to twelve.
"""

import re

MOST_SCANS = 50
MOST_SEGMENTS = 2_000
"""Everything else between the pictures' data: tables, metadata, profiles. Cameras write some dozens."""

_MARKER = re.compile(rb"\xff+([\x01-\xfe])", re.DOTALL)
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_BARE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
"""Markers with nothing behind them."""


def is_costly(data: bytes) -> bool:
    """Whether it has more scans, or more segments, than a picture needs. It reads as generously as a decoder does: what
    stands between two markers is passed over, and what is cut short simply ends."""
    scans = segments = 0
    place = 2
    while (found := _MARKER.search(data, place)) is not None:
        kind, place = found[1][0], found.end()
        if kind == _END_OF_IMAGE:
            return False
        if kind in _BARE:
            continue
        scans += kind == _START_OF_SCAN
        segments += 1
        if scans > MOST_SCANS or segments > MOST_SEGMENTS:
            return True
        place += int.from_bytes(data[place : place + 2])
    return False
