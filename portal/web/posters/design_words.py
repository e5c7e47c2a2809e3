"""What is wrong with a design, in the reader's language. Words of the file (`qr`, `stack 2`) stay as they are."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from referral.posters.design import Fault
from referral.posters.trial import SAMPLES

WORDS: tuple[Any, ...] = (
    # the file
    _l("it is larger than %(most)s bytes"),
    _l("it is no text in UTF-8"),
    _l("it is no TOML: %(why)s"),
    # a value
    _l("it is missing"),
    _l("nobody knows this word"),
    _l("it must be a table"),
    _l("it must be a text"),
    _l("it must be up to 30 small letters, digits and hyphens"),
    _l("its braces do not match"),
    _l("braces hold one name each, such as {referrer}"),
    _l("it must be a whole number from %(least)s to %(most)s"),
    _l("it must be true or false"),
    _l("it must be one of %(words)s"),
    _l("it must be [left, top, width, height] in whole pixels"),
    _l("its width and height must be at least 1"),
    _l("it must be a list of tables"),
    _l("there are at most %(most)s of them"),
    _l("it must be a table of texts"),
    _l("it must be #rrggbb, or such as 'primary 12%% paper' of colours above it"),
    _l("%(names)s is missing"),
    # the whole
    _l("it must be a square of at least %(least)s px to scan"),
    _l("its texts need %(need)s px and have %(have)s"),
    _l("min_size must be from %(least)s px to its size"),
    _l("a text's name stands once, and these stand twice: %(names)s"),
    _l("no text says %(names)s"),
    _l("no advertisement may say %(word)s"),
    _l("it leaves the poster and its bleed"),
    _l("it leaves the poster"),
    _l("it reaches the edge, so it must reach %(bleed)s px beyond it"),
    _l("it does not hold the picture"),
    _l("it leaves the margins"),
    _l("it crosses the edge of %(other)s"),
    _l("it stands on the picture: put a panel under it"),
    _l("it overlaps %(other)s"),
    # the trial
    _l("it is too small for a link of %(letters)s letters"),
    _l("it could not be read with the words of %(sample)s, %(lang)s"),
    _l("%(one)s and %(other)s overlap with the words of %(sample)s, %(lang)s"),
    _l("%(one)s leaves the margins with the words of %(sample)s, %(lang)s"),
)
"""Every reason of a fault: what the rules say in English is the key of its translation, and stands here to have one."""

SAMPLE_WORDS: Mapping[str, Any] = {
    "plain": _l("Usual words"),
    "english": _l("English words"),
    "long": _l("Very long words"),
    "unbroken": _l("Words without a gap"),
    "tall": _l("Many short lines"),
    "braces": _l("Strange signs"),
    "empty": _l("Hardly any words"),
}
"""The words that a design is tried with; a test holds them to `trial.SAMPLES`."""

LANGUAGE_WORDS = {"zh": "中文", "en": "English"}


def why(fault: Fault) -> str:
    """The reason of a fault."""
    facts = dict(fault.facts)
    if facts.get("sample") in SAMPLES:
        facts["sample"] = f"“{SAMPLE_WORDS[str(facts['sample'])]}”"
        facts["lang"] = LANGUAGE_WORDS[str(facts["lang"])]
    return gettext(fault.reason) % facts
