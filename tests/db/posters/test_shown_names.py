"""How friends read who invites: masked, the own name, or a line that staff approved; nothing else."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import Role
from portal.services.posters import own_lines, shown_names
from tests import factories as make
from tests.factories.posters import poster_line


def test_friends_read_the_masked_name_until_the_referrer_chooses(session: Session, now: datetime) -> None:
    referrer = make.referrer(session, person=make.person(session, Role.REFERRER, name="蒋思远"))
    me = Actor.of(referrer.person)
    assert shown_names.inviter(session, referrer) == "蒋**"
    shown_names.choose(session, me, now, referrer, "蒋思远")
    assert shown_names.inviter(session, referrer) == "蒋思远"
    shown_names.choose(session, me, now, referrer, "")
    assert shown_names.inviter(session, referrer) == "蒋**"


def test_a_line_stands_there_once_it_is_approved(session: Session, now: datetime) -> None:
    referrer = make.referrer(session)
    me = Actor.of(referrer.person)
    line = poster_line(session, by=referrer.person, text="湖边的老蒋")
    with pytest.raises(Refusal, match="shown_name_unknown"):
        shown_names.choose(session, me, now, referrer, "湖边的老蒋")
    own_lines.approve(session, Actor.of(make.person(session, Role.CHANNEL_MANAGER)), now, line)
    shown_names.choose(session, me, now, referrer, "湖边的老蒋")
    assert shown_names.inviter(session, referrer) == "湖边的老蒋"


@pytest.mark.parametrize("name", ["稳赚", "售楼处", "加微信abc12345", "随便写"])
def test_nothing_else_does(session: Session, now: datetime, name: str) -> None:
    referrer = make.referrer(session)
    with pytest.raises(Refusal, match="shown_name_unknown"):
        shown_names.choose(session, Actor.of(referrer.person), now, referrer, name)
    referrer.shown_name = name
    assert shown_names.inviter(session, referrer) == shown_names.masked(referrer), "nor by another way into the row"


def test_a_name_that_the_list_stops_is_not_offered(session: Session) -> None:
    referrer = make.referrer(session, person=make.person(session, Role.REFERRER, name="稳赚不赔"))
    assert shown_names.offered(session, referrer) == []


def test_a_programme_is_called_by_its_name(session: Session) -> None:
    stand = make.programme(session).referrer
    assert shown_names.inviter(session, stand) == stand.person.name
