"""Secrets that lie in files, as containers hand them over: `PORTAL_MAIL_PASSWORD_FILE` names one.

The file's content is the setting, without the line breaks at its end. A setting that comes both ways is refused: nobody
could tell which of the two holds.
"""

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from .secret_keys import SECRETS, ConfigError

IN_FILES = (
    *SECRETS,
    "database_url",
    "sms_key_secret",
    "sms_inbound_key",
    "mail_password",
    "wechat_app_secret",
    "wechat_site_secret",
    "wecom_app_secret",
    "oidc_client_secret",
    "scim_token",
    "metrics_token",
)
"""The settings that may lie in files: all secrets, and the database's address, which may hold a password."""
_LARGEST = 64 * 1024


def with_files(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment with what its files hold. Raises ConfigError."""
    return {**environ, **{name: _content(name, path, environ) for name, path in _named(environ)}}


def readable_by_all(environ: Mapping[str, str]) -> list[str]:
    """The settings whose files everybody on the machine may read."""
    return [name for name, path in _named(environ) if path.exists() and path.stat().st_mode & stat.S_IROTH]


def _named(environ: Mapping[str, str]) -> Iterable[tuple[str, Path]]:
    names = [f"PORTAL_{name.upper()}" for name in IN_FILES]
    return [(name, Path(path)) for name in names if (path := environ.get(f"{name}_FILE"))]


def _content(name: str, path: Path, environ: Mapping[str, str]) -> str:
    beside = [name, "DATABASE_URL"] if name == "PORTAL_DATABASE_URL" else [name]
    for other in beside:
        if environ.get(other):
            raise ConfigError(f"{other} and {name}_FILE are both set: leave one of them out")
    try:
        with path.open("rb") as file:
            read = file.read(_LARGEST + 1)
        text = read.decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"{name}_FILE: {path} cannot be read: {why}") from error
    if not text or len(read) > _LARGEST or "\n" in text:
        raise ConfigError(f"{name}_FILE: {path} must hold one line, the setting itself")
    return text
