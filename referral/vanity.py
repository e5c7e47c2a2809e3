"""A code of one's own: the short word that a referrer chooses, once, beside the code that was drawn for him.

It has no check letter, since a person chose all of it. What a check letter gives a drawn code, distance gives this one:
no two chosen codes are one slip apart (one letter wrong, left out or added, two neighbours swapped), so a slip leads to
nobody, never to somebody else. Letters that look alike are one letter: O is 0, I and L are 1, U is V, Z is 2. It is
shorter than a drawn code by two signs or more, so that neither is taken for the other.
"""

import string
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from commissions.refusal import Refusal

from .code import LENGTH, normalise

SHORTEST, LONGEST = 4, LENGTH - 2

_FOLD = str.maketrans("OILUZ", "011V2")
_FOR_LETTERS = str.maketrans("34578", "EASTB")
_SIGNS = frozenset(string.ascii_uppercase + string.digits)
_FOLDED = "".join(sorted({sign.translate(_FOLD) for sign in _SIGNS}))


def choose(text: str) -> str:
    """The code that a person may have for what was typed: upper-case, without spaces.

    Raises Refusal: ``vanity_shape`` (facts ``least``, ``most``) for anything but 4 to 6 Latin letters and digits with a
    letter among them, ``vanity_taken_word`` for one that is reserved or rude.
    """
    code = normalise(text)
    if not SHORTEST <= len(code) <= LONGEST or not _SIGNS.issuperset(code) or code.isdigit():
        raise Refusal("vanity_shape", least=SHORTEST, most=LONGEST, field="code")
    whole, anywhere = _words()
    if any(word in _read(code) for word in anywhere) or not whole.isdisjoint(_stems(code)):
        raise Refusal("vanity_taken_word", field="code")
    return code


def fold(text: str) -> str:
    """How a chosen code is found: letters that look alike become one. Any text may be given."""
    return normalise(text).translate(_FOLD)


def could_be(text: str) -> bool:
    """Whether what was typed has the length of a chosen code."""
    return SHORTEST <= len(normalise(text)) <= LONGEST


def near(folded: str) -> frozenset[str]:
    """The folded code and all that are one slip away from it: about four hundred words, for one look into an index."""
    return frozenset({folded, *_wrong(folded), *_lost(folded), *_added(folded), *_swapped(folded)})


def _wrong(word: str) -> Iterator[str]:
    return (word[:at] + sign + word[at + 1 :] for at in range(len(word)) for sign in _FOLDED)


def _lost(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _added(word: str) -> Iterator[str]:
    return (word[:at] + sign + word[at:] for at in range(len(word) + 1) for sign in _FOLDED)


def _swapped(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))


def _read(text: str) -> str:
    """What a reader makes of it: digits that are written for letters are those. Only to tell words: 5 is no S else."""
    return fold(text).translate(_FOR_LETTERS)


def _stems(code: str) -> frozenset[str]:
    """The code without digits at its ends and without a last S, read: what its word may be."""
    digits = string.digits
    words = {_read(word) for word in (code, code.lstrip(digits), code.rstrip(digits), code.strip(digits))}
    return frozenset(words | {word.removesuffix("S") for word in words})


@cache
def _words() -> tuple[frozenset[str], tuple[str, ...]]:
    """The words that no code may be, and those that none may hold."""
    table = tomllib.loads((files("referral") / "vanity.toml").read_text("utf-8"))
    return frozenset(map(_read, table["reserved"] + table["rude_alone"])), tuple(map(_read, table["rude"]))
