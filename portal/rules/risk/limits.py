"""Limits of the risk desk: from when a figure is looked at, as a value and as TOML.

The house's own stand in `limits.toml`; what two people publish takes their place. What a text does not say has the
house's value; what it misspells, or says beyond its range, is refused with its place.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files

from commissions import toml_text
from commissions.money import WHOLE_BPS
from commissions.refusal import Refusal

from .figures import MOST_WEEKS, Figure, Limit

Limits = Mapping[Figure, Limit]

SETTINGS: Mapping[Figure, tuple[str, ...]] = {
    Figure.JUST_BEFORE: ("minutes", "least", "share"),
    Figure.DOUBTED: ("least", "share"),
    Figure.FAKE: ("least", "share"),
    Figure.ONE_FACE: ("least", "share"),
    Figure.NEVER_CAME: ("least", "share"),
    Figure.WALKED_IN: ("hours", "least", "share"),
    Figure.VELOCITY: ("weeks", "least", "times"),
}
"""What is set of each figure. Of a shared account or phone a person looks at each."""

RANGES: Mapping[str, tuple[int, int]] = {
    "least": (1, 10_000),
    "share": (0, WHOLE_BPS),
    "minutes": (1, 1_440),
    "hours": (1, 720),
    "weeks": (2, MOST_WEEKS),
    "times": (1, 100),
}
"""The least and the most of each setting."""


def checked(limits: Limits) -> Limits:
    """The limits, whole and within their ranges. Raises Refusal `risk_limit_range` (`place`, `least`, `most`)."""
    for figure, names in SETTINGS.items():
        for name in names:
            least, most = RANGES[name]
            value = getattr(limits[figure], name)
            if type(value) is not int or not least <= value <= most:  # a bool is an int to isinstance
                raise Refusal("risk_limit_range", place=f"{figure}.{name}", least=least, most=most)
    return limits


def from_toml(text: str) -> Limits:
    """The limits that a text describes. Raises Refusal `risk_limits_syntax`, `risk_limits_unknown`, and those of
    `checked`."""
    try:
        document = toml_text.load(text)
    except toml_text.NotToml as fault:
        raise Refusal("risk_limits_syntax", place=fault.place, reason=fault.reason) from fault
    limits = dict(given())
    for name, values in document.items():
        figure = next((one for one in SETTINGS if one == name), None)
        if figure is None or not isinstance(values, dict):
            raise Refusal("risk_limits_unknown", place=name)
        for key in values:
            if key not in SETTINGS[figure]:
                raise Refusal("risk_limits_unknown", place=f"{name}.{key}")
        limits[figure] = replace(limits[figure], **values)
    return checked(limits)


def to_toml(limits: Limits) -> str:
    """The limits as the text that `from_toml` reads back; every setting is said."""
    tables = [
        "".join([f"[{figure}]\n", *(f"{name} = {getattr(limits[figure], name)}\n" for name in names)])
        for figure, names in SETTINGS.items()
    ]
    return "\n".join(tables)


@cache
def given() -> Limits:
    """The house's own limits, which hold until others are published."""
    text = files(__package__).joinpath("limits.toml").read_text("utf-8")
    return {Figure(name): Limit(**values) for name, values in tomllib.loads(text).items()}
