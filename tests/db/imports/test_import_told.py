"""An import tells whom its deals concern once, be they ten thousand; the agency's systems read each of them."""

from sqlalchemy import func, select

from portal.db import Database
from portal.models import Event, Role, StreamEntry, TextMessage
from portal.services.notifications import worker
from portal.services.notifications.ways import SmsWay
from tests import factories as make
from tests.db.notifications.test_handing_on import subjects
from tests.db.office import NOW, Office


def test_an_import_is_told_once_to_each_and_rings_once(database: Database) -> None:
    office = Office(database)
    with database.transaction() as session:
        principals = [make.person(session, Role.PRINCIPAL, agency=pair.agency) for pair in office.pairs]
    rows = [office.row(f"1-{n}", "2026-03-01", "2026-03-02", broker=n % 2) for n in range(7)]
    office.carry_out(rows)
    worker.run_due(database, lambda: NOW, out=worker.Out([SmsWay()], "en"))
    with database.reading() as session:
        assert [subjects(session, one) for one in principals] == [["deals_imported"]] * 2
        assert [subjects(session, one) for one in office.brokers] == [["own_deals_imported"]] * 2
        sums = session.scalars(select(Event.facts["deals"]).where(Event.kind == "deals_imported").order_by(Event.id))
        assert sums.all() == [4, 3]
        assert session.scalar(select(func.count()).select_from(TextMessage)) == 4
        stream = StreamEntry.stream == f"agency:{office.pairs[0].agency_id}"
        moved = select(func.count()).join(Event).where(stream, Event.kind == "deal_moved_on")
        assert session.scalar(moved.select_from(StreamEntry)) == 8, "four deals, subscribed and signed"
