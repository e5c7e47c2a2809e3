"""Who brought whom, as pages: a small picture of any graph, a way into it without scripts, nothing unmasked."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.clock import local_day
from portal.db import Database
from portal.models import Audience, Development, Lead, Person, Referrer, Role
from portal.services.leads import leads
from portal.web.graph.routes import MOST, NEAR
from tests import factories as make
from tests.clock import MovableClock
from tests.factories import friends
from tests.web.client import Page, PageClient

SignIn = Callable[[Person], PageClient]
FRIEND, PHONE = "王小明", "13912345678"


@pytest.fixture
def manager(store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


@pytest.fixture
def home(store: Database) -> Development:
    with store.transaction() as session:
        return make.development(session, name="云栖里")


@pytest.fixture
def brings(store: Database, clock: MovableClock) -> Callable[..., Lead]:
    """A friend leaves a number at somebody's page."""

    def leave(referrer: Referrer, phone: str = "") -> Lead:
        with store.transaction() as session:
            return leads.leave_lead(
                session,
                clock(),
                leads.LeftLead(
                    code=referrer.code,
                    name=FRIEND,
                    phone=phone or make.new_phone(),
                    consent_version="2",
                    locale="en",
                    address=None,
                ),
            )

    return leave


@pytest.fixture
def referrer(store: Database, home: Development) -> Callable[..., Referrer]:
    """Somebody joins."""

    def join(name: str, phone: str | None = None, **given: Any) -> Referrer:
        with store.transaction() as session:
            person = make.person(session, Role.REFERRER, name=name, phone=phone)
            return make.referrer(session, person=person, **{"development": session.merge(home)} | given)

    return join


@pytest.fixture
def chain(referrer: Callable[..., Referrer], brings: Callable[..., Lead]) -> list[Referrer]:
    """陈静怡 brought 林一, and 林一 brought two friends; in another group, 何敏 brought one."""
    first = referrer("陈静怡")
    brings(first, PHONE)
    second = referrer("林一", PHONE)
    for _ in range(2):
        brings(second)
    other = referrer("何敏", audience=Audience.CITIZEN)
    brings(other)
    return [first, second, other]


def drawn(page: Page) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(str(page.one("[data-picture]")["data-picture"]))
    return facts


def labels(page: Page) -> list[str]:
    return [node["label"] for node in drawn(page)["nodes"]]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_whole_is_a_picture_and_a_table(app: Flask, store: Database, chain: list[Referrer], language: str) -> None:
    with store.transaction() as session:
        finance = make.person(session, Role.FINANCE)
    page = PageClient(app, language).sign_in(finance).get("graph.index")
    facts = drawn(page)
    assert {"陈静怡", "林一", "何敏"} < set(labels(page))
    arrows = [(edge["from"], edge["to"]) for edge in facts["edges"] if edge["brought"]]
    assert arrows == [(f"r{chain[0].id}", f"r{chain[1].id}")]
    assert page.texts("tbody .cell-title") == ["林一", "陈静怡", "何敏"]
    assert page.texts("tbody .cell-wide")[0] == "陈静怡", "who brought the second"
    assert page.texts(".figures dd")[:5] == ["3", "4", "0", "0", "1"]
    assert not page.all("main a[href*='/referrers/'][href^='/referrers']"), "finance reads no accounts of referrers"


def test_every_node_that_opens_is_a_link_too(manager: PageClient, chain: list[Referrer]) -> None:
    page = manager.get("graph.index")
    links = {str(link["href"]) for link in page.all("main a[href]")}
    assert {node["url"] for node in drawn(page)["nodes"]} <= links
    group = manager.get(str(page.all(".graph-openings a")[0]["href"]))
    assert group.texts(".trail li") == ["全部推荐人", "云栖里 · 老业主"]
    assert group.texts("tbody .cell-title") == ["林一", "陈静怡"]
    assert manager.get(str(group.one(".trail a")["href"])).texts("tbody .cell-title") == ["林一", "陈静怡", "何敏"]


def test_from_one_to_the_next(manager: PageClient, chain: list[Referrer]) -> None:
    page = manager.get("graph.index", audience="homeowner").follow("陈静怡").follow("林一")
    assert page.h1 == "林一"
    assert "陈静怡" in page.texts("main a")
    assert labels(page) == ["林一", "陈静怡", "王**", "王**"]
    assert page.texts("tbody .cell-title") == ["王**", "王**"]
    friend = manager.get(drawn(page)["nodes"][-1]["url"])
    assert (friend.h1, labels(friend)) == ("王**", ["王**", "林一"])
    assert friend.all(".empty"), "who brought nobody"
    assert manager.get("graph.index", audience="homeowner").all("option[selected]"), "filters stay in links"
    assert "audience=homeowner" in str(page.all(".trail a")[0]["href"])


