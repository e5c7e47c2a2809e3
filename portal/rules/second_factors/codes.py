"""Six digits by time (TOTP, RFC 6238), and recovery codes as people type them."""

import re
from datetime import datetime

SECONDS = 30
"""How long six digits are shown."""

_DRIFT = 1
"""So many half minutes a phone's clock may be before or behind ours."""

RECOVERY_CODES = 10
RECOVERY_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None that is taken for another: no I and O beside 1 and 0."""

RECOVERY_LENGTH = 12
_PART = 4


def step_of(now: datetime) -> int:
    """The half minute that an instant lies in."""
    return int(now.timestamp()) // SECONDS


def steps_near(now: datetime) -> tuple[int, ...]:
    """The half minutes whose digits are taken now, the likeliest first."""
    here = step_of(now)
    return (here, *(here + side * away for away in range(1, _DRIFT + 1) for side in (-1, 1)))


def digits_of(typed: str) -> str | None:
    """The six digits that somebody typed, however they were grouped; None where it is something else."""
    bare = re.sub(r"\s", "", typed)
    return bare if re.fullmatch(r"[0-9]{6}", bare, re.ASCII) else None


def recovery_code_of(typed: str) -> str | None:
    """The recovery code that somebody typed, without spaces and strokes; None where it is something else."""
    bare = re.sub(r"[\s\-–—]", "", typed).upper()
    return bare if len(bare) == RECOVERY_LENGTH and set(bare) <= set(RECOVERY_LETTERS) else None


def as_shown(code: str) -> str:
    """A recovery code as it is written down: in groups of four."""
    return "-".join(code[start : start + _PART] for start in range(0, len(code), _PART))
