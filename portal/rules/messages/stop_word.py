"""What somebody answers to a text to say: no more (退订, rules 10)."""

import unicodedata

_STOP = frozenset({"T", "TD", "N", "退订", "STOP", "UNSUBSCRIBE"})
_QUOTED = "“”\"'「」‘’.。!！ "


def says_stop(text: str) -> bool:
    """Whether the answer is one of the words for it, however it was typed. A sentence that holds one is no answer."""
    return unicodedata.normalize("NFKC", text).strip(_QUOTED + "\r\n\t").upper().removeprefix("回复") in _STOP
