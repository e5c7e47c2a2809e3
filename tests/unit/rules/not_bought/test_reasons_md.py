"""The tables of docs/care.md about who did not buy, run; and what they cannot say."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest

from portal.rules.not_bought import shares
from portal.rules.not_bought.reasons import GIVEN_SHARES, Reason, Tried
from portal.rules.not_bought.shares import Count, Mention
from portal.rules.not_bought.visits import Known, asked, revived_on

PAGE = (Path(__file__).parents[4] / "docs" / "care.md").read_text(encoding="utf-8")


def rows(name: str) -> list[list[str]]:
    """The rows' cells of the table under ``*[name]*``."""
    (table,) = re.findall(rf"^\*\[{name}\]\*\n\n\|.+\|\n\|[-|]+\|\n((?:\|.+\|\n?)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]


def day(number: str) -> date:
    return date(2026, 5, 31) + timedelta(days=int(number))


def days(cell: str) -> frozenset[date]:
    return frozenset(map(day, cell.split()))


def said(found: Iterable[date]) -> str:
    return " ".join(str((one - date(2026, 5, 31)).days) for one in found)


@pytest.mark.parametrize(("visits", "subscribed", "answered", "at", "wanted"), rows("asked"))
def test_asked(visits: str, subscribed: str, answered: str, at: str, wanted: str) -> None:
    assert said(asked(Known(days(visits), days(subscribed), days(answered)), day(at))) == wanted


@pytest.mark.parametrize(("visit", "visits", "subscribed", "wanted"), rows("revived"))
def test_revived(visit: str, visits: str, subscribed: str, wanted: str) -> None:
    found = revived_on(day(visit), Known(days(visits), days(subscribed)))
    assert said([found] if found else []) == wanted


@pytest.mark.parametrize("row", rows("shares"))
def test_shares(row: list[str]) -> None:
    counts = dict(zip(Reason, map(int, row[:5]), strict=True))
    assert " ".join(str(share) for share in shares.shares(counts).values()) == row[5]


def test_the_handbook_s_shares_are_whole() -> None:
    assert sum(GIVEN_SHARES.values()) == 100


MENTIONS = [
    Mention(Reason.PRICE, Tried.PAYMENT, True),
    Mention(Reason.PRICE, Tried.PAYMENT),
    Mention(Reason.PRICE),
    Mention(Reason.NEEDS, Tried.OTHER_HOME, True),
]


def test_how_many_came_back_by_reason_and_by_what_was_tried() -> None:
    of = shares.by_reason(MENTIONS)
    assert (of[Reason.PRICE], of[Reason.NEEDS], of[Reason.OTHER]) == (Count(3, 1), Count(1, 1), Count())
    assert (of[Reason.PRICE].permille, of[Reason.OTHER].permille) == (333, None)
    assert shares.by_tried(MENTIONS) == {
        (Reason.PRICE, Tried.PAYMENT): Count(2, 1),
        (Reason.PRICE, Tried.NOTHING): Count(1, 0),
        (Reason.NEEDS, Tried.OTHER_HOME): Count(1, 1),
    }


def test_by_group_keeps_the_order_and_every_reason() -> None:
    found = shares.by_group([("b", MENTIONS[0]), ("a", MENTIONS[3]), ("b", MENTIONS[2])])
    assert list(found) == ["b", "a"]
    assert found["b"] == {Reason.PRICE: 2} | dict.fromkeys(list(Reason)[1:], 0)
