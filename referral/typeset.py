"""Breaking text into lines, Chinese and English alike.

Chinese breaks between any two characters, except that closing punctuation never begins a line and opening
punctuation never ends one (避头尾). English breaks between words, and inside a word only when the word alone
is wider than the line. Lines are then balanced, so that no single character is left over. Pure: the caller
says how wide a text is.
"""

import unicodedata
from collections.abc import Callable

Measure = Callable[[str], float]

_NEVER_FIRST = frozenset("，。、；：？！）》」』】〉”’…—·％,.;:?!)]}%")
_NEVER_LAST = frozenset("（《「『【〈“‘([{￥$#")
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters and signs that show nothing
ELLIPSIS = "…"


def clean(text: str) -> str:
    """The text without controls, with plain spaces, letters and their marks composed; a line feed is a wanted break.

    A text that shows nothing becomes an empty one.
    """
    kept = (" " if sign.isspace() and sign != "\n" else sign for sign in unicodedata.normalize("NFC", text))
    visible = "".join(sign for sign in kept if sign == "\n" or _shows(sign))
    return "\n".join(line for line in (" ".join(part.split()) for part in visible.split("\n")) if line)


def _shows(sign: str) -> bool:
    return unicodedata.category(sign)[0] != "C" and sign not in _BLANK


def break_lines(text: str, width: float, measure: Measure) -> list[str]:
    """Balanced lines, each at most ``width`` wide (a single sign wider than that stands alone)."""
    return [line for part in text.split("\n") if part for line in _balanced(_pieces(part), width, measure)]


def cut(text: str, max_lines: int, width: float, measure: Measure) -> list[str]:
    """The first ``max_lines`` lines, as full as they get, and an ellipsis for what was left out."""
    lines = [line for part in text.split("\n") for line in _greedy(_pieces(part), width, measure)]
    if len(lines) <= max_lines:
        return lines
    last, following = lines[max_lines - 1 : max_lines + 1]
    last = next((whole for gap in (" ", "") if (whole := last + gap + following) in text), last)
    while last and measure(last + ELLIPSIS) > width:
        last = last[:-1]
    return [*lines[: max_lines - 1], last.rstrip() + ELLIPSIS]


def _balanced(pieces: list[str], width: float, measure: Measure) -> list[str]:
    """The narrowest setting that needs no more lines than the widest one."""
    best = _greedy(pieces, width, measure)
    low, high = width / len(best) if best else width, width
    while len(best) > 1 and high - low > 4:
        middle = (low + high) / 2
        lines = _greedy(pieces, middle, measure)
        if len(lines) <= len(best) and all(measure(line) <= width for line in lines):
            best, high = lines, middle
        else:
            low = middle
    return best


def _greedy(pieces: list[str], width: float, measure: Measure) -> list[str]:
    lines, line = [], ""
    for piece in pieces:
        if measure((line + piece).rstrip()) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        *full, line = _chopped(piece.lstrip(), width, measure)
        lines += full
    return [*lines, line.rstrip()] if line.strip() else lines


def _chopped(piece: str, width: float, measure: Measure) -> list[str]:
    """A piece too wide for a line, cut between signs."""
    parts = [""]
    for sign in piece:
        if parts[-1] and measure(parts[-1] + sign) > width:
            parts.append("")
        parts[-1] += sign
    return parts


def _pieces(text: str) -> list[str]:
    """The unbreakable pieces: words with the space after them, single Chinese characters with punctuation."""
    pieces: list[str] = []
    for sign in text:
        if pieces and _sticks(pieces[-1][-1], sign):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _sticks(before: str, sign: str) -> bool:
    if sign in _NEVER_FIRST or before in _NEVER_LAST or sign == " " or unicodedata.combining(sign):
        return True
    return before != " " and not _ideographic(before) and not _ideographic(sign)


def _ideographic(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"
