"""An office that loads files of deals: a development, its agencies and brokers, and what became of a file's rows."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Client, Deal, DealImport, ImportRow, ImportState, Milestone, PostedLine, Role
from portal.services.imports import files as import_files
from portal.services.imports import worker as import_worker
from tests import factories as make

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
HEADING = ("楼盘", "房号", "客户电话", "客户姓名", "成交价", "认购", "签约", "放款", "交房", "退房", "备注")
DAY = timedelta(days=1)


class Office:
    """A development with two agencies, a manager, and registered clients: what files are about."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as session:
            self.manager = make.person(session, Role.CHANNEL_MANAGER)
            self.development = make.development(session)
            self.pairs = [make.agreement(session, development=self.development) for _ in range(2)]
            self.brokers = [make.broker(session, agency=pair.agency) for pair in self.pairs]
        self.actor = Actor.of(self.manager)

    def client(self, broker: int = 0) -> str:
        phone = make.new_phone()
        with self.database.transaction() as session:
            known = make.client(session, phone=phone)
            person = session.merge(self.brokers[broker], load=False)
            make.touch(session, person=person, development=session.merge(self.development, load=False), client=known)
        return phone

    def row(self, unit: str, *steps: str, phone: str | None = None, broker: int = 0, **cells: str) -> list[str]:
        given = {"phone": self.client(broker) if phone is None else phone, "name": "王小明", "price": "2000000"}
        given |= cells
        filled = [*steps, *[""] * (5 - len(steps))]
        return [
            self.development.name, unit, given["phone"], given["name"], given["price"], *filled,
            given.get("note", ""),
        ]  # fmt: skip

    def upload(self, rows: Sequence[Sequence[str]]) -> int:
        with self.database.transaction() as session:
            return import_files.upload(session, self.actor, NOW, import_files.open_file("deals.csv", sheet(rows))).id

    def confirm(self, key: int) -> None:
        with self.database.transaction() as session:
            import_files.confirm(session, self.actor, NOW, session.get_one(DealImport, key))

    def work(self) -> int:
        return import_worker.run_due(self.database, lambda: NOW)

    def carry_out(self, rows: Sequence[Sequence[str]]) -> int:
        key = self.upload(rows)
        self.work()
        self.confirm(key)
        self.work()
        return key

    def rows(self, key: int) -> list[ImportRow]:
        with self.database.reading() as session:
            return list(session.scalars(select(ImportRow).where(ImportRow.import_id == key).order_by(ImportRow.number)))

    def state(self, key: int) -> ImportState:
        with self.database.reading() as session:
            return session.get_one(DealImport, key).state

    def stored(self) -> Counter[str]:
        """How many of each stand in the tables: what an import may add to."""
        with self.database.reading() as session:
            return Counter(
                {
                    model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
                    for model in (Deal, Milestone, PostedLine, Client)
                }
            )


def sheet(rows: Sequence[Sequence[str]], heading: Sequence[str] = HEADING) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([heading, *rows])
    return text.getvalue().encode("utf-8-sig")
