"""What is told to whom, as tables: kinds, capacities, streams."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.rules.notifications.concerned import is_told, rings, streams
from portal.rules.notifications.kind import (
    CHANNELS,
    NAMED,
    Channel,
    Group,
    Importance,
    Kind,
    Page,
    Topic,
    Whom,
    WrongFacts,
    check_facts,
    told_deeds,
)
from portal.rules.notifications.kinds import KINDS

OF_BOTH = Kind("strikes", (Whom.PERSON, Whom.PRINCIPALS, Whom.FINANCE), Topic.STANDING, Page("x"), facts=("sum_fen",))
OUTSIDE = Kind("registrations", (Whom.PERSON,), Topic.CLIENTS, Page("x"), outside=True)
OWN = Kind("people", (Whom.PERSON,), Topic.SECURITY, Page("x"), Importance.SECURITY)

STREAMS: dict[str, tuple[Kind, int | None, int | None, list[str]]] = {
    "a person, an agency, a role": (OF_BOTH, 5, 3, ["role:finance", "person:5", "agency:3"]),
    "who is paid as a person has no agency": (OF_BOTH, 5, None, ["role:finance", "person:5"]),
    "an agency without a person": (OF_BOTH, None, 3, ["role:finance", "agency:3"]),
    "an agency's systems read what its principals are not told of": (OUTSIDE, 5, 3, ["person:5", "agency:3"]),
    "what is a person's alone stands in no agency's stream": (OWN, 5, 3, ["person:5"]),
}


@pytest.mark.parametrize(("kind", "person", "agency", "expected"), STREAMS.values(), ids=STREAMS)
def test_an_event_stands_in_the_streams_of_whom_it_concerns(
    kind: Kind, person: int | None, agency: int | None, expected: list[str]
) -> None:
    assert streams(kind, person, agency) == expected


TOLD: dict[str, tuple[Whom, bool, bool]] = {
    "who is concerned": (Whom.PERSON, False, True),
    "who is concerned and did it finds it again": (Whom.PERSON, True, True),
    "a role": (Whom.FINANCE, False, True),
    "of a role not who did it": (Whom.FINANCE, True, False),
    "nor of the principals": (Whom.PRINCIPALS, True, False),
}


@pytest.mark.parametrize(("whom", "did_it", "told"), TOLD.values(), ids=TOLD)
def test_who_did_it_is_not_told_with_the_others(whom: Whom, did_it: bool, told: bool) -> None:
    assert is_told(whom, did_it=did_it) is told


def test_what_one_did_oneself_rings_only_where_somebody_else_may_have_done_it() -> None:
    assert not rings(OF_BOTH, did_it=True)
    assert rings(OF_BOTH, did_it=False)
    assert rings(OWN, did_it=True)


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "another subject": ("showings", {"sum_fen": 1}),
    "a fact is missing": ("strikes", {}),
    "one too many": ("strikes", {"sum_fen": 1, "name": "王"}),
    "what JSON does not hold": ("strikes", {"sum_fen": datetime(2026, 1, 1, tzinfo=UTC)}),
}


@pytest.mark.parametrize(("subject", "facts"), WRONG.values(), ids=WRONG)
def test_an_event_is_told_as_its_kind_declares(subject: str, facts: dict[str, Any]) -> None:
    with pytest.raises(WrongFacts):
        check_facts("strike", OF_BOTH, subject, facts)


def test_the_declared_facts_pass() -> None:
    check_facts("strike", OF_BOTH, "strikes", {"sum_fen": None})


def test_a_page_of_the_staffs_own_is_for_those_whom_it_does_not_name() -> None:
    kind = replace(OF_BOTH, page=Page("own"), staff_page=Page("staff"))
    assert {kind.page_of(whom) for whom in NAMED} == {Page("own")}
    assert {kind.page_of(whom) for whom in set(Whom) - set(NAMED)} == {Page("staff")}
    assert {replace(kind, staff_page=None).page_of(whom) for whom in Whom} == {Page("own")}


def test_a_group_hears_of_all_of_a_kind_or_of_some() -> None:
    some = Group(only=("state", frozenset({"late", "lost"})))
    assert [some.hears({"state": state}) for state in ("late", "lost", "done")] == [True, True, False]
    assert not some.hears({})
    assert Group().hears({})


def test_what_the_kinds_tell_of_is_all_their_deeds() -> None:
    assert told_deeds([replace(OF_BOTH, deeds=("a", "b")), replace(OWN, deeds=("b", "c"))]) == {"a", "b", "c"}


def test_every_importance_knows_its_channels_and_the_inbox_is_one() -> None:
    assert CHANNELS.keys() == set(Importance)
    assert all(Channel.INBOX in channels for channels in CHANNELS.values())


def test_money_and_safety_cannot_be_switched_off() -> None:
    assert {kind.importance for kind in KINDS.values() if not kind.optional} <= {Importance.MONEY, Importance.SECURITY}


def test_every_kind_concerns_somebody_once_and_leads_somewhere() -> None:
    wrong = [name for name, kind in KINDS.items() if not kind.whom or len(set(kind.whom)) != len(kind.whom)]
    assert not wrong
    assert not [name for name in KINDS if len(name) > 40], "no column holds a longer name"
    assert not [name for name, kind in KINDS.items() if kind.outside and not set(kind.whom) & set(NAMED)]
