"""What requests and answers are made of: strict, and the same in the document (OpenAPI) as in the code."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from ..clock import YEARS
from ..rules.partner_api.thin_events import rfc3339


def _printable(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise PydanticCustomError("not_a_line", "This must be one line of text.")
    return text


def _readable(text: str) -> str:
    if not text.strip() or not all(one.isprintable() or one in "\n\r\t" for one in text):
        raise PydanticCustomError("not_words", "These must be words.")
    return text


Line = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_printable)]
"""A line of text as people write it: a name, for example."""

Words = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_readable)]
"""What somebody says, in as many lines as it takes."""

Identifier = Annotated[str, Field(min_length=5, max_length=40)]

Instant = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-12-01T02:00:00.000Z"]}),
]
"""RFC 3339 in UTC."""


def _in_our_years(at: datetime) -> datetime:
    if at.tzinfo is None or at.year not in YEARS:
        raise PydanticCustomError("not_an_instant", "This must be an instant with its offset.")
    return at


Moment = Annotated[
    datetime,
    Field(strict=False),
    AfterValidator(_in_our_years),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-12-01T10:00:00+08:00"]}),
]
"""RFC 3339 with any offset, as it is sent to us."""

Day = Annotated[date, WithJsonSchema({"type": "string", "format": "date", "description": "A day in Asia/Shanghai."})]


class Asked(BaseModel):
    """What is sent to us: an unknown name is a mistake, and a number is no text."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Shown(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Money(Shown):
    """An amount."""

    amount_fen: int = Field(description="In fen: a hundredth of a yuan.", examples=[2300000])
    currency: str = Field(default="CNY", pattern="^CNY$")


class ReasonShown(Shown):
    """A reason by its code and in words."""

    code: str
    detail: str


class ClientShown(Shown):
    """A client, as far as he is shown: name and phone are masked."""

    name: str = Field(examples=["周**"])
    phone: str = Field(examples=["138****1234"])


class Fault(Shown):
    """What is wrong with one field."""

    pointer: str = Field(description="Which field: a JSON pointer (RFC 6901).", examples=["/phone"])
    detail: str = Field(examples=["This is not a phone number we can use."])


class Problem(Shown):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="The page that explains this code, in both languages.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="In the language of Accept-Language: Chinese or English.")
    code: str = Field(description="The last part of `type`.", examples=["invalid_phone"])
    errors: list[Fault] = Field(default_factory=list)
    facts: dict[str, Any] = Field(default_factory=dict, description="What the sentence was made of.")
