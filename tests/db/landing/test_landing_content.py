"""What a development shows to friends: nothing before it is published, no price past its day, pictures in their order,
and no more of them than a page holds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.images.photos import Photo
from portal.adapters.storage.files import FolderFiles
from portal.clock import local_day
from portal.models import AuditEntry, Development, LandingContent, LandingPicture, Role
from portal.services.contacts import vault_of
from portal.services.kept_files import PictureChange
from portal.services.landing import content, house_types, pictures
from portal.services.landing.content import EMPTY, ContentFacts
from portal.services.landing.house_types import HouseTypeFacts
from tests import factories as make
from tests.factories import landing

HOME = HouseTypeFacts("B2", None, 4, 2, 2, 12850, 39_800_000)


@pytest.fixture
def files(session: Session, tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files", vault_of(session))


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


@pytest.fixture
def place(session: Session) -> Development:
    return make.development(session)


def photo() -> Photo:
    return pictures.take_in(landing.picture_file())


def deeds(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_it_is_shown_once_it_is_published_and_until_it_is_taken_down(
    session: Session, now: datetime, manager: Actor, place: Development
) -> None:
    facts = ContentFacts("400-123-4567", None, {"zh": {"hours": "每天 9:00–18:00"}})
    content.change(session, manager, now, place, facts)
    landing.house_type(session, place)
    assert content.shown(session, place, now, "zh") is EMPTY
    assert content.shown(session, place, now, "zh", draft=True).hotline == "400-123-4567"
    content.publish(session, manager, now, place)
    content.publish(session, manager, now, place)
    shown = content.shown(session, place, now, "zh")
    assert (shown.hours, [one.name for one in shown.house_types]) == ("每天 9:00–18:00", ["A1"])
    content.take_down(session, manager, now, place)
    content.take_down(session, manager, now, place)
    assert content.shown(session, place, now, "zh") is EMPTY
    assert deeds(session) == ["landing_changed", "landing_published", "landing_taken_down"]


def test_without_a_permit_nothing_is_shown(session: Session, now: datetime, place: Development) -> None:
    landing.landing_content(session, place)
    place.presale_permit = None
    assert content.shown(session, place, now, "zh") is EMPTY
    assert content.shown(session, place, now, "zh", draft=True).hotline


@pytest.mark.parametrize("field", ["zh_about", "en_hours", "name", "caption_en"])
def test_no_text_promises_what_no_advertisement_may(
    session: Session, now: datetime, manager: Actor, place: Development, files: FolderFiles, field: str
) -> None:
    words = {"zh": {"about": ["湖景", "稳涨不跌"]}} if field == "zh_about" else {"en": {"hours": "high yield daily"}}
    with pytest.raises(Refusal) as refused:
        if field == "name":
            house_types.add(session, manager, now, files, place, replace(HOME, name="升值户型"))
        elif field == "caption_en":
            pictures.add(session, manager, now, files, place, photo(), (None, "Rising prices"))
        else:
            content.change(session, manager, now, place, ContentFacts(None, None, words))
    assert (refused.value.code, refused.value.facts["field"]) == ("advertising_promise", field)
    assert deeds(session) == []


def test_a_draft_of_nothing_is_empty(session: Session, now: datetime, place: Development) -> None:
    assert content.shown(session, place, now, "zh", draft=True) == EMPTY
    content.take_down(session, Actor(None, None), now, place)
    assert session.scalar(select(LandingContent)) is None


def test_words_are_of_the_readers_language_or_none(session: Session, now: datetime, place: Development) -> None:
    landing.landing_content(session, place, words={"zh": {"hours": "每天", "about": ["湖景"]}})
    assert content.shown(session, place, now, "zh").about == ("湖景",)
    english = content.shown(session, place, now, "en")
    assert (english.hours, english.about) == ("", ())


@pytest.mark.parametrize(("days", "seen"), [(None, False), (-1, False), (0, True), (1, True)])
def test_a_price_is_shown_through_the_day_until_which_it_holds(
    session: Session, now: datetime, place: Development, days: int | None, seen: bool
) -> None:
    until = None if days is None else local_day(now) + timedelta(days=days)
    landing.landing_content(session, place, prices_until=until)
    dear, cheap = (landing.house_type(session, place, price_from_fen=fen) for fen in (500, 300))
    shown = content.shown(session, place, now, "zh")
    assert (shown.prices_until == until) is (seen or until is None)
    assert shown.least_price == (300 if seen else None)
    assert [shown.price_of(one) for one in (dear, cheap)] == ([500, 300] if seen else [None, None])


def test_a_day_without_a_price_says_nothing(session: Session, now: datetime, place: Development) -> None:
    landing.landing_content(session, place)
    landing.house_type(session, place, price_from_fen=None, area=8900)
    landing.house_type(session, place, price_from_fen=None, area=14_300)
    shown = content.shown(session, place, now, "zh")
    assert (shown.prices_until, shown.least_price, shown.areas) == (None, None, (8900, 14_300))


def test_what_is_moved_goes_one_place_and_stays_in_the_list(
    session: Session, now: datetime, manager: Actor, place: Development
) -> None:
    rows = [landing.house_type(session, place, name=name) for name in "ABC"]

    def names() -> str:
        session.flush()
        return "".join(one.name for one in content.house_types(session, place.id))

    steps = [(2, True, "ACB"), (2, True, "CAB"), (2, True, "CAB"), (1, False, "CAB"), (2, False, "ACB")]
    for number, up, expected in steps:
        house_types.move(session, manager, now, rows[number], up=up)
        assert names() == expected
    assert deeds(session) == ["house_type_moved"] * 3


def test_a_house_type_is_added_changed_and_removed_with_its_plan(
    session: Session, now: datetime, manager: Actor, place: Development, files: FolderFiles
) -> None:
    plan = pictures.take_in(landing.picture_file((1200, 900), "#ffffff"))
    row = house_types.add(session, manager, now, files, place, HOME, plan)
    kept = str(row.file_name)
    assert b"secret" not in files.get(kept)
    house_types.change(session, manager, now, files, row, HOME)
    assert row.file_name == kept
    house_types.change(session, manager, now, files, row, HOME, PictureChange(drop=True))
    assert row.file_name is None
    house_types.remove(session, manager, now, row)
    session.flush()
    assert not content.house_types(session, place.id)
    expected = ["house_type_added", "house_type_changed", "house_type_changed", "house_type_removed"]
    assert deeds(session) == expected


def test_pictures_stand_in_the_order_in_which_they_came_and_moved(
    session: Session, now: datetime, manager: Actor, place: Development, files: FolderFiles
) -> None:
    taken = photo()
    rows = [pictures.add(session, manager, now, files, place, taken, (str(number), None)) for number in range(3)]
    pictures.move(session, manager, now, rows[0], up=False)
    pictures.caption(session, manager, now, rows[2], ("湖", "The lake"))
    pictures.remove(session, manager, now, rows[1])
    session.flush()
    assert [(one.caption, one.caption_en) for one in content.pictures(session, place.id)] == [
        ("0", None),
        ("湖", "The lake"),
    ]


def test_a_house_type_that_is_sent_twice_is_one(
    session: Session, now: datetime, manager: Actor, place: Development, files: FolderFiles
) -> None:
    row = house_types.add(session, manager, now, files, place, HOME)
    other = house_types.add(session, manager, now, files, place, replace(HOME, name="another"))
    for again in (
        lambda: house_types.add(session, manager, now, files, place, HOME),
        lambda: house_types.change(session, manager, now, files, other, replace(HOME, name=HOME.name.upper())),
    ):
        with pytest.raises(Refusal) as refused:
            again()
        assert (refused.value.code, refused.value.facts) == ("house_type_exists", {"field": "name"})
    house_types.change(session, manager, now, files, row, HOME)


@pytest.mark.parametrize("thing", ["pictures", "house types"])
def test_a_page_holds_so_many_and_no_more(
    session: Session, now: datetime, manager: Actor, place: Development, files: FolderFiles, thing: str
) -> None:
    taken, names = photo(), map(str, count(1))
    one_more: Callable[[], object]
    if thing == "pictures":
        one_more, most, code = (
            lambda: pictures.add(session, manager, now, files, place, taken),
            pictures.MOST,
            "pictures_full",
        )
    else:
        one_more, most, code = (
            lambda: house_types.add(session, manager, now, files, place, replace(HOME, name=next(names))),
            house_types.MOST,
            "house_types_full",
        )
    for _ in range(most):
        one_more()
    with pytest.raises(Refusal) as refused:
        one_more()
    assert (refused.value.code, refused.value.facts["most"]) == (code, most)


@pytest.mark.parametrize(("size", "fits"), [((10, 10), False), ((2000, 479), False), ((480, 480), True)])
def test_a_picture_that_would_look_poor_is_refused_with_its_size(size: tuple[int, int], fits: bool) -> None:
    data = landing.picture_file(size)
    if fits:
        assert pictures.take_in(data).width == size[0]
        return
    with pytest.raises(Refusal) as refused:
        pictures.take_in(data)
    facts = refused.value.facts
    assert (refused.value.code, facts["field"], facts["width"], facts["height"]) == (
        "picture_too_small",
        "picture",
        *size,
    )


def test_no_file_is_left_of_what_was_not_committed(
    session: Session, now: datetime, manager: Actor, place: Development, files: FolderFiles
) -> None:
    row = pictures.add(session, manager, now, files, place, photo())
    name = row.file_name
    session.rollback()
    with pytest.raises(FileNotFoundError):
        files.get(name)
    assert session.scalar(select(LandingPicture)) is None