def test_two_generations_stand_in_one_picture_and_in_its_tables(manager: PageClient, chain: list[Referrer]) -> None:
    page = manager.get("graph.referrer", referrer_id=chain[0].id)
    facts = drawn(page)
    assert labels(page) == ["陈静怡", "林一", "王**", "王**"]
    first, second = (node["key"] for node in facts["nodes"][:2])
    arrows = [(edge["from"], edge["to"]) for edge in facts["edges"]]
    assert arrows == [(first, second), *((second, node["key"]) for node in facts["nodes"][2:])]
    assert facts["nodes"][1]["size"] == 2
    nearer, further = page.all("table")
    assert [cell.get_text(strip=True) for cell in nearer.select("tbody .cell-title")] == ["林一"]
    assert "2 位朋友" in nearer.get_text()
    assert [cell.get_text(strip=True) for cell in further.select("tbody .cell-title")] == ["王**", "王**"]
    links = {str(link["href"]) for link in page.all("main a[href]")}
    assert {node["url"] for node in facts["nodes"][1:]} <= links, "what the picture opens, the tables open"


def test_who_became_a_referrer_is_shown_as_one(
    manager: PageClient, referrer: Callable[..., Referrer], brings: Callable[..., Lead]
) -> None:
    lead = brings(referrer("陈静怡"), PHONE)
    assert manager.get("graph.friend", lead_id=lead.id).h1 == "王**"
    second = referrer("林一", PHONE)
    assert manager.get("graph.friend", lead_id=lead.id).path == f"/graph/referrers/{second.id}"


def test_a_programme_is_a_referrer_like_any_other(
    manager: PageClient, referrer: Callable[..., Referrer], brings: Callable[..., Lead]
) -> None:
    company = referrer("桥园科技", audience=Audience.PROGRAMME)
    brings(company)
    page = manager.get("graph.index", audience="programme")
    assert labels(page)[1:] == ["桥园科技"]
    assert page.all(f"a[href='/programmes/{company.id}']")


def test_nothing_of_a_friend_is_unmasked(manager: PageClient, chain: list[Referrer]) -> None:
    pages = [manager.get("graph.index"), *(manager.get("graph.referrer", referrer_id=one.id) for one in chain)]
    for page in pages:
        assert FRIEND not in page.html
        assert PHONE not in page.html
    files = [manager.download("graph.download", kind=kind).data for kind in ("csv", "xlsx")]
    assert all(FRIEND.encode() not in file and PHONE.encode() not in file for file in files)


def test_filters_and_the_open_group_narrow_the_file(
    manager: PageClient, chain: list[Referrer], clock: MovableClock
) -> None:
    def read(**asked: Any) -> list[str]:
        text = manager.download("graph.download", kind="csv", **asked).get_data(as_text=True)
        return [line.split(",")[0] for line in text.splitlines()[2:]]

    assert read() == ["林一", "陈静怡", "何敏"]
    assert read(audience="citizen") == ["何敏"]
    assert read(within=f"{chain[0].development_id}-homeowner") == ["林一", "陈静怡"]
    assert read(q="静") == ["陈静怡"]
    today = local_day(clock())
    for days, all_of_them in ((-1, False), (0, True), (1, True)):
        day = (today + timedelta(days=days)).isoformat()
        assert (len(read(until=day)) == 3) is all_of_them, "the last day is one of them"
        assert (len(read(since=day)) == 3) is (days < 1)
    assert read(reached="signed") == []
    assert manager.get("graph.index", reached="signed").all(".empty")


@pytest.mark.parametrize("asked", [{"rest": "x"}, {"after": "1"}, {"rest": "-1.2"}, {"after": "1."}])
def test_a_place_that_was_never_offered_is_no_page(
    manager: PageClient, chain: list[Referrer], asked: dict[str, str]
) -> None:
    manager.get("graph.index", **asked, status=404)


def test_however_many_the_picture_stays_small_and_every_page_is_reached(
    store: Database, manager: PageClient, home: Development, clock: MovableClock
) -> None:
    with store.transaction() as session:
        everybody = [make.referrer(session, development=session.merge(home)) for _ in range(2 * MOST + 5)]
        for one in everybody:
            friends.accepted_lead(session, one, clock())
        for _ in range(NEAR + 5):
            friends.accepted_lead(session, everybody[0], clock())
    seen: set[str] = set()
    page = manager.get("graph.index")
    while True:
        assert len(drawn(page)["nodes"]) <= MOST
        assert len(str(page.one("[data-picture]")["data-picture"])) < 40_000
        seen |= {node["key"] for node in drawn(page)["nodes"] if node["mark"] == "referrer"}
        further = [one for one in page.all(".graph-openings a") if "rest=" in str(one["href"])]
        if not further:
            break
        page = manager.get(str(further[0]["href"]))
    assert seen == {f"r{one.id}" for one in everybody}
    rows = manager.get("graph.index").follow("下一页").all("tbody tr")
    assert len(rows) == 30

    near = manager.get("graph.referrer", referrer_id=everybody[0].id)
    assert len(drawn(near)["nodes"]) == NEAR
    rest = manager.get(str(near.one(".graph-openings a")["href"]))
    assert sum(node["mark"] == "friend" for node in drawn(rest)["nodes"]) == NEAR + 6 - (NEAR - 2)
