"""Texts to clients: the library as it stands, two people, retiring, and what is filled in."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import CareText, ProposalState, Role
from portal.rules.care.plan import Channel, Stage
from portal.rules.care_texts.given import given_texts, given_words
from portal.rules.care_texts.text import Text
from portal.rules.not_bought.reasons import GIVEN_SHARES, Reason
from portal.services.care.texts import Said, Speaker, text_for
from portal.services.care_plans import plans
from portal.services.care_texts import library, lists, texts
from portal.services.care_texts.library import EntryState
from portal.services.home.figure import counted
from tests import care_world
from tests import factories as make

DAY = timedelta(days=1)
HELLO = Text("virtual_tour", Channel.WECHAT, "{称呼}，您好", step="virtual_tour", stage=Stage.NOT_VISITED)


@pytest.fixture
def writer(session: Session) -> Actor:
    return Actor.of(care_world.consultant(session, name="林晓"))


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


def propose(session: Session, actor: Actor, now: datetime, said: Text = HELLO, place: int | None = None) -> CareText:
    row = texts.propose(session, actor, now, said, development_id=place, note="换季")
    session.flush()
    return row


def test_a_version_is_used_from_its_review_on(session: Session, writer: Actor, manager: Actor, now: datetime) -> None:
    row = propose(session, writer, now)
    assert (counted(session, texts.to_decide(writer)), counted(session, texts.to_decide(manager))) == (0, 1)
    key = ("virtual_tour", None)
    assert library.find(session, key).state is EntryState.GIVEN  # type: ignore[union-attr]
    with pytest.raises(Refusal, match="own_proposal"):
        texts.confirm(session, writer, now, row)
    texts.confirm(session, manager, now, row)
    session.flush()
    entry = library.find(session, key)
    assert entry is not None
    assert (entry.state, entry.text.zh, entry.row) == (EntryState.IN_USE, "{称呼}，您好", row)
    assert list(library.versions(session, key)) == [row]


def test_a_text_that_is_retired_comes_back_with_the_next_version(
    session: Session, writer: Actor, manager: Actor, now: datetime
) -> None:
    key = ("virtual_tour", None)
    with pytest.raises(Refusal, match="care_text_reason_needed"):
        texts.retire(session, manager, now, key, " ")
    texts.retire(session, manager, now, key, "数据过期")
    session.flush()
    assert library.library(session).for_step("virtual_tour", Stage.NOT_VISITED, Channel.WECHAT, None) is None
    with pytest.raises(Refusal, match="care_text_gone"):
        texts.retire(session, manager, now, key, "再来")
    texts.confirm(session, manager, now + DAY, propose(session, writer, now))
    session.flush()
    assert library.find(session, key).state is EntryState.IN_USE  # type: ignore[union-attr]
    assert [end.reason for end in library.ends(session, key)] == ["数据过期"]


def test_a_development_s_own_text_comes_before_the_one_for_all(session: Session, now: datetime) -> None:
    place = make.development(session).id
    care_world.care_text(session, development_id=place, zh="{称呼}，本楼盘")
    care_world.care_text(session, "discount", reason_for=Reason.PRICE, zh="{称呼}，通用")
    held = library.library(session)

    def used(at: int | None) -> str:
        entry = held.for_step("virtual_tour", Stage.NOT_VISITED, Channel.WECHAT, at)
        assert entry is not None
        return entry.text.zh

    assert used(place) == "{称呼}，本楼盘"
    assert used(None) != "{称呼}，本楼盘"
    assert "discount" in [one.text.code for one in held.for_reason(Reason.PRICE, place)]
    assert held.for_step("nothing", None, Channel.CALL, place) is None


def test_it_is_sent_back_or_taken_back(session: Session, writer: Actor, manager: Actor, now: datetime) -> None:
    first, other = propose(session, writer, now), propose(session, writer, now)
    texts.refuse(session, manager, now, first, "请用称呼")
    texts.withdraw(session, writer, now, other)
    assert [first.state, other.state] == [ProposalState.REFUSED, ProposalState.WITHDRAWN]
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE care_texts SET zh = 'x'"))


def test_a_text_is_filled_in_for_a_client(session: Session, manager: Actor, now: datetime) -> None:
    carer = care_world.consultant(session, name="林晓")
    file = care_world.care_file(session, name="王小明", carer=carer, at=now - DAY)
    steps = {step.code: step for step in plans.given().steps}

    def said(channel: Channel, code: str, language: str = "zh") -> Said:
        step = steps.get(code)
        return text_for(
            session, file, Speaker(carer, language, "https://own.example/v"), channel=channel, step=step, code=code
        )

    assert said(Channel.WECHAT, "virtual_tour").text.startswith(f"王小明，您好，我是{file.development.name}的林晓")
    assert "〔链接〕" in said(Channel.WECHAT, "virtual_tour").text
    lists.keep_link(session, manager, now, file.development_id, "https://tour.example/a")
    session.flush()
    assert "https://own.example/v" in said(Channel.WECHAT, "virtual_tour").text, "the client's own, which counts"
    assert "https://tour.example/a" in said(Channel.TEXT, "comparison").text
    assert len(said(Channel.CALL, "early_offer").script) == 3
    assert "您现在主要还在考虑哪一点" in said(Channel.CALL, "keep_in_touch").script[2]
    assert "退订回T" in said(Channel.TEXT, "silent").text
    assert said(Channel.CALL, "virtual_tour").script[1].startswith("想跟您说一下")
    assert said(Channel.CALL, "early_offer", "en").script[0].startswith("Hello 王小明, this is 林晓")
    assert said(Channel.LETTER, "models_by_post", "en").text.startswith("Dear 王小明,")
    assert said(Channel.CALL, "virtual_tour", "en").script[1].startswith("It is about this")


def test_the_library_is_read_in_few_queries(session: Session) -> None:
    assert len(library.library(session).entries) == len(given_texts())


def test_lists_are_as_given_until_somebody_keeps_others(session: Session, manager: Actor, now: datetime) -> None:
    assert lists.competitor_words(session) == given_words()
    assert lists.usual_shares(session) == GIVEN_SHARES
    lists.keep_words(session, manager, now, [" 鬼城 ", "", "鬼城"])
    lists.keep_shares(session, manager, now, {Reason.PRICE: 100})
    session.flush()
    assert (lists.competitor_words(session), lists.usual_shares(session)[Reason.PRICE]) == (["鬼城"], 100)


@pytest.mark.parametrize(
    ("keep", "code"),
    [
        (lambda *who: lists.keep_words(*who, [str(one) for one in range(301)]), "care_words_many"),
        (lambda *who: lists.keep_words(*who, ["长" * 31]), "care_word_long"),
        (lambda *who: lists.keep_shares(*who, {Reason.PRICE: 99}), "care_shares_sum"),
        (lambda *who: lists.keep_link(*who, 1, "javascript:alert(1)"), "care_link_wrong"),
        (lambda *who: lists.keep_link(*who, 1, "http://[x"), "care_link_wrong"),
    ],
    ids=["many", "long", "sum", "script", "brackets"],
)
def test_what_no_list_holds(session: Session, manager: Actor, now: datetime, keep, code: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refusal, match=code):
        keep(session, manager, now)
