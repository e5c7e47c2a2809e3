"""When two names look the same to a reader although their letters differ."""

import unicodedata

_ALIKE = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7\u03bf",
    "ABEKMHOPCTXaeopcyxiABEZHIKMNOPTXo",
)
"""Cyrillic and Greek letters that are drawn as Latin ones."""


def look_of(name: str) -> str:
    """What a reader sees of a name: no case, no width, no gaps and signs, no foreign letters that look like ours."""
    plain = unicodedata.normalize("NFKC", name).translate(_ALIKE).casefold()
    return "".join(sign for sign in plain if sign.isalnum())
