"""What an agency's system contests: a refusal, a strike; each side reads its own and nobody the rival's."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from portal.access.actor import Actor
from portal.db import Database
from portal.models import ConflictCase, Role
from portal.rules.conflicts.conflict import Outcome
from portal.rules.partner_api.identifiers import Prefix, identifier
from portal.services.conflicts import deciding
from portal.services.conflicts.deciding import Choice
from tests import factories as make
from tests.api.conftest import Partner, System, partner_in
from tests.clock import MovableClock
from tests.photos import jpeg


def _picture() -> tuple[bytes, str]:
    return jpeg(Image.new("RGB", (64, 64), "green")), "chat.jpg"


@pytest.fixture
def rival(store: Database, partner: Partner) -> Partner:
    """Another agency in the same development."""
    with store.transaction() as session:
        return partner_in(session, session.merge(partner.development))


@pytest.fixture
def refused(system: System, system_of: Callable[..., System], partner: Partner, rival: Partner) -> str:
    """A registration of the broker's that came second."""
    asked = partner.client()
    system_of(rival.agency).post("/registrations", asked)
    told = system.post("/registrations", asked | {"broker": partner.broker_id}).get_json()
    assert told["code"] == "protected_by_other"
    registration: str = told["id"]
    return registration


def test_an_objection_is_read_by_each_side_for_itself(
    system: System, system_of: Callable[..., System], partner: Partner, rival: Partner, refused: str, store: Database
) -> None:
    answer = system.send(
        f"/registrations/{refused}/objection", {"words": "我方先到。\n有记录。", "pictures": _picture()}
    )
    told = answer.get_json()
    assert (answer.status_code, told["state"], told["decisions"]) == (201, "open", [])
    (said,) = told["objections"]
    assert (said["broker"], said["registration"], said["pictures"]) == (partner.broker_id, refused, 1)
    assert system.get(f"/conflicts/{told['id']}").get_json() == told
    full = system.get(f"/conflicts/{told['id']}?expand=development").get_json()
    assert full["development"]["id"] == told["development"]
    assert system.get("/conflicts?state=open").get_json()["items"] == [told]
    other = system_of(rival.agency).get(f"/conflicts/{told['id']}")
    assert (other.status_code, other.get_json()["objections"]) == (200, [])
    assert not any(name in answer.text for name in (rival.agency.name, rival.broker.name))
    again = system.post(f"/registrations/{refused}/objection", {"words": "再说一次"})
    assert (again.status_code, again.get_json()["code"]) == (409, "already_objected")
    with store.transaction() as session:
        stranger = partner_in(session)
    assert system_of(stranger.agency).get(f"/conflicts/{told['id']}").status_code == 404


def test_who_lost_asks_once_for_a_second_look(
    system: System, refused: str, store: Database, clock: MovableClock
) -> None:
    case = system.post(f"/registrations/{refused}/objection", {"words": "我方先到。"}).get_json()["id"]
    early = system.post(f"/conflicts/{case}/second-look", {"words": "再看看"})
    assert early.get_json()["code"] == "conflict_open"
    with store.transaction() as session:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        deciding.decide(session, manager, clock(), session.get_one(ConflictCase, 1), Choice(Outcome.KEEP, "对方在先"))
    told = system.get(f"/conflicts/{case}").get_json()
    (decided,) = told["decisions"]
    assert (decided["result"], decided["reason"]) == ("not_yours", "对方在先")
    assert decided["receipt"]["proof_url"]
    assert told["second_look_until"] is not None
    again = system.post(f"/conflicts/{case}/second-look", {"words": "漏看了带看"}).get_json()
    assert (again["state"], again["second_look_until"]) == ("open", None)


@pytest.fixture
def struck(store: Database, partner: Partner, clock: MovableClock) -> str:
    """A strike of the broker's, confirmed a day ago."""
    with store.transaction() as session:
        broker = session.merge(partner.broker)
        touch = make.touch(session, person=broker, development=session.merge(partner.development))
        make.registration(session, touch=touch)
        showing = make.showing(session, touch=touch)
        row = make.strike(session, showing=showing, confirmed_at=clock() - timedelta(days=1))
        return identifier(Prefix.STRIKE, row.id)


def test_an_appeal_shows_how_it_stands_and_never_its_words(system: System, struck: str, partner: Partner) -> None:
    (listed,) = system.get("/strikes").get_json()["items"]
    (full,) = system.get("/strikes?expand=showing,broker").get_json()["items"]
    assert (full["showing"]["id"], full["broker"]["id"]) == (listed["showing"], listed["broker"])
    assert (listed["id"], listed["broker"], listed["state"]) == (struck, partner.broker_id, "counts")
    assert listed["appeal_until"] is not None
    answer = system.send(f"/strikes/{struck}/appeal", {"words": "客户在场", "pictures": _picture()})
    told = answer.get_json()
    assert (answer.status_code, told["state"], told["strike"]) == (201, "open", struck)
    assert system.get("/appeals").get_json()["items"] == [told]
    read = system.get(f"/strikes/{struck}")
    assert (read.get_json()["appeal"], read.get_json()["appeal_until"]) == (told, None)
    assert "客户在场" not in read.text
    assert system.post(f"/strikes/{struck}/appeal", {"words": "再次"}).get_json()["code"] == "already_appealed"


def test_too_many_pictures_and_what_is_none(system: System, struck: str) -> None:
    three, one_more = [(BytesIO(_picture()[0]), "1.png") for _ in range(3)], (BytesIO(_picture()[0]), "4.png")
    several = {"words": "看图", "pictures": [*three, one_more]}
    told = system.send(f"/strikes/{struck}/appeal", several).get_json()
    assert (told["code"], told["errors"][0]["pointer"]) == ("api_part_odd", "/pictures")
    told = system.send(f"/strikes/{struck}/appeal", {"words": "看图", "pictures": (b"text", "1.png")}).get_json()
    assert (told["code"], told["errors"][0]["pointer"]) == ("photo_kind", "/pictures")


def test_a_rivals_strike_is_not_there(
    system_of: Callable[..., System], rival: Partner, struck: str, store: Database
) -> None:
    other = system_of(rival.agency)
    assert other.get("/strikes").get_json()["items"] == []
    assert other.post(f"/strikes/{struck}/appeal", {"words": "客户在场"}).status_code == 404
