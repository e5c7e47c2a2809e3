"""Secrets out of files: as good as those in the environment, and never two answers to one question."""

from pathlib import Path

import pytest

from portal.config import Config, ConfigError, new_secrets
from portal.config_checks import doubts
from portal.secret_files import with_files


def environ(folder: Path, ending: str = "\n") -> dict[str, str]:
    """A production environment whose secrets lie in files."""
    given = {"PORTAL_ENV": "production", "PORTAL_DATABASE_URL": "sqlite:///portal.db", "PORTAL_TRUSTED_PROXIES": "1"}
    for name, secret in new_secrets().items():
        path = folder / name
        path.write_text(secret + ending)
        path.chmod(0o600)
        given[f"PORTAL_{name.upper()}_FILE"] = str(path)
    return given


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_file_is_as_good_as_the_environment(tmp_path: Path, ending: str) -> None:
    given = environ(tmp_path, ending)
    read = Config.from_env(given)
    assert (read.data_keys, read.secret_key) == tuple(
        Path(given[f"PORTAL_{name}_FILE"]).read_text().strip() for name in ("DATA_KEYS", "SECRET_KEY")
    )


def test_a_databases_address_too(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgres://portal:secret@db/portal\n")
    given = {"PORTAL_DATABASE_URL_FILE": str(tmp_path / "url"), "PORTAL_DATA_DIR": str(tmp_path)}
    assert Config.from_env(given).url == "postgresql+psycopg://portal:secret@db/portal"
    with pytest.raises(ConfigError, match="DATABASE_URL and PORTAL_DATABASE_URL_FILE are both set"):
        with_files({**given, "DATABASE_URL": "sqlite://"})


WRONG = {
    "empty": (b"\n", "must hold one line"),
    "two lines": (b"a\nb\n", "must hold one line"),
    "no text": (b"\xff\xfe", "cannot be read: it is no text"),
    "too large": (b"x" * 70_000, "must hold one line"),
}


@pytest.mark.parametrize(("content", "said"), WRONG.values(), ids=WRONG)
def test_what_is_no_secret_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(ConfigError, match=f"PORTAL_MAIL_PASSWORD_FILE: .*{said}"):
        with_files({"PORTAL_MAIL_PASSWORD_FILE": str(tmp_path / "secret")})


def test_both_ways_at_once_are_refused(tmp_path: Path) -> None:
    given = {**environ(tmp_path), "PORTAL_SECRET_KEY": "x" * 40}
    with pytest.raises(ConfigError, match="PORTAL_SECRET_KEY and PORTAL_SECRET_KEY_FILE are both set"):
        Config.from_env(given)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"PORTAL_INDEX_KEY_FILE: .* cannot be read: No such file"):
        with_files({"PORTAL_INDEX_KEY_FILE": str(tmp_path / "nowhere")})


def test_a_file_that_everybody_may_read_is_doubted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = environ(tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "index_key").chmod(0o644)
    (said,) = [one for one in doubts(Config.from_env(given)) if "_FILE" in one]
    assert said.startswith("PORTAL_INDEX_KEY_FILE")
