"""What was written of buyers goes by age, on both databases; what is still open, and what was done, stays."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.clock import local_day
from portal.models import LoanNote, LoanRisk, PromiseEnd, Role
from portal.rules.aftercare.complaint import ComplaintState
from portal.rules.aftercare.survey import Marks
from portal.services import contacts
from portal.services.aftercare import owners, surveys
from portal.services.aftercare.owners import Told
from portal.services.care_files import forgetting_buyers, subject_data
from portal.services.privacy import owners_data, purchase_data
from tests import care_world, loans_world
from tests import factories as make
from tests import owners as of_owners

DAY = timedelta(days=1)
WRITTEN = ("夫妻", "钓鱼", "想换车位", "物业很好", "厨房漏水", "征信有逾期")


def test_words_of_buyers_go_by_age(session: Session) -> None:
    """Five years after the last sign of life, or after their own end."""
    carer, at = care_world.consultant(session), of_owners.SIGNED + 40 * DAY
    owner, manager = of_owners.owner(session, carer), Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    deal, place = owner.deal, owner.deal.development
    owners.describe(session, manager, at, owner, Told(local_day(at), "夫妻", "钓鱼"))
    care_world.contact(session, file=owner.file, by=carer, at=at, note="想换车位")
    surveys.answer(session, at, of_owners.survey(session, owner, at), Marks(5, 5, 5), "物业很好")
    closed, _open = (of_owners.complaint(session, owner, at, words) for words in ("厨房漏水", "电梯异响"))
    closed.state, closed.since = ComplaintState.CLOSED, at
    kept, owed = (loans_world.promise(session, manager, at, deal, item=item) for item in ("茶具", "花瓶"))
    session.add(PromiseEnd(promise_id=kept.id, kept=True, note="已送", by_id=carer.id, at=at))
    said = contacts.seal_note(session, "征信有逾期")
    session.add(LoanNote(deal_id=deal.id, risk=LoanRisk.CREDIT, text_sealed=said, by_id=carer.id, at=at))
    under_way = make.deal(session, touch=None, development=place, signed_at=at)
    file = care_world.care_file(session, development=place, client=under_way.client, at=at)
    care_world.contact(session, file=file, by=carer, at=at, note="等交房")
    session.flush()

    def forgotten(on: datetime) -> int:
        return forgetting_buyers.forget_old(session, on, [place], 10)

    def stands(client_id: int) -> str:
        rooms = owners_data, purchase_data, subject_data
        return str([room.of_client(session, client_id) for room in rooms])

    assert [words for words in WRITTEN if words not in stands(deal.client_id)] == []
    over = at + 1825 * DAY
    assert [forgotten(over), forgotten(over + DAY), forgotten(over + DAY)] == [0, 5, 0]
    session.expire_all()
    left = stands(deal.client_id)
    assert [words for words in WRITTEN if words in left] == []
    assert contacts.open_note(session, kept.text_sealed) != loans_world.TEXT
    assert contacts.open_note(session, owed.text_sealed) == loans_world.TEXT, "it is owed"
    assert "电梯异响" in left, "it is not closed"
    assert "reached" in left, "what was done"
    assert "等交房" in stands(under_way.client_id), "the home is not handed over"
