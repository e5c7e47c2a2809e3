"""A message to a group as 企业微信 shows it: a few lines of its markdown, and never more than it takes.

What comes from people stands in it as plain text: signs that would make a link, a colour or a mention are taken out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_BYTES = 4096
"""企业微信 refuses more."""

_SIGNS = re.compile(r"[\[\]<>*`#\\]|\s+")
_ROOM_FOR_REST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a message says: what happened, what to do, and where."""

    subject: str
    do: str
    link: str


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around the lines: `go` on each link; `more` holds `%(count)s` of what is left out; `again` is said
    first where the message may stand in the group already."""

    go: str
    more: str
    again: str = ""


def plain(text: str) -> str:
    """A text without the signs that markdown reads."""
    return re.sub(" +", " ", _SIGNS.sub(" ", text)).strip()


def message(heading: str, lines: Sequence[Line], words: Words, left_out: int = 0) -> str:
    """The message; what is beyond its bound is counted, not said, together with what was left out before."""
    said = [f"> {words.again}"] if words.again else []
    said.append(f"**{plain(heading)}**")
    for number, line in enumerate(lines):
        part = _part(line, words.go)
        if _bytes([*said, part]) > MOST_BYTES - _ROOM_FOR_REST:
            left_out += len(lines) - number
            break
        said.append(part)
    if left_out:
        said.append(f"> {words.more % {'count': left_out}}")
    return "\n".join(said)


def _part(line: Line, go: str) -> str:
    do = f"\n> {plain(line.do)}" if line.do else ""
    return f"> {plain(line.subject)}{do} [{go}]({line.link})"


def _bytes(lines: Sequence[str]) -> int:
    return len("\n".join(lines).encode())
