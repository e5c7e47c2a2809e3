"""Why clients did not buy, on its pages: asked after a visit, said, corrected, counted, and each figure opened."""

from datetime import timedelta

import pytest

from portal.clock import local_day
from portal.models import NotBought, Role
from portal.rules.care.plan import Channel
from portal.rules.not_bought.reasons import Reason, Tried
from tests import care_world
from tests import factories as make

ONE_DAY = timedelta(days=1)


@pytest.fixture
def people(store):
    with store.transaction() as session:
        found = {Role.CHANNEL_MANAGER: make.person(session, Role.CHANNEL_MANAGER)}
        found[Role.CONSULTANT] = care_world.consultant(session, name="林晓")
        return found


@pytest.fixture
def visited(store, people, now):
    """A client who was there four days ago, and nobody has said why he did not buy."""
    with store.transaction() as session:
        carer = people[Role.CONSULTANT]
        file = care_world.care_file(session, name="王小明", carer=carer)
        care_world.contact(session, file=file, by=carer, at=now - 4 * ONE_DAY, channel=Channel.VISIT)
        return file.id


def test_a_visit_is_asked_about_answered_and_counted(signed_in, store, people, visited, now):
    consultant = signed_in(people[Role.CONSULTANT])
    assert "还没有未成交原因" in consultant.get("not_bought.index").main
    form = consultant.get("not_bought.to_say").follow("王小明")
    form = form.submit({"note": "等年终奖"}, status=422)
    assert "请至少选择一个原因" in form.main
    page = form.submit({"price": True, "price_tried": "payment", "hesitation": True, "note": "等年终奖"})
    assert "价格：把总价拆开看" in page.main
    assert "王小明，您说总价高了一点" in page.main
    assert "没有待填的" in consultant.get("not_bought.to_say").main
    consultant.get("not_bought.say", file_id=visited, visit=str(local_day(now))).submit({"price": True}, status=422)
    with store.transaction() as session:
        answer = session.query(NotBought).one()
        assert answer.note_sealed
        carer = people[Role.CONSULTANT]
        care_world.contact(session, file=answer.file, by=carer, at=now - ONE_DAY, channel=Channel.VISIT)
    page = consultant.get("not_bought.correct", answer_id=answer.id)
    assert page.one("[name=note]").text.strip() == "等年终奖"
    page.submit({"hesitation": False})
    page = signed_in(people[Role.CHANNEL_MANAGER]).get("not_bought.index")
    assert "100.0%" in page.main
    assert "手册 38%" in page.main
    rows = page.follow("换付款方式")
    assert "王小明" in rows.main
    data = signed_in(people[Role.CHANNEL_MANAGER]).download("not_bought.rows_file", kind="csv").data
    assert "换付款方式" in data.decode("utf-8-sig")


def test_the_figures_are_narrowed_by_what_is_asked(signed_in, store, people, visited, now):
    with store.transaction() as session:
        carer = people[Role.CONSULTANT]
        file = session.get_one(care_world.CareFile, visited)
        day = local_day(now) - 4 * ONE_DAY
        care_world.not_bought(session, file=file, by=carer, visit_on=day, reasons={Reason.NEEDS: Tried.OTHER_HOME})
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    for asked, there in (
        ({"reason": "needs"}, True),
        ({"reason": "price"}, False),
        ({"tried": "other_home"}, True),
        ({"revived": "1"}, False),
        ({"revived": "0"}, True),
        ({"agency": "0"}, True),
        ({"person": str(carer.id)}, True),
        ({"until": "2020-01-01"}, False),
    ):
        assert ("王小明" in manager.get("not_bought.rows", **asked).main) is there, asked


def test_a_broker_reads_his_own_side_alone(signed_in, store, people, visited, now):
    with store.transaction() as session:
        broker = make.broker(session)
        file = session.get_one(care_world.CareFile, visited)
        day = local_day(now) - 4 * ONE_DAY
        row = care_world.not_bought(
            session, file=file, by=people[Role.CONSULTANT], visit_on=day, reasons={Reason.PRICE: Tried.NOTHING}
        )
        make.agreement(session, development=file.development, agency=broker.agency)
        make.touch(session, person=broker, development=file.development, client=file.client)
        number = row.id
    page = signed_in(broker)
    assert "王小明" not in page.get("not_bought.rows").main
    page.get("not_bought.correct", answer_id=number, status=404)
