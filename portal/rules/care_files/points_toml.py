"""The rules of points as a text, which staff read, change and publish.

What is not known, or makes no sense, is refused at its place (`points[3].fact`). Raised are Refusals:
care_points_syntax, care_points_unknown_key, care_points_missing, care_points_value, care_points_twice; each carries
`place`.
"""

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from commissions import toml_text
from commissions.refusal import Refusal

from .facts import Fact
from .points import PointRule, Scoring, refuse

_SCORING = ("name", "a_from", "b_from", "points")
_RULE = ("code", "fact", "at_least", "points", "zh", "en")
_NEEDED = ("code", "fact", "at_least", "points", "zh")
_LONGEST = 60


def given_text() -> str:
    """The rules that a new portal begins with, as the text that they are kept in."""
    return resources.files(__package__).joinpath("points.toml").read_text(encoding="utf-8")


def scoring_from_toml(text: str) -> Scoring:
    """The rules that a TOML text describes."""
    try:
        document = toml_text.load(text)
    except toml_text.NotToml as fault:
        raise Refusal("care_points_syntax", place=fault.place, reason=fault.reason) from fault
    _check_keys(document, _SCORING, _SCORING, "")
    rows = document["points"]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        refuse("points", rows, "a list of tables [[points]]")
    rules = tuple(_rule(row, f"points[{number}].") for number, row in enumerate(rows, 1))
    return Scoring(_text("name", document["name"]), document["a_from"], document["b_from"], rules)


def scoring_to_toml(scoring: Scoring) -> str:
    """Write rules so that `scoring_from_toml` reads equal ones back."""
    lines = [f"name = {_quoted(scoring.name)}", f"a_from = {scoring.a_from}", f"b_from = {scoring.b_from}"]
    for rule in scoring.rules:
        values = {"code": rule.code, "fact": rule.fact.value, "at_least": rule.at_least, "points": rule.points}
        texts = {"zh": rule.zh, "en": rule.en}
        lines += ["", "[[points]]"]
        lines += [f"{key} = {value if isinstance(value, int) else _quoted(value)}" for key, value in values.items()]
        lines += [f"{key} = {_quoted(value)}" for key, value in texts.items()]
    return "".join(f"{line}\n" for line in lines)


def _rule(row: Mapping[str, Any], place: str) -> PointRule:
    _check_keys(row, _RULE, _NEEDED, place)
    try:
        zh = _text("zh", row["zh"])
        return PointRule(
            code=_code(row["code"]),
            fact=next((fact for fact in Fact if fact == row["fact"]), None) or refuse("fact", row["fact"], _FACTS),
            at_least=row["at_least"],
            points=row["points"],
            zh=zh,
            en=_text("en", row.get("en", zh)),
        )
    except Refusal as refusal:
        refusal.facts["place"] = f"{place}{refusal.facts['place']}"
        raise


_FACTS = " | ".join(Fact)


def _check_keys(table: Mapping[str, Any], known: Sequence[str], needed: Sequence[str], place: str) -> None:
    for key in table:
        if key not in known:
            raise Refusal("care_points_unknown_key", place=place + key, known=list(known))
    for key in needed:
        if key not in table:
            raise Refusal("care_points_missing", place=place + key)


def _text(place: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST or not value.isprintable():
        refuse(place, value, f"a text of at most {_LONGEST} signs")
    return value.strip()


def _code(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isidentifier() or len(value) > 40:
        refuse("code", value, "a name of ASCII letters, digits and _, at most 40")
    return value


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
