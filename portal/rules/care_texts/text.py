"""A text to a client (话术), as a value: what it is for, its words in both languages, and the variables in them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from commissions.refusal import Refusal

from ..care.plan import NOT_BOUGHT, Channel, Stage
from ..not_bought.reasons import Reason

LONGEST = 1_000
"""Signs of a text; a letter is one page."""
SCRIPT_LINES = 3
"""A script for a call has so many lines: who I am, what I have for you, what comes next."""
OPT_OUT = {"zh": "退订回T", "en": "Reply T"}
"""How an advertising text says that one can stop it."""

SAID_BY = (Channel.WECHAT, Channel.CALL, Channel.TEXT, Channel.LETTER)
"""By what a text can be said. A gift, a visit or an event is announced by one of these."""


class Variable(StrEnum):
    """What a text says of the client at hand; the value is its English name."""

    CLIENT = "client"
    DEVELOPMENT = "development"
    ROOMS = "rooms"
    CONSULTANT = "consultant"
    LINK = "link"


CHINESE: Mapping[Variable, str] = {
    Variable.CLIENT: "称呼",
    Variable.DEVELOPMENT: "楼盘",
    Variable.ROOMS: "户型",
    Variable.CONSULTANT: "顾问",
    Variable.LINK: "链接",
}

PERSONAL = frozenset({Variable.CLIENT, Variable.ROOMS})
"""Of these one at least makes a text a personal one."""

_NAMED = {name: variable for variable, chinese in CHINESE.items() for name in (variable.value, chinese)}
_PLACE = re.compile(r"[{｛]\s*([^{}｛｝\n]{1,40}?)\s*[}｝]")


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the library. Of `step` (of a care plan) and `reason` (of not buying) exactly one says what it is for;
    without `stage` it fits any.

    Raises Refusal when built from what could not be sent: `care_text_for_what`, `care_text_channel`, `care_text_empty`,
    `care_text_too_long`, `care_text_variable`, `care_text_script`, `care_text_no_opt_out`, each with `field`.
    """

    code: str
    channel: Channel
    zh: str
    en: str = ""
    step: str | None = None
    reason: Reason | None = None
    stage: Stage | None = None
    title: str = ""
    title_en: str = ""

    def __post_init__(self) -> None:
        if (self.step is None) is (self.reason is None):
            raise Refusal("care_text_for_what", field="use")
        if self.channel not in SAID_BY:
            raise Refusal("care_text_channel", field="channel")
        if not self.zh.strip():
            raise Refusal("care_text_empty", field="zh")
        for field in ("zh", "en") if self.en else ("zh",):
            self._check(field, getattr(self, field))

    def _check(self, field: str, words: str) -> None:
        if len(words) > LONGEST:
            raise Refusal("care_text_too_long", field=field, most=LONGEST)
        for name in _PLACE.findall(words):
            if name not in _NAMED:
                known = [CHINESE[one] if field == "zh" else one.value for one in Variable]
                raise Refusal("care_text_variable", field=field, name=name, known=known)
        if self.channel is Channel.CALL and len(script(words)) != SCRIPT_LINES:
            raise Refusal("care_text_script", field=field, lines=SCRIPT_LINES)
        if self.advertises and OPT_OUT[field].casefold() not in words.casefold():
            raise Refusal("care_text_no_opt_out", field=field, words=OPT_OUT[field])

    @property
    def advertises(self) -> bool:
        """Whether it is a text message to who has not bought, which says how to stop more of them."""
        return self.channel is Channel.TEXT and (self.stage is None or self.stage in NOT_BOUGHT)

    def words(self, language: str) -> str:
        """In a language; in Chinese where there is no other."""
        return self.en if language == "en" and self.en else self.zh


class Filled(NamedTuple):
    """A text with its variables filled in. `missing`: of which nothing is known, so that a person has to."""

    words: str
    missing: tuple[Variable, ...] = ()


def script(words: str) -> list[str]:
    """The lines of a script, without the empty ones."""
    return [line.strip() for line in words.splitlines() if line.strip()]


def variables(words: str) -> frozenset[Variable]:
    """The variables that stand in a text."""
    return frozenset(_NAMED[name] for name in _PLACE.findall(words) if name in _NAMED)


def fill(words: str, values: Mapping[Variable, str], language: str = "zh") -> Filled:
    """Put values in the place of variables. What is not known stays there by its name in brackets, to be seen."""
    missing = []

    def put(match: re.Match[str]) -> str:
        variable = _NAMED.get(match[1])
        if variable is None:
            return match[0]
        value = values.get(variable)
        if not value:
            missing.append(variable)
            return f"〔{CHINESE[variable]}〕" if language == "zh" else f"[{variable}]"
        return value

    filled = _PLACE.sub(put, words)
    return Filled(filled, tuple(dict.fromkeys(missing)))


def best(texts: list[Text], *, stage: Stage | None, channel: Channel) -> Text | None:
    """The text for a stage and a channel, of those that are for one step: that of the stage before one for any; that of
    the channel before another, in the order of `SAID_BY`."""
    fitting = [text for text in texts if text.stage is None or text.stage is stage]
    order = {way: number for number, way in enumerate(SAID_BY)}
    return min(
        fitting,
        key=lambda text: (text.channel is not channel, text.stage is None, order[text.channel], text.code),
        default=None,
    )
