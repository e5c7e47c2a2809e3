"""A client as brokers get it in a message: name and number in one line, in any order."""

import re
import unicodedata

_NUMBER = re.compile(r"1[3-9]\d[\s-]?[*xX×•●?]{2,8}[\s-]?\d{4}(?!\d)|\+?\d(?:[\s\-()]*\d){6,14}")
_AROUND = " \t,;:，；：、/|()-"
_READABLE = re.compile(r"[\u3400-\u9fff]|[^\W\d_]{2}")


def split_client(text: str) -> tuple[str, str] | None:
    """The number and the name in a line such as `王女士 138 2000 9003`; None where it is not just these two."""
    line = unicodedata.normalize("NFKC", " ".join(text.split()))
    found = _NUMBER.findall(line)
    if len(found) != 1:
        return None
    before, _number, after = line.partition(found[0])
    name = " ".join(part for part in (before.strip(_AROUND), after.strip(_AROUND)) if part)
    if not _READABLE.search(name) or any(sign.isdigit() for sign in name):
        return None
    return found[0].strip(), name
