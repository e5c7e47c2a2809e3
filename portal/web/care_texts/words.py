"""Texts to clients in words: what one is for, how it stands, and what a reviewer is warned of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...models import CareText
from ...rules.care.due import KEEP_IN_TOUCH
from ...rules.care.plan import Step
from ...rules.care_texts.checks import Warn
from ...rules.care_texts.text import CHINESE, Text, Variable
from ...services.care_texts.library import Entry, EntryState
from ..care.words import CHANNELS
from ..care_plans.words import title as step_title
from ..components import reader_locale
from ..words.not_bought import REASONS

RHYTHMS: Mapping[str, Any] = {
    KEEP_IN_TOUCH: _l("Keeping in touch"),
    "remind": _l("No contact for a while"),
    "silent": _l("A silent client"),
}
"""Steps that stand in no plan: they follow from rhythms and silence."""

STATES: Mapping[EntryState, tuple[Any, str]] = {
    EntryState.GIVEN: (_l("From the handbooks"), "neutral"),
    EntryState.IN_USE: (_l("In use"), "success"),
    EntryState.RETIRED: (_l("Retired"), "warning"),
}

WARNINGS: Mapping[str, Any] = {
    "impersonal": _l("Nothing in it is about this client: use his name or his rooms."),
    "stock_address": _l("Nobody is addressed as “%(word)s”: use his name."),
    "competitor_words": _l("It may run down competitors: %(word)s."),
    "many_parts": _l("It is sent as %(parts)s text messages, and paid so often. Shorten it."),
    "opt_out_elsewhere": _l("How to stop belongs into text messages alone."),
}

LANGUAGES: Mapping[str, Any] = {"zh": _l("In Chinese"), "en": _l("In English")}


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning in words, and of which language's text."""

    language: str
    said: str


def warnings(found: Sequence[Warn]) -> list[Warned]:
    """What a reviewer is warned of, in words."""
    return [Warned(str(LANGUAGES[one.language]), str(WARNINGS[one.code]) % dict(one.facts)) for one in found]


def purpose(text: Text, steps: Mapping[str, Step]) -> str:
    """What a text is for: the step or the reason, in the reader's language."""
    if text.reason is not None:
        return str(_("Not bought: %(reason)s", reason=REASONS[text.reason]))
    step = text.step or ""
    if step in RHYTHMS:
        return str(RHYTHMS[step])
    return step_title(steps[step]) if step in steps else step


def title(text: Text, steps: Mapping[str, Step]) -> str:
    """How a text is called: its own title, else what it is for."""
    own = text.title if reader_locale().language == "zh" else text.title_en or text.title
    return own or purpose(text, steps)


def kind(text: Text) -> str:
    """By what it is said."""
    return str(CHANNELS[text.channel])


def place(one: Entry | CareText) -> str:
    """For which development a text is."""
    row = one.row if isinstance(one, Entry) else one
    return row.development.name if row is not None and row.development is not None else _("All developments")


def variables() -> list[str]:
    """The variables as the reader types them."""
    chinese = reader_locale().language == "zh"
    return [f"{{{CHINESE[one] if chinese else one.value}}}" for one in Variable]


COMMON: Mapping[str, Any] = {"any_stage": _l("Any stage")}
