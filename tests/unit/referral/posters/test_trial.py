"""A design on trial: what of it overlaps or leaves the margins is said with the words that did it."""

from dataclasses import dataclass, field, replace

import pytest

from referral.posters import trial
from referral.posters.design import Box
from referral.posters.design_file import load
from referral.posters.trial import PLAIN, try_out

ARCH = load("arch")
URL = "https://portal.example.com/r/K7M42QX9"
INSIDE = ARCH.inside


@dataclass(frozen=True)
class Drawn:
    """A sheet whose texts stand where the case wants them."""

    boxes: dict[str, Box] = field(default_factory=dict)

    def image(self) -> str:
        return URL


def faults(monkeypatch: pytest.MonkeyPatch, boxes: dict[str, Box], read: str | None = URL) -> list[str]:
    """What a trial finds in a sheet with these boxes, with one kind of words in one language."""
    monkeypatch.setattr(trial, "SAMPLES", {"plain": PLAIN})
    monkeypatch.setattr(trial, "sheet", lambda *_given, **_named: Drawn(boxes))
    return [str(fault) for fault in try_out(replace(ARCH, words={"zh": ARCH.words["zh"]}), URL, lambda _image: read)]


A = Box(INSIDE.left, INSIDE.top, 100, 40)
CASES = {
    "side by side": ({"a": A, "b": Box(A.left + 100, A.top, 100, 40)}, []),
    "by one pixel": (
        {"a": A, "b": Box(A.left + 99, A.top + 39, 100, 40)},
        ["stacks: a and b overlap with the words of plain, zh"],
    ),
    "over the picture, which texts may lie on": ({"picture": A, "a": A}, []),
    "at the margin": ({"a": Box(INSIDE.left + INSIDE.width - 100, INSIDE.top + INSIDE.height - 40, 100, 40)}, []),
    "beyond it": (
        {"a": Box(INSIDE.left - 1, INSIDE.top, 100, 40)},
        ["stacks: a leaves the margins with the words of plain, zh"],
    ),
    "below it": (
        {"a": Box(INSIDE.left, INSIDE.top + INSIDE.height - 39, 100, 40)},
        ["stacks: a leaves the margins with the words of plain, zh"],
    ),
}


@pytest.mark.parametrize(("boxes", "found"), CASES.values(), ids=CASES)
def test_where_texts_stand(monkeypatch: pytest.MonkeyPatch, boxes: dict[str, Box], found: list[str]) -> None:
    assert faults(monkeypatch, boxes) == found


@pytest.mark.parametrize("read", [None, URL + "x"])
def test_a_code_that_reads_as_something_else(monkeypatch: pytest.MonkeyPatch, read: str | None) -> None:
    assert faults(monkeypatch, {}, read) == ["qr: it could not be read with the words of plain, zh"]


def test_a_code_with_no_room_for_its_link() -> None:
    long = "https://portal.example.com/" + "x" * 600
    faults = [str(fault) for fault in try_out(ARCH, long, lambda _image: long)]
    assert faults == [f"qr: it is too small for a link of {len(long)} letters"]
