"""The secrets that the portal cannot do without: made fresh, and kept where a developer has none of his own."""

import base64
import json
import os
import secrets
from pathlib import Path

from .crypto import KEY_BYTES

SECRETS = ("secret_key", "data_keys", "index_key", "signing_key")


class ConfigError(Exception):
    """The environment is incomplete or wrong; the message says which setting, in one line."""


def new_secrets() -> dict[str, str]:
    """Fresh secrets, as `portal secrets` prints them."""
    return {name: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() for name in SECRETS}


def kept_secrets(folder: Path) -> dict[str, str]:
    """A developer's secrets: made once, readable by their owner alone."""
    path = folder / "secrets.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".secrets-{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(new_secrets(), indent=1))
        try:
            os.link(draft, path)  # fails where another process was first: its secrets hold
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        kept = json.loads(path.read_text())
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or kept.keys() != set(SECRETS):
        raise ConfigError(f"{path} does not hold the secrets that were made here: bring it back from where it is kept")
    return kept


def key_of(name: str, text: str) -> bytes:
    """A key of a setting. Raises ConfigError."""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{name} must hold {KEY_BYTES} bytes in base64")
    return key
