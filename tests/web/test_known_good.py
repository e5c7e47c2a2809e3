"""What is known to be good: by every worker, and by nobody who would look with other eyes."""

from pathlib import Path

import pytest

from tests.web import known_good, page_lint
from tests.web.known_good import KnownGood
from tests.web.test_page_lint import GOOD, HEADERS


def test_what_one_found_good_another_knows(tmp_path: Path) -> None:
    one, another = (KnownGood(tmp_path / "deep" / "list", b"html5lib 1") for _ in range(2))
    assert not another.knows("<p>")
    one.add("<p>")
    assert another.knows("<p>")
    assert not another.knows("<b>")
    another.add("<b>")
    assert one.knows("<b>")
    assert KnownGood(tmp_path / "deep" / "list", b"html5lib 1").knows("<p>"), "the next run"


def test_another_reader_looks_for_itself(tmp_path: Path) -> None:
    KnownGood(tmp_path / "list", b"html5lib 1").add("<p>")
    assert not KnownGood(tmp_path / "list", b"html5lib 2").knows("<p>")


def test_half_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    KnownGood(tmp_path / "list", b"").add("<p>")
    line = (tmp_path / "list").read_bytes()
    (tmp_path / "list").write_bytes(line[:30])
    reader = KnownGood(tmp_path / "list", b"")
    assert not reader.knows("<p>")
    (tmp_path / "list").write_bytes(line)
    assert reader.knows("<p>")


def test_a_list_that_grew_too_long_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    KnownGood(tmp_path / "list", b"").add("<p>")
    monkeypatch.setattr(known_good, "MOST_BYTES", 10)
    assert not KnownGood(tmp_path / "list", b"").knows("<p>")


def test_a_bad_page_is_never_known_as_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_lint, "_good_shapes", KnownGood(tmp_path / "list", b""))
    bad = GOOD.replace("</main>", "</div></main>")
    for _ in range(2):
        assert any(fault.startswith("HTML, line") for fault in page_lint.faults(bad, HEADERS, "zh"))
    assert not (tmp_path / "list").exists()
