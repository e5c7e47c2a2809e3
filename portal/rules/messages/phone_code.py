"""The one-time code that shows whose number it is that somebody typed on a public page.

Anybody may type any number there, so a code is a text to a stranger: few go to one number, few are asked for from one
network, and what a page says is the same for every number. The code itself lives and is guessed at like the one for an
arrival (`arrival_code`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from commissions.refusal import Refusal

from ...clock import day_start, local_day
from ..showings import arrival_code
from ..showings.arrival_code import Issued, refuse_code


@dataclass(frozen=True, slots=True)
class Most:
    """How many codes go out in a Shanghai day: to one number, and to whoever asks from one network."""

    a_number: int = 3
    a_network: int = 30


@dataclass(frozen=True, slots=True)
class SentToday:
    """The codes of the Shanghai day: those to this number, those asked for from this network, those of this page."""

    to_number: int = 0
    from_network: int = 0
    of_page: int = 0


MOST = Most()


def check_sending(
    now: datetime, latest: Issued | None, sent: SentToday, most_of_page: int | None, most: Most = MOST
) -> None:
    """Refuse another code: code_just_sent, codes_used_up (this number's), codes_from_here, codes_of_page.

    Each says `try_again_at`. The page's and the network's limits stand before the number's: who tries numbers meets
    them whatever numbers he tries.
    """
    tomorrow = day_start(local_day(now) + timedelta(days=1))
    if most_of_page is not None and sent.of_page >= most_of_page:
        raise Refusal("codes_of_page", try_again_at=tomorrow)
    if sent.from_network >= most.a_network:
        raise Refusal("codes_from_here", try_again_at=tomorrow)
    if refusal := refuse_code(now, latest):
        raise refusal
    if sent.to_number >= most.a_number:
        raise Refusal("codes_used_up", try_again_at=tomorrow)


def refuse_try(now: datetime, code: Issued | None) -> Refusal | None:
    """Why nothing that is typed can count, or None: number_code_over (never sent, too old, replaced),
    number_code_guessed_out."""
    refusal = arrival_code.refuse_try(now, code)
    return None if refusal is None else _own(refusal)


def wrong(code: Issued) -> Refusal:
    """What a wrong try is answered with (code_wrong, number_code_guessed_out); `code` counts it already."""
    return _own(arrival_code.wrong(code))


def _own(refusal: Refusal) -> Refusal:
    """In the words of a page, where no reception stands beside."""
    if refusal.code == "code_guessed_out":
        return Refusal("number_code_guessed_out", field="code")
    return refusal if refusal.code == "code_wrong" else Refusal("number_code_over", field="code")
