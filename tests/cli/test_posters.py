"""`portal poster` and `portal designs`: one poster into a file, and what designs there are."""

from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from PIL import Image

from portal.cli import main
from portal.config import Config
from portal.db import Database
from tests import factories as make
from tests.databases import Migrated


@pytest.fixture
def code(tmp_path: Path, migrated: Migrated, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORTAL_BASE_URL", "https://portal.example.com")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    config = Config.from_env()
    migrated.lay(tmp_path / "portal.db")
    database = Database(config.url, config.vault(), config.signer())
    with database.transaction() as session:
        code = make.referrer(session).code
    yield code
    database.dispose()


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_poster_is_drawn_into_a_file(code: str, tmp_path: Path) -> None:
    file = tmp_path / "poster.png"
    done = run("poster", code.lower(), "--design", "horizon", "--lang", "en", "--out", file)
    assert done.exit_code == 0, done.output
    with Image.open(file) as image:
        assert image.size == (1080, 1920)
        assert zxingcpp.read_barcode(image).text == f"https://portal.example.com/r/{code}?d=horizon"


def test_a4_becomes_a_pdf_and_a_phones_design_does_not(code: str, tmp_path: Path) -> None:
    file = tmp_path / "poster.pdf"
    assert run("poster", code, "--design", "gallery", "--out", file).exit_code == 0
    assert len(pypdfium2.PdfDocument(file)) == 1
    assert run("poster", code, "--design", "arch", "--out", tmp_path / "no.pdf").exit_code == 1
    assert not (tmp_path / "no.pdf").exists()


def test_wrong_calls_say_why(code: str, tmp_path: Path) -> None:
    assert run("poster", code, "--out", tmp_path / "poster.gif").exit_code == 2
    assert run("poster", "22222222", "--out", tmp_path / "poster.png").exit_code == 1
    assert run("poster", code, "--design", "nowhere", "--out", tmp_path / "poster.png").exit_code == 1


def test_a_folder_that_is_not_there_is_said(code: str, tmp_path: Path) -> None:
    done = run("poster", code, "--out", tmp_path / "missing" / "poster.png")
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "no traceback"
    assert "No such file or directory" in done.output


def test_signs_that_cannot_be_drawn_are_named(code: str, tmp_path: Path) -> None:
    done = run("poster", code, "--name", "林静🌸", "--out", tmp_path / "poster.png")
    assert done.exit_code == 0
    assert "🌸" in done.output
    assert run("poster", code, "--title", "找我 13900000056", "--out", tmp_path / "poster.png").exit_code == 1


def test_designs_are_listed_and_broken_ones_named(code: str, tmp_path: Path) -> None:
    listed = run("designs")
    assert listed.exit_code == 0
    assert {"arch", "horizon", "letter", "gallery", "column"} <= {
        line.split()[0] for line in listed.output.splitlines()
    }
    (tmp_path / "designs").mkdir()
    (tmp_path / "designs" / "mine.toml").write_text("name = 'Mine'")
    broken = run("designs")
    assert broken.exit_code == 1
    assert "mine.toml: name: it must be" in broken.output
