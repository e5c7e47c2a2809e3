"""The heading of a table that somebody brings: which columns count, whatever their order and whatever is beside them.

What stands above the heading, and every other column, is passed over.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .tables import Row

_WITHIN = 30


def find_heading(
    rows: Iterable[Row], words: Mapping[str, Sequence[str]], enough: Sequence[set[str]]
) -> Mapping[str, int] | None:
    """Where the columns stand, by the first row that names enough of them; None where none of the first rows does.

    `words`: what each may be called. `enough`: of these sets of columns one must be whole.
    """
    folded_words = {key: {_folded(word) for word in called} for key, called in words.items()}
    for row, cells in rows:
        folded = [_folded(cell) for cell in cells]
        places = {
            key: next(place for place, cell in enumerate(folded) if cell in called)
            for key, called in folded_words.items()
            if called & set(folded)
        }
        if any(one <= places.keys() for one in enough):
            return places
        if row >= _WITHIN:
            break
    return None


def rows_below_heading(
    rows: Iterable[Row], words: Mapping[str, Sequence[str]], enough: Sequence[set[str]]
) -> Iterator[tuple[int, dict[str, str]]] | None:
    """What the rows under the heading say, by the keys of `words`, with each row's number; None where there is no
    heading. A column that is not there is empty in each; empty rows and those that begin with # are left out."""
    table = iter(rows)
    places = find_heading(table, words, enough)
    return None if places is None else _said(table, places, words)


def _said(rows: Iterable[Row], places: Mapping[str, int], keys: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for row, cells in rows:
        if cells[0].startswith("#"):
            continue
        said = {key: cells[place].strip() if place < len(cells) else "" for key, place in places.items()}
        if any(said.values()):
            yield row, dict.fromkeys(keys, "") | said


def _folded(text: str) -> str:
    """A heading without what people vary: case, blanks, full-width letters, the star of a needed column, a dot."""
    return re.sub(r"[\s*.]+", "", unicodedata.normalize("NFKC", text)).casefold()
