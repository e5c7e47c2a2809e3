"""The texts of the owner's handbooks, as they come with the portal."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from ..care.plan import Channel, Stage
from ..not_bought.reasons import Reason
from .text import Text


@cache
def given_texts() -> tuple[Text, ...]:
    """The library of the first day: a text for each step of the given plan, and for each reason of not buying."""
    return tuple(_text(row) for row in _document()["texts"])


@cache
def given_words() -> tuple[str, ...]:
    """Words that run down competitors, as the list of the first day has them."""
    return tuple(_document()["competitor_words"])


def _text(row: Mapping[str, Any]) -> Text:
    return Text(
        code=row["code"],
        channel=Channel(row["channel"]),
        zh=row["zh"],
        en=row.get("en", ""),
        step=row.get("step"),
        reason=Reason(row["reason"]) if "reason" in row else None,
        stage=Stage(row["stage"]) if "stage" in row else None,
        title=row.get("title", ""),
        title_en=row.get("title_en", ""),
    )


@cache
def _document() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("given.toml").read_text(encoding="utf-8"))
