"""Breaking text into lines, Chinese and English alike.

Chinese breaks between any two characters, except that closing punctuation never begins a line and opening
punctuation never ends one (避头尾), and that what belongs together stays so (`phrases`). English breaks between
words, and inside a word only when the word alone is wider than the line. Of all settings with the fewest lines the one
is taken that parts the least: a line ends best with a clause, and lines are much alike. Pure: the caller says how wide
a text is.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

from referral.drawing.phrases import leans_back, leans_on_next, units

Measure = Callable[[str], float]

_NEVER_FIRST = frozenset("，。、；：？！）》」』】〉”’…—·％,.;:?!)]}%")
_NEVER_LAST = frozenset("（《「『【〈“‘([{￥$#")
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters and signs that show nothing
_CLAUSE_ENDS = frozenset("，。；：？！…—·,.;:?!")
ELLIPSIS = "…"
_BEFORE_NO_ELLIPSIS = "，。、；：,.;:"

# What a setting costs: a line more than needed, lines unlike each other, and breaks inside of what is one.
_LINE, _UNEVEN = 100.0, 8.0
_LISTED, _BETWEEN_WORDS, _INSIDE_CLAUSE, _LEFT_OPEN, _TORN_OFF, _ORPHAN = 0.3, 0.3, 0.8, 1.5, 2.0, 1.5
_INSIDE_NAME = 1.4


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
    parts = (part for part in text.split("\n") if part)
    return [line for part in parts for line in _balanced(_pieces(part, width, measure), width, measure)]


def parts_a_clause(lines: Sequence[str], text: str) -> bool:
    """Whether a line ends inside a clause of a text that has ends of clauses to break at."""
    parts = text.split("\n")
    broken = [line for line in lines if line[-1] not in _CLAUSE_ENDS and line not in parts and not text.endswith(line)]
    return bool(broken) and any(sign in _CLAUSE_ENDS for sign in text[:-1])


def cut(text: str, max_lines: int, width: float, measure: Measure) -> list[str]:
    """The first ``max_lines`` lines, the last as full as it gets, and an ellipsis for what was left out."""
    lines = break_lines(text, width, measure)
    if len(lines) <= max_lines:
        return lines
    last, following = lines[max_lines - 1 : max_lines + 1]
    last = next((whole for gap in (" ", "") if (whole := last + gap + following) in text), last)
    while last and measure(last + ELLIPSIS) > width:
        last = last[:-1]
    return [*lines[: max_lines - 1], last.rstrip().rstrip(_BEFORE_NO_ELLIPSIS) + ELLIPSIS]


def _balanced(pieces: list[str], width: float, measure: Measure) -> list[str]:
    """The setting that parts the least, among those with the fewest lines."""
    fullest = _greedy(pieces, width, measure)
    if len(fullest) < 2:
        return fullest
    best = _by_meaning(pieces, len(fullest), width, measure)
    whole = len(best) == len(fullest) and all(measure(line) <= width for line in best)
    return best if whole else _evened(fullest, pieces, width, measure)


def _by_meaning(pieces: list[str], count: int, width: float, measure: Measure) -> list[str]:
    """The lines that cost the least; none where a piece alone is too wide. The width of a line is taken for that of its
    pieces, which kerning changes by little: the caller measures again."""
    wide, bare = [measure(piece) for piece in pieces], [measure(piece.rstrip()) for piece in pieces]
    if max(bare) > width:
        return []
    before = [0.0, *accumulate(wide)]
    alike = before[-1] / count
    costs, starts = [0.0], [0]
    for end in range(1, len(pieces) + 1):
        cost, start = min(_ways(end, pieces, (before, bare, costs), width, alike))
        costs.append(cost + (_cost_of_break(pieces[end - 1], pieces[end]) if end < len(pieces) else 0.0))
        starts.append(start)
    lines, end = [], len(pieces)
    while end:
        lines.append("".join(pieces[starts[end] : end]).strip())
        end = starts[end]
    return [line for line in reversed(lines) if line]


def _ways(
    end: int, pieces: list[str], known: tuple[list[float], list[float], list[float]], width: float, alike: float
) -> list[tuple[float, int]]:
    """What the text up to a piece costs, by where its last line begins."""
    before, bare, costs = known
    found, start = [], end - 1
    while start >= 0 and (line := before[end - 1] - before[start] + bare[end - 1]) <= width:
        uneven = _UNEVEN * ((line - alike) / width) ** 2
        orphan = _ORPHAN if end == len(pieces) and end - start == 1 and len(pieces[start].strip()) == 1 else 0.0
        found.append((costs[start] + _LINE + uneven + orphan, start))
        start -= 1
    return found


def _cost_of_break(ended: str, begins: str) -> float:
    """How much a break between two pieces parts."""
    last, first = ended.rstrip(), begins.strip()
    torn = _LEFT_OPEN * leans_on_next(last.lower()) + _TORN_OFF * leans_back(first.rstrip("".join(_CLAUSE_ENDS)))
    if last[-1:] in _CLAUSE_ENDS:
        return 0.0
    if last[-1:] == "、":
        return _LISTED
    if last.split(" ")[-1][:1].isupper() and first[:1].isupper():
        return torn + _INSIDE_NAME
    return torn + (_BETWEEN_WORDS if ended.endswith(" ") else _INSIDE_CLAUSE)


def _evened(best: list[str], pieces: list[str], width: float, measure: Measure) -> list[str]:
    """The narrowest setting that needs no more lines than the widest one."""
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


def _pieces(text: str, width: float, measure: Measure) -> list[str]:
    """The unbreakable pieces: words with the space after them, Chinese ones or single characters with punctuation; only
    characters where a word alone is wider than the line."""
    whole = _joined(units(text))
    return whole if all(measure(piece.rstrip()) <= width for piece in whole) else _joined(text)


def _joined(parts: Iterable[str]) -> list[str]:
    """The parts, each with what may not stand without it."""
    pieces: list[str] = []
    for unit in parts:
        if pieces and _sticks(pieces[-1][-1], unit[0]):
            pieces[-1] += unit
        else:
            pieces.append(unit)
    return pieces


def _sticks(before: str, sign: str) -> bool:
    if sign in _NEVER_FIRST or before in _NEVER_LAST or sign == " " or unicodedata.combining(sign):
        return True
    return before != " " and not _ideographic(before) and not _ideographic(sign)


def _ideographic(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"
