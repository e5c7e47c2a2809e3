"""Many registrations at once: read, corrected, decided line by line."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Development, Person, Registration
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import Page, PageClient

SignedIn = Callable[[Person], PageClient]

SENT = "报备 周先生 13812341234 明天下午3点 2人\n李女士 13912341234\n王先生 尾号1234\n"


@dataclass(frozen=True, slots=True)
class Town:
    """A development, a broker who may register there, and a rival of another agency."""

    development: Development
    broker: Person
    rival: Person


@pytest.fixture
def town(store: Database) -> Town:
    with store.transaction() as session:
        development = make.development(session)
        brokers = [make.broker(session) for _ in range(2)]
        for one in brokers:
            make.agreement(session, development=development, agency=one.agency)
        return Town(development, *brokers)


def seen(client: PageClient, text: str = SENT) -> Page:
    return client.get("pasting.new").submit({"text": text})


def typed(page: Page, name: str) -> str:
    """What stands in a field."""
    (tag,) = page.all(f"main [name='{name}']")
    return str(tag.get("value") or tag.text)


def count(store: Database) -> int:
    with store.reading() as session:
        return session.scalars(select(func.count()).select_from(Registration)).one()


def test_a_message_is_read_completed_and_decided_line_by_line(
    signed_in: SignedIn, town: Town, store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        given = {"development_id": town.development.id, "phone": "13912341234", "name": "李"}
        register_client(session, Actor.of(town.rival), clock(), **given)
    page = seen(signed_in(town.broker))
    assert typed(page, "rows-0-name") == "周先生"
    assert typed(page, "rows-2-phone") == "尾号1234"
    assert all(said in page.main for said in ("15:00", "2 人"))
    assert [error for error in page.errors if "完整" in error], "the masked number is asked for"
    refused = page.submit({}, status=422)
    assert count(store) == 1, "while one is incomplete nobody is registered"
    page = refused.submit({"rows-2-phone": "13712341234"})
    assert page.path == "/registrations/paste/done"
    assert page.texts(".status") == ["报备有效", "报备无效", "报备有效"]
    copied = page.all("[data-copy]")[0]["data-copy"].splitlines()
    assert len(copied) == 3
    assert copied[0].startswith("周先生 138****1234 ")
    assert "/v/" in copied[0]
    assert "13812341234" not in page.html
    again = refused.submit({"rows-2-phone": "13712341234"})
    assert again.texts(".status") == ["报备有效", "报备无效", "报备有效"]
    assert count(store) == 5, "what is the broker's own is not registered again; a refusal is"


def test_who_is_not_ticked_is_left_out(signed_in: SignedIn, town: Town, store: Database) -> None:
    page = seen(signed_in(town.broker)).submit({"rows-1-wanted": False, "rows-2-wanted": False})
    assert len(page.texts(".status")) == 1 == count(store)


def test_a_sheet_is_read_like_a_chat(signed_in: SignedIn, town: Town) -> None:
    sheet = "手机,姓名,备注\n13812341234,周先生,\n13912341234,李女士,\n".encode()
    page = signed_in(town.broker).get("pasting.new").submit({"file": (io.BytesIO(sheet), "clients.csv")})
    assert [typed(page, f"rows-{nth}-name") for nth in range(2)] == ["周先生", "李女士"]


@pytest.mark.parametrize("text", ["", "收到，谢谢", "\n".join(f"周先生 138{nth:08}" for nth in range(31))])
def test_what_names_nobody_or_too_many_is_said(signed_in: SignedIn, town: Town, text: str) -> None:
    page = signed_in(town.broker).get("pasting.new").submit({"text": text}, status=422)
    assert len(page.errors) == 1
    assert typed(page, "text").split() == text.split(), "what was typed stays"


def test_nobody_reads_anothers_results(signed_in: SignedIn, town: Town) -> None:
    done = seen(signed_in(town.broker), "周先生 13812341234").submit({})
    assert not signed_in(town.rival).get(done.address).texts(".status")
    odd = signed_in(town.broker).get("/registrations/paste/done?new=x&new=99999999999999999999&stood=-1")
    assert odd.all(".empty")
