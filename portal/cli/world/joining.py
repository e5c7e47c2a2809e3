"""The demo's citizen brokers who joined by themselves, on the public page of the first development.

And a friend who came when many numbers were left, and has not shown that his is his own.
"""

import json
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from referral.joining import TERMS_VERSION

from ...clock import day_start, local_day
from ...models import Audience, Lead, LeadOutcome, Role, TextMessage
from ...rules.privacy.consent import CURRENT_VERSION, Purpose
from ...services import contacts
from ...services.joining import joining
from ...services.joining.joining import Terms
from ...services.leads import care, leads
from ...services.leads.care import NewNote
from ...services.leads.leads import Origin
from ...services.messages import outbox
from ...services.messages.texts import Texts
from .timeline import World

_NOON = timedelta(hours=12)
_JOINED = (
    ("苏晓岚", "13900000921", "wechat", 24),
    ("韩立", "13900000922", "moments", 9),
    ("罗一鸣", "13900000923", "", 3),
)
"""Name, phone, where the page was found, and how many days ago."""

_CARED = (
    ("想看三房，预算约 400 万，周末有空。", "回电约周末看房", 0),
    ("电话里说正在比较两个楼盘。", "发户型图和价格", 1),
    ("出差在外，下周再联系。", "再打电话", 5),
)
"""What was said with the newest friends, what comes next, and in how many days."""


class Joining:
    """Plans who joins. Their numbers are their own: the rest of the year stays as it is."""

    def __init__(self, world: World) -> None:
        self.world = world

    def plan(self) -> None:
        """Let them join in the last weeks."""
        for name, phone, campaign, days in _JOINED:
            when = day_start(self.world.year.days_ago(days)) + _NOON
            self.world.at(when, partial(self._join, name=name, phone=phone, campaign=campaign), surely=True)
        self.world.at(self.world.ends - timedelta(hours=5), self._wait, surely=True)
        self.world.at(self.world.ends - timedelta(hours=4), self._care, surely=True)

    def _join(self, at: datetime, name: str, phone: str, campaign: str) -> None:
        session, here = self.world.session, self.world.developments[0]
        token = joining.ask_code(session, at, here.id, phone, network="127.0.0.1", campaign=campaign)
        asked = joining.asked_by(session, at, token)
        terms = Terms(TERMS_VERSION, "zh_Hans_CN")
        joined = joining.join(session, at, asked, code=self._read(at), name=name, terms=terms, address="127.0.0.1")
        assert isinstance(joined, joining.Joined), joined
        self.world.lets_sign_in(joined.referrer.person)

    def _care(self, at: datetime) -> None:
        """The newest friends have been called, and what comes next is written down."""
        session, manager = self.world.session, self.world.actor(Role.CHANNEL_MANAGER)
        newest = select(Lead).where(Lead.outcome == LeadOutcome.ACCEPTED).order_by(Lead.id.desc()).limit(len(_CARED))
        for lead, (said, step, days) in zip(session.scalars(newest), _CARED, strict=False):
            due_on = local_day(at) + timedelta(days=days)
            care.write(session, manager, at, lead, NewNote(said, step, manager.id, due_on))

    def _wait(self, at: datetime) -> None:
        citizen = next(one for one in self.world.referrers if one.audience is Audience.CITIZEN)
        leads.leave_lead(
            self.world.session,
            at,
            leads.LeftLead(
                code=citizen.code,
                name="沈一凡",
                phone="13900000925",
                consent_version=CURRENT_VERSION[Purpose.CONTACT],
                locale="zh_Hans_CN",
                address=None,
                origin=Origin(campaign="moments", asks_proof=True),
            ),
        )

    def _read(self, at: datetime) -> str:
        """The code in the text, which was read and is forgotten."""
        text = self.world.session.scalars(select(TextMessage).order_by(TextMessage.id.desc()).limit(1)).one()
        said = contacts.vault_of(self.world.session).open_text(text.params_sealed or b"", "text.params")
        outbox.settle(self.world.session, Texts, text.id, sent_at=at)
        return str(json.loads(said)["code"])
