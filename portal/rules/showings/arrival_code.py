"""The one-time code on the client's own phone: when one is sent, and whether what was typed counts (rules 3.2, 10).

The client reads the code to the broker who stands beside him, and the broker types it: that shows the client's phone at
the broker's side without a face. It is short, so it lives shortly and is guessed at a few times only.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from commissions.refusal import Refusal

from ...clock import day_start, local_day

DIGITS = 6
TEXTS_A_DAY = 2
"""A hard limit of the rules: no setting raises it (rules 10)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a code lives, how often it is guessed at, and how soon another is sent."""

    lives: timedelta = timedelta(minutes=10)
    tries: int = 5
    resend_after: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Issued:
    """A code that was sent. Instants are UTC; `tries` are those that came already."""

    issued_at: datetime
    tries: int = 0
    closed: bool = False


LIMITS = Limits()


def normalise(typed: str) -> str:
    """The digits that were typed: spaces and hyphens do not matter, nor does a full-width keyboard."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", typed) if sign.isdecimal())


def refuse_text(now: datetime, *, opted_out: bool, texts_today: int) -> Refusal | None:
    """Why this client may not be texted now, or None: client_opted_out, texts_used_up (with `try_again_at`).

    `texts_today` counts every text of the Shanghai day, whatever it was about.
    """
    if opted_out:
        return Refusal("client_opted_out")
    if texts_today >= TEXTS_A_DAY:
        return Refusal("texts_used_up", try_again_at=day_start(local_day(now) + timedelta(days=1)))
    return None


def refuse_code(now: datetime, latest: Issued | None, limits: Limits = LIMITS) -> Refusal | None:
    """Why no code is sent yet, or None: code_just_sent (with `try_again_at`). Later ones replace earlier ones."""
    if latest is None:
        return None
    again_at = latest.issued_at + limits.resend_after
    return Refusal("code_just_sent", try_again_at=again_at) if now < again_at else None


def refuse_try(now: datetime, code: Issued | None, limits: Limits = LIMITS) -> Refusal | None:
    """Why nothing that is typed can count, or None: code_not_sent, code_guessed_out, code_expired."""
    if code is None:
        return Refusal("code_not_sent")
    if code.tries >= limits.tries:
        return Refusal("code_guessed_out")
    if code.closed or now >= code.issued_at + limits.lives:
        return Refusal("code_expired")
    return None


def wrong(code: Issued, limits: Limits = LIMITS) -> Refusal:
    """What a wrong try is answered with; `code` counts it already."""
    if code.tries >= limits.tries:
        return Refusal("code_guessed_out")
    return Refusal("code_wrong", field="code", left=limits.tries - code.tries)
